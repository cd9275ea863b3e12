/** Does a CPU use a translation that the page tables no longer have, and that nobody will take away? */
import { perCpus } from '../facts/dragonfly/processes.ts';
import { frameOwner } from '../facts/dragonfly/pages.ts';
import { hasCpu, type Mapping, type Space } from '../facts/dragonfly/spaces.ts';
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
    target.findType('struct pmap_inval_info') !== undefined && target.hasGlobal('CPU_prvspace'),
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

function hex16(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

function verdict(target: Target, { entry, space, now, state }: JudgedEntry): Finding | undefined {
  const place = `cpu ${entry.cpu} caches va ${hex16(entry.address)} -> pa ${hex16(entry.physical)}`;
  switch (state.kind) {
    case 'ok':
      return undefined;
    case 'dead':
      return {
        check,
        severity: 'BUG',
        verdict: `${place} from cr3 ${hex16(entry.cr3)} which is no live address space`,
        evidence: [cached(entry)],
      };
    case 'pending':
      return {
        check,
        severity: 'PENDING',
        verdict: `cpu ${entry.cpu} va ${hex16(entry.address)}: invalidation by cpu ${state.by ?? '?'} in flight (${state.how})`,
        evidence: [cached(entry)],
      };
    case 'stale':
      return space && now && stale(target, place, entry, space, now);
  }
}

function stale(
  target: Target,
  place: string,
  entry: TlbEntry,
  space: Space,
  now: Mapping,
): Finding {
  const rights = `${entry.isWritable ? 'rw' : 'r'}${entry.isDirty ? ',dirty' : ''}`;
  const isActive = hasCpu(space.value.member('pm_active'), entry.cpu) ? 'set' : 'clear';
  const says =
    now.physical === undefined
      ? 'not present'
      : now.physical === entry.physical
        ? `pte ${hex16(now.entry)}`
        : `pa ${hex16(now.physical)}`;
  return {
    check,
    severity: 'BUG',
    verdict:
      `${place} (${rights}) for pmap ${space.isKernel ? 'kernel_pmap' : space.pmap.toString(16)}, but the page table says ${says}; ` +
      `no invalidation pending; cpu ${isActive} in pm_active; frame now: ${frameOwner(target, entry.physical)}`,
    evidence: [
      cached(entry),
      {
        spans: [{ kind: 'text', text: 'the frame now' }],
        line: `${entry.physical.toString(16)}::page`,
      },
      {
        spans: [
          { kind: 'text', text: 'pmap ' },
          { kind: 'address', text: space.pmap.toString(16), address: space.pmap },
        ],
        line: `${space.pmap.toString(16)}::print struct pmap pm_active pm_active_lock pm_invgen`,
        address: space.pmap,
      },
    ],
  };
}

function cached(entry: TlbEntry): Evidence {
  return {
    spans: [{ kind: 'text', text: `cpu ${entry.cpu}: ${hex16(entry.address)} is cached` }],
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
