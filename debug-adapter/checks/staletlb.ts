/** Does a FreeBSD CPU use a translation of user memory that the page tables no longer have, and that nobody takes away? */
import { frameOwner, judgedEntries, type JudgedEntry } from '../facts/freebsd/tlb.ts';
import { hasCpu, hex16, knowsVmspaces } from '../facts/freebsd/vmspaces.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'staletlb';

export const staletlb: Check = {
  name: check,
  summary:
    'no CPU caches a user translation that the page tables contradict, unless it is being told',
  source: 'FreeBSD, amd64/amd64/pmap.c: pmap_invalidate_page tells the CPUs of pm_active',
  applies: knowsVmspaces,
  *run(target) {
    if (!target.hardware) {
      yield { check, severity: 'SKIPPED', verdict: 'no hardware TLB in this dump', evidence: [] };
      return;
    }
    for (const judged of judgedEntries(target)) {
      const finding = verdict(target, judged);
      if (finding) yield finding;
    }
  },
};

function verdict(target: Target, { entry, space, now, state }: JudgedEntry): Finding | undefined {
  const { cpu, address, physical } = entry;
  const place = `cpu ${cpu} caches va ${hex16(address)} -> pa ${hex16(physical)}`;
  const evidence = [
    {
      spans: [{ kind: 'text' as const, text: `cpu ${cpu}: ${hex16(address)} is cached` }],
      line: `${address.toString(16)}::tlb -c ${cpu}`,
      address: entry.at,
    },
  ];
  if (state === 'ok') return undefined;
  if (state === 'pending')
    return {
      check,
      severity: 'PENDING',
      verdict: `cpu ${cpu} va ${hex16(address)}: invalidation in flight (the pmap lock is held)`,
      evidence,
    };
  if (!space || now === undefined)
    return {
      check,
      severity: 'BUG',
      verdict: `${place} from cr3 ${hex16(entry.cr3)} which is no live address space`,
      evidence,
    };
  const rights = `${entry.isWritable ? 'rw' : 'r'}${entry.isDirty ? ',dirty' : ''}`;
  const says = (now & 1n) === 0n ? 'not present' : `pte ${hex16(now)}`;
  const isActive = hasCpu(space.value.path('vm_pmap.pm_active'), cpu) ? 'set' : 'clear';
  return {
    check,
    severity: 'BUG',
    verdict:
      `${place} (${rights}) for pmap ${hex16(space.pmap)}, but the page table says ${says}; no invalidation pending; ` +
      `cpu ${isActive} in pm_active; frame now: ${frameOwner(target, physical)}`,
    evidence,
  };
}
