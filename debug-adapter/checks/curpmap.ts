/** Is each CPU's curpmap, a reference that nobody counts, backed by one that somebody does? And does pm_active agree? */
import { functionsOf } from '../facts/freebsd/frames.ts';
import { perCpus, pid, tid, vmspaceOf, type PerCpu } from '../facts/freebsd/processes.ts';
import { exiting, holdersOf } from '../facts/freebsd/references.ts';
import {
  hasCpu,
  hex16,
  isFreePage,
  knowsVmspaces,
  vmspaceName,
  vmspaces,
  type Vmspace,
} from '../facts/freebsd/vmspaces.ts';
import type { Target } from '../target/target.ts';
import type { Check, Evidence, Finding, Severity } from './check.ts';

const check = 'curpmap';

/** Between these functions' steps curpmap, pm_active and CR3 may disagree. */
const switching: ReadonlySet<string> = new Set([
  'pmap_activate',
  'pmap_activate_sw',
  'vmspace_switch',
  'cpu_switch',
  'cpu_throw',
  'switch_load',
]);

export const curpmap: Check = {
  name: check,
  summary: 'no CPU uses an address space that its thread has no reference to',
  source: 'FreeBSD review D26923: "curpmap is an implicit reference"; r367334',
  applies: knowsVmspaces,
  *run(target) {
    const all = vmspaces(target);
    if (perCpus(target).some(({ cr3 }) => cr3 === undefined)) {
      const verdict = 'no control registers in this dump: CR3 is not compared';
      yield { check, severity: 'SKIPPED', verdict, evidence: [] };
    }
    for (const cpu of perCpus(target)) {
      if (cpu.currentThread === 0n) continue;
      yield* implicitReference(target, cpu, all);
      for (const space of all) {
        const finding = activeBit(target, cpu, space);
        if (finding) yield finding;
      }
    }
  },
};

function isSwitching(target: Target, cpu: PerCpu): boolean {
  return functionsOf(target, cpu.id).some((name) => switching.has(name));
}

function* implicitReference(
  target: Target,
  cpu: PerCpu,
  all: readonly Vmspace[],
): Generator<Finding> {
  const used = all.find(({ pmap }) => pmap === cpu.curpmap);
  if (!used || used.isKernel) return;
  const own = vmspaceOf(target, cpu.currentThread);
  if (own === used.address && !used.isFree) return;
  if (!used.isFree && takesDown(target, cpu, used)) return;
  const isLeaving = !used.isFree && isInExit(target, cpu);
  if (isSwitching(target, cpu) || isLeaving) {
    const what = `cpu ${cpu.id} leaves curpmap ${hex16(cpu.curpmap)} for vmspace ${vmspaceName(target, own)}`;
    yield { check, severity: 'PENDING', verdict: what, evidence: evidence(cpu) };
    return;
  }
  yield {
    check,
    severity: 'BUG',
    verdict:
      `cpu ${cpu.id} curpmap ${hex16(cpu.curpmap)} is a dangling implicit reference: ${ownerOf(target, used)}; ` +
      `current thread tid ${tid(target, cpu.currentThread)} uses vmspace ${vmspaceName(target, own)}`,
    evidence: evidence(cpu),
  };
  if (cpu.cr3 !== undefined && isFreePage(target, cpu.cr3 & ~0xfffn) === true)
    yield {
      check,
      severity: 'NOTE',
      verdict: `cpu ${cpu.id} also runs on cr3 ${hex16(cpu.cr3)}, a freed page-table page`,
      evidence: evidence(cpu),
    };
}

function ownerOf(target: Target, used: Vmspace): string {
  if (used.isFree) return 'item is free';
  const pids = holdersOf(target, used).processes.map((process) => `pid ${pid(target, process)}`);
  return pids.length === 0 ? 'no process has it' : `it belongs to ${pids.join(', ')}`;
}

/** The 1->0 rule: the thread that made the count 0 may use the address space until it has taken it down. */
function takesDown(target: Target, cpu: PerCpu, used: Vmspace): boolean {
  return (
    used.value.member('vm_refcnt').unsigned() === 0n &&
    holdersOf(target, used).leaving.some(({ thread }) => thread === cpu.currentThread)
  );
}

function isInExit(target: Target, cpu: PerCpu): boolean {
  return exiting(target).some(({ thread }) => thread === cpu.currentThread);
}

/** pm_active says whom to tell about translations that go. */
function activeBit(target: Target, cpu: PerCpu, space: Vmspace): Finding | undefined {
  if (space.isPoisoned) return undefined;
  const hasBit = hasCpu(space.value.path('vm_pmap.pm_active'), cpu.id);
  const isCurrent = cpu.curpmap === space.pmap;
  const root = space.value.path('vm_pmap.pm_cr3').unsigned();
  const severity: Severity = isSwitching(target, cpu) ? 'PENDING' : 'BUG';
  const name = hex16(space.pmap);
  let verdict: string | undefined;
  if (!hasBit && isCurrent && !space.isFree && cpu.cr3 === root)
    verdict = `cpu ${cpu.id} runs on pmap ${name} (cr3 ${hex16(root)}) but its pm_active bit is clear`;
  if (hasBit && !isCurrent && cpu.cr3 !== undefined && cpu.cr3 !== root)
    verdict = `pm_active of pmap ${name} has cpu ${cpu.id} but that cpu runs on cr3 ${hex16(cpu.cr3)} (leaked bit)`;
  if (verdict === undefined) return undefined;
  return { check, severity, verdict, evidence: evidence(cpu) };
}

function evidence(cpu: PerCpu): readonly Evidence[] {
  const pmap = cpu.curpmap.toString(16);
  return [
    {
      spans: [{ kind: 'text', text: `cpu ${cpu.id}` }],
      line: `${cpu.id}::cpuinfo`,
      address: cpu.place.address ?? 0n,
    },
    {
      spans: [
        { kind: 'text', text: 'curpmap ' },
        { kind: 'address', text: pmap, address: cpu.curpmap },
      ],
      line: `${pmap}::whatis`,
      address: cpu.curpmap,
    },
  ];
}
