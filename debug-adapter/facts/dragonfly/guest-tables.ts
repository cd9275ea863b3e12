/** Two levels of page tables: what the hardware has of a vkernel's guest, against what the vkernel's own entries say. */
import type { Target } from '../../target/target.ts';
import { argument, cpuFrames } from './frames.ts';
import { leaves } from './page-tables.ts';
import { guestSpaces, mappingOf, spaces, type Mapping, type Space } from './spaces.ts';

const writable = 0x2n;
const modified = 0x40n;

/** While one of these works on an address space, its two levels may differ. */
const atWork: ReadonlySet<string> = new Set([
  'pmap_inval_loadandclear',
  'pmap_inval_cpu',
  'pmap_setro_pte',
  'pmap_clean_pte',
  'vmspace_mcontrol',
  'host_invalidate',
  'vm_fault_vpagetable',
]);

export type GuestDifference =
  /** The hardware leads to another page, or to one where the vkernel has none. */
  | 'frame'
  /** The hardware lets the guest write, the vkernel does not. */
  | 'writable'
  /** The guest has written, and the vkernel's entry does not say so. */
  | 'modified'
  /** The guest may write, and nobody will notice. */
  | 'silent';

export interface GuestPage {
  readonly space: Space;
  readonly address: bigint;
  /** The hardware's entry. */
  readonly host: bigint;
  /** The vkernel's. */
  readonly virtual: Mapping;
  /** undefined: they agree. */
  readonly difference: GuestDifference | undefined;
}

/** Every page that the hardware maps for a guest, by address space and address. */
export function* guestPages(target: Target): Generator<GuestPage> {
  const all = spaces(target);
  for (const { id, cr3 } of guestSpaces(target)) {
    const space = all.find(({ pmap }) => pmap === id);
    if (!space) continue;
    for (const { address, entry } of leaves(target, cr3, false)) {
      const virtual = mappingOf(target, space.root, address);
      yield { space, address, host: entry, virtual, difference: compare(entry, virtual) };
    }
  }
}

function compare(host: bigint, { entry, physical }: Mapping): GuestDifference | undefined {
  if (physical === undefined || (host & 0x000f_ffff_ffff_f000n) >> 12n !== physical >> 12n)
    return 'frame';
  if ((host & writable) === 0n) return undefined;
  if ((entry & writable) === 0n) return 'writable';
  if ((entry & modified) !== 0n) return undefined;
  return (host & modified) === 0n ? 'silent' : 'modified';
}

/** The CPU that is changing the tables of an address space, and in which function. */
export function cpuChanging(
  target: Target,
  pmap: bigint,
): { readonly cpu: number; readonly function: string } | undefined {
  const entry = guestSpaces(target).find(({ id }) => id === pmap)?.entry;
  for (const frame of cpuFrames(target)) {
    if (!atWork.has(frame.function)) continue;
    const subjects = ['pmap', 'id', 've'].map((name) => argument(target, frame, name));
    if (subjects.includes(pmap) || (entry !== undefined && subjects.includes(entry))) return frame;
  }
  return undefined;
}
