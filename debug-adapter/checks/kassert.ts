/** Was the assertion that panicked true? It is evaluated again from the dump: a check may read the wrong CPU's data. */
import { perCpus, type PerCpu } from '../facts/freebsd/processes.ts';
import { threadFrames, type ThreadFrame } from '../facts/freebsd/frames.ts';
import { hasCpu, hex16, vmspaces } from '../facts/freebsd/vmspaces.ts';
import type { Target } from '../target/target.ts';
import type { Check, Evidence, Finding, Severity } from './check.ts';

const check = 'kassert';

interface Assertion {
  /** Of the panic message; the first group is the object, in hexadecimal. */
  readonly pattern: RegExp;
  readonly judge: (target: Target, object: bigint, cpu: PerCpu) => Judgement;
}

interface Judgement {
  readonly severity: Severity;
  readonly verdict: string;
}

/** Source: FreeBSD, arm64/arm64/pmap.c and amd64/amd64/pmap.c: pmap_remove_pages, pmap_release. */
const assertions: readonly Assertion[] = [
  { pattern: /^non-current pmap (?:0x)?([0-9a-f]+)/, judge: nonCurrent },
  { pattern: /^pmap active (?:0x)?([0-9a-f]+)/, judge: activeElsewhere },
  { pattern: /^releasing active pmap (?:0x)?([0-9a-f]+)/, judge: activeElsewhere },
];

export const kassert: Check = {
  name: check,
  summary: 'an assertion that panicked is true when it is evaluated again from the dump',
  source:
    'FreeBSD review D26923: PCPU_GET() is not atomic on arm64; sys/arm64/include/pcpu.h before and after',
  applies: (target) => target.findType('struct pcpu') !== undefined && target.hasGlobal('__pcpu'),
  *run(target) {
    const message = target.kernel?.panicMessage ?? '';
    const cpu = perCpus(target).find(({ id }) => id === target.panicCpu.index);
    if (!cpu) return;
    for (const { pattern, judge } of assertions) {
      const object = pattern.exec(message)?.[1];
      if (object === undefined) continue;
      const { severity, verdict } = judge(target, BigInt(`0x${object}`), cpu);
      yield finding(severity, verdict, cpu);
    }
  },
};

function nonCurrent(target: Target, pmap: bigint, cpu: PerCpu): Judgement {
  if (cpu.curpmap !== pmap) return { severity: 'NOTE', verdict: 'assertion holds' };
  const read = otherCpu(target, cpu);
  const reader = read
    ? `; the checker read pcpu of cpu ${read.cpu.id} (${read.register}=${hex16(read.cpu.place.address ?? 0n)}) - ` +
      `thread migrated between reading %gs and loading curpmap`
    : '';
  return {
    severity: 'BUG',
    verdict: `the assertion is false: cpu ${cpu.id} curpmap is ${hex16(pmap)}${reader}`,
  };
}

/** A register of the asserting frame that still holds another CPU's `struct pcpu`: arm64 used x8, here it is r12. */
function otherCpu(
  target: Target,
  self: PerCpu,
): { readonly cpu: PerCpu; readonly register: string } | undefined {
  const frame = assertingFrame(target, self.id)?.frame;
  if (!frame) return undefined;
  for (const register of ['rbx', 'r12', 'r13', 'r14', 'r15', 'rax', 'rcx', 'rdx', 'r8', 'r9']) {
    const value = frame.register(register);
    const cpu = perCpus(target).find(({ place }) => place.address === value);
    if (cpu && cpu.id !== self.id) return { cpu, register };
  }
  return undefined;
}

/** The caller of kassert_panic. */
function assertingFrame(target: Target, cpu: number): ThreadFrame | undefined {
  const frames = threadFrames(target).filter((each) => each.cpu === cpu);
  const index = frames.findIndex((each) => each.function === 'kassert_panic');
  return index < 0 ? undefined : frames[index + 1];
}

function activeElsewhere(target: Target, pmap: bigint, cpu: PerCpu): Judgement {
  const space = vmspaces(target).find((each) => each.pmap === pmap);
  const set = space?.value.path('vm_pmap.pm_active');
  const others = set
    ? perCpus(target)
        .filter(({ id }) => id !== cpu.id && hasCpu(set, id))
        .map(({ id }) => id)
    : [];
  return others.length === 0
    ? {
        severity: 'BUG',
        verdict: `the assertion is false: no other cpu is in pm_active of ${hex16(pmap)}`,
      }
    : {
        severity: 'NOTE',
        verdict: `assertion holds: pm_active of ${hex16(pmap)} has cpu ${others.join(', ')}`,
      };
}

function finding(severity: Severity, verdict: string, cpu: PerCpu): Finding {
  const at = cpu.place.address ?? 0n;
  const evidence: Evidence = {
    spans: [
      { kind: 'text', text: `pcpu of cpu ${cpu.id} ` },
      { kind: 'address', text: at.toString(16), address: at },
    ],
    line: `${at.toString(16)}::print struct pcpu pc_curpmap pc_curthread`,
    address: at,
  };
  return { check, severity, verdict, evidence: [evidence] };
}
