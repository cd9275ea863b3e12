/** Does a CPU use a translation that the page tables no longer have, and that nobody will take away? */
import { perCpus } from '../facts/dragonfly/processes.ts';
import type { Space } from '../facts/dragonfly/spaces.ts';
import { tlbVerdict } from '../facts/dragonfly/tlb-verdict.ts';
import { judgedEntries, type JudgedEntry, type TlbEntry } from '../facts/dragonfly/tlb.ts';
import type { Target } from '../target/target.ts';
import type { Check, Evidence, Finding } from './check.ts';

const check = 'tlb';

export const tlbCheck: Check = {
  name: check,
  summary:
    'no CPU caches a translation that the page tables contradict, unless an invalidation is on its way',
  source:
    'DragonFly 95270b7e: a thread switch must not keep translations that it did not hear the end of',
  applies: (target) =>
    target.findType('struct pmap') !== undefined &&
    target.hasGlobal('pmap_list') &&
    target.hasGlobal('CPU_prvspace'),
  *run(target) {
    if (!target.hardware) {
      yield { check, severity: 'SKIPPED', verdict: 'no hardware TLB in this dump', evidence: [] };
      return;
    }
    const suspects = new Set<number>();
    for (const judged of judgedEntries(target)) {
      const finding = verdict(target, judged);
      if (!finding) continue;
      if (finding.severity === 'BUG') suspects.add(judged.entry.cpu);
      yield finding;
    }
    yield* skippedLoads(target, suspects);
  },
};

function verdict(target: Target, judged: JudgedEntry): Finding | undefined {
  const { entry, space, state } = judged;
  const text = tlbVerdict(target, judged);
  if (text === undefined) return undefined;
  if (state.kind === 'pending')
    return { check, severity: 'PENDING', verdict: text, evidence: [cached(entry)] };
  if (state.kind !== 'stale' || !space)
    return { check, severity: 'BUG', verdict: text, evidence: [cached(entry)] };
  const frame = {
    spans: [{ kind: 'text' as const, text: 'the frame now' }],
    line: `${entry.physical.toString(16)}::page`,
  };
  return { check, severity: 'BUG', verdict: text, evidence: [cached(entry), frame, books(space)] };
}

function books({ pmap }: Space): Evidence {
  return {
    spans: [
      { kind: 'text', text: 'pmap ' },
      { kind: 'address', text: pmap.toString(16), address: pmap },
    ],
    line: `${pmap.toString(16)}::print struct pmap pm_active pm_active_lock pm_invgen`,
    address: pmap,
  };
}

function cached(entry: TlbEntry): Evidence {
  return {
    spans: [
      {
        kind: 'text',
        text: `cpu ${entry.cpu}: ${entry.address.toString(16).padStart(16, '0')} is cached`,
      },
    ],
    line: `${entry.address.toString(16)}::tlb -c ${entry.cpu}`,
    address: entry.at,
  };
}

/** How the CPU came to keep them. */
function* skippedLoads(target: Target, suspects: ReadonlySet<number>): Generator<Finding> {
  for (const { id, place } of perCpus(target)) {
    const count = place.member('cnt_cr3_skip').unsigned();
    if (!suspects.has(id) || count === 0n) continue;
    yield {
      check,
      severity: 'NOTE',
      verdict: `cpu ${id} skipped ${count} cr3 load(s) on a thread switch`,
      evidence: [{ spans: [{ kind: 'text', text: `cpu ${id}` }], line: '::cpuinfo' }],
    };
  }
}
