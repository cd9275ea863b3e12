/** Do two FPU contexts claim the one register file of a CPU? */
import { hex } from '../facts/illumos/chains.ts';
import {
  cpuFpus,
  hasFpu,
  isMovingFpuState,
  registersMatch,
  type ThreadFpu,
} from '../facts/illumos/fpu.ts';
import type { Cpu, Target } from '../target/target.ts';
import type { Check, Evidence } from './check.ts';

export const fpuOwner: Check = {
  name: 'fpu_owner',
  summary: 'at most one FPU context claims the registers of a CPU',
  source: 'illumos-gate, usr/src/uts/intel/os/fpu.c: FPU_VALID says that memory holds the state',
  applies: hasFpu,
  *run(target) {
    for (const { cpu, fpu } of cpuFpus(target)) {
      if (!fpu.guest || isMovingFpuState(target, fpu.thread)) continue;
      const isDouble = fpu.host.claimsRegisters && fpu.guest.context.claimsRegisters;
      yield {
        check: 'fpu_owner',
        severity: isDouble ? 'ERROR' : 'OK',
        verdict: isDouble
          ? `CPU ${cpu.index}: thread ${hex(fpu.thread.address)}: host and guest FPU contexts both claim the registers (FPU_VALID clear in both)`
          : `CPU ${cpu.index}: thread ${hex(fpu.thread.address)}: one FPU context claims the registers`,
        evidence: evidence(target, cpu, fpu),
      };
    }
  },
};

function evidence(target: Target, cpu: Cpu, fpu: ThreadFpu): Evidence[] {
  const found: Evidence[] = [fpu.host, fpu.guest?.context].flatMap((context) =>
    context
      ? [
          {
            spans: [
              { kind: 'text', text: `${context.kind} fpu_ctx_t ` },
              { kind: 'address', text: hex(context.address), address: context.address },
              { kind: 'text', text: ` fpu_flags 0x${hex(context.flags)}` },
            ],
            line: `${hex(context.address)}::print fpu_ctx_t fpu_flags`,
            address: context.address,
          } satisfies Evidence,
        ]
      : [],
  );
  const matches = registersMatch(target, cpu, fpu).map((context) => context.kind);
  if (cpu.fxsave) {
    const text =
      matches.length === 1
        ? `registers match ${matches[0]} save area, not ${matches[0] === 'host' ? 'guest' : 'host'}`
        : `registers match ${matches.length === 0 ? 'neither save area' : 'both save areas'}`;
    found.push({ spans: [{ kind: 'text', text }], line: `${hex(fpu.thread.address)}::fpu` });
  }
  return found;
}
