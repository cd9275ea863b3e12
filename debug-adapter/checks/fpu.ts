/** Does a vkernel execute its own code, and libc's, with a guest's FPU state in the registers? */
import {
  cpuFpus,
  executesWithGuestState,
  interruptedCopy,
  savedFpus,
  stateOfArea,
  type CpuFpu,
} from '../facts/dragonfly/fpu.ts';
import type { Target } from '../target/target.ts';
import type { Check, Evidence, Finding } from './check.ts';

const check = 'fpu';

export const fpuCheck: Check = {
  name: check,
  summary: 'no vkernel code executes while a guest’s FPU state is in the registers alone',
  source: 'DragonFly 95270b7e: FP state is saved after VMSPACE_CTL_RUN; libc uses xmm',
  applies: (target) =>
    target.findType('struct vkernel_lwp') !== undefined &&
    target.symbols.byName('go_user') !== undefined &&
    target.hasGlobal('CPU_prvspace'),
  *run(target) {
    for (const fpu of cpuFpus(target)) {
      const finding = live(target, fpu) ?? lazy(fpu) ?? interrupted(target, fpu);
      if (finding) yield finding;
    }
  },
};

function live(target: Target, fpu: CpuFpu): Finding | undefined {
  const executing = executesWithGuestState(fpu);
  if (executing === undefined) return undefined;
  const saved = [...savedFpus(target)].find(({ thread }) => thread === fpu.owner);
  const state = saved ? stateOfArea(fpu.registers, saved) : 'unknown';
  const area = state === 'initial' ? 'stale' : state;
  const evidence = [thread('the guest’s thread', fpu.owner)];
  if (saved)
    evidence.push({
      spans: [
        { kind: 'text', text: 'its save area ' },
        { kind: 'address', text: saved.area.toString(16), address: saved.area },
      ],
      line: `${saved.area.toString(16)}::print struct savexmm64 sv_xmm`,
      address: saved.area,
    });
  return {
    check,
    severity: 'BUG',
    verdict: `cpu ${fpu.cpu} executes ${executing} with the guest FPU state of ${fpu.owner.toString(16)} still live (save area is ${area})`,
    evidence,
  };
}

function lazy({ cpu, owner, currentThread }: CpuFpu): Finding | undefined {
  if (owner === 0n || owner === currentThread) return undefined;
  return {
    check,
    severity: 'NOTE',
    verdict: `cpu ${cpu} keeps the FPU state of ${owner.toString(16)}, which does not run there (lazy FPU)`,
    evidence: [thread('the owner', owner)],
  };
}

function interrupted(target: Target, fpu: CpuFpu): Finding | undefined {
  const found = interruptedCopy(target, fpu);
  if (!found) return undefined;
  return {
    check,
    severity: 'NOTE',
    verdict: `known limitation: no kernel FP context: cpu ${found.cpu} executes ${found.function} and has interrupted ${found.interrupted.toString(16)} in it`,
    evidence: [thread('the thread that was interrupted', found.interrupted)],
  };
}

function thread(what: string, address: bigint): Evidence {
  const hex = address.toString(16);
  return {
    spans: [
      { kind: 'text', text: `${what} ` },
      { kind: 'address', text: hex, address },
    ],
    line: `${hex}::fpu`,
    address,
  };
}
