/** What there is to say about a cached translation: the checker's line, and what a tree shows beside it. */
import type { Target } from '../../target/target.ts';
import { frameOwner } from './pages.ts';
import { hasCpu, type Mapping, type Space } from './spaces.ts';
import type { JudgedEntry, TlbEntry } from './tlb.ts';

/** One line; undefined for an entry that the page tables bear out. */
export function tlbVerdict(target: Target, judged: JudgedEntry): string | undefined {
  const { entry, space, now, state } = judged;
  const place = `cpu ${entry.cpu} caches va ${hex16(entry.address)} -> pa ${hex16(entry.physical)}`;
  switch (state.kind) {
    case 'ok':
      return undefined;
    case 'dead':
      return `${place} from cr3 ${hex16(entry.cr3)} which is no live address space`;
    case 'pending':
      return `cpu ${entry.cpu} va ${hex16(entry.address)}: invalidation by cpu ${state.by ?? '?'} in flight (${state.how})`;
    case 'stale':
      return space && now && stale(target, place, entry, space, now);
  }
}

function stale(target: Target, place: string, entry: TlbEntry, space: Space, now: Mapping): string {
  const rights = `${entry.isWritable ? 'rw' : 'r'}${entry.isDirty ? ',dirty' : ''}`;
  const isActive = hasCpu(space.value.member('pm_active'), entry.cpu) ? 'set' : 'clear';
  const says =
    now.physical === undefined
      ? 'not present'
      : now.physical === entry.physical
        ? `pte ${hex16(now.entry)}`
        : `pa ${hex16(now.physical)}`;
  return (
    `${place} (${rights}) for pmap ${space.isKernel ? 'kernel_pmap' : space.pmap.toString(16)}, but the page table says ${says}; ` +
    `no invalidation pending; cpu ${isActive} in pm_active; frame now: ${frameOwner(target, entry.physical)}`
  );
}

function hex16(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
