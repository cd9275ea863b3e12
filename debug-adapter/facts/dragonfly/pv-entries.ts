/** What a pmap has mapped, by its own books. */
import { LookupError } from '../../../dump-format/errors.ts';
import { walkTree } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import { pageOf } from './pages.ts';
import { directMap, mappingOf } from './spaces.ts';

export interface PvEntry {
  /** `struct pv_entry`. */
  readonly pv: bigint;
  /** Virtual. */
  readonly address: bigint;
  /** `struct vm_page`; 0 when the entry stands for a page that nobody manages. */
  readonly page: bigint;
}

/** Mappings of a `struct pmap`, by address. */
export function* pvEntries(target: Target, pmap: bigint): Generator<PvEntry> {
  const root = target.value('struct pmap', pmap).path('pm_pvroot.rbh_root').unsigned();
  const offset = linkOffset(target);
  const tree = { root, leftOffset: offset, rightOffset: offset + 8n };
  for (const pv of walkTree(target.memory, tree, 'pm_pvroot')) {
    const value = target.value('struct pv_entry', pv);
    const address = value.hasMember('pv_va')
      ? value.member('pv_va').unsigned()
      : BigInt.asUintN(64, BigInt.asIntN(48, value.member('pv_pindex').unsigned() << 12n));
    const page = value.hasMember('pv_m')
      ? value.member('pv_m').unsigned()
      : pageShown(target, pmap, address);
    yield { pv, address, page };
  }
}

/** A vkernel's pv entry does not name its page: the page table entry does. */
function pageShown(target: Target, pmap: bigint, address: bigint): bigint {
  const root = target.value('struct pmap', pmap).member('pm_pml4').unsigned() - directMap;
  const { physical } = mappingOf(target, root, address);
  return (physical === undefined ? undefined : pageOf(target, physical)?.address) ?? 0n;
}

function linkOffset(target: Target): bigint {
  const type = target.type('struct pv_entry');
  if (type.kind !== 'struct') throw new LookupError('struct pv_entry is no structure');
  return BigInt(target.member(type, 'pv_entry').offset);
}
