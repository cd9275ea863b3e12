/** What the CPUs' translation caches hold of user memory, against what the page tables say, and whether somebody will tell them. */
import type { Target } from '../../target/target.ts';
import { translate } from '../../target/translate.ts';
import { vmspaces, type Vmspace } from './vmspaces.ts';

/** `sim_tlbent.flags`. Source: sample-dumps/kernels/common/sim_cpu.h. */
const flag = { valid: 0x01n, writable: 0x02n, user: 0x04n, dirty: 0x10n } as const;

/** User addresses end here. */
const kernelHalf = 0xffff_8000_0000_0000n;

/** `mtx_lock` of a mutex that nobody has. Source: FreeBSD, sys/mutex.h: MTX_UNOWNED. */
const unowned = 4n;

export interface TlbEntry {
  readonly cpu: number;
  /** Of the `struct sim_tlbent`. */
  readonly at: bigint;
  readonly address: bigint;
  readonly physical: bigint;
  readonly cr3: bigint;
  readonly isWritable: boolean;
  /** A write has used it: further writes look at no table. */
  readonly isDirty: boolean;
}

export interface JudgedEntry {
  readonly entry: TlbEntry;
  /** The live address space with that root; undefined when there is none. */
  readonly space: Vmspace | undefined;
  /** The page table entry now; undefined without a space. */
  readonly now: bigint | undefined;
  readonly state: 'ok' | 'pending' | 'stale' | 'dead';
}

/** User entries of all CPUs, in the order of the hardware; none without hardware state. */
export function* judgedEntries(target: Target): Generator<JudgedEntry> {
  const live = vmspaces(target).filter(({ isFree }) => !isFree);
  for (const entry of userEntries(target)) {
    const space = live.find((each) => each.value.path('vm_pmap.pm_cr3').unsigned() === entry.cr3);
    if (!space) {
      yield { entry, space, now: undefined, state: 'dead' };
      continue;
    }
    const walk = translate(target.physical, entry.cr3, entry.address);
    const isTrue =
      walk.physicalAddress === entry.physical && (walk.isWritable || !entry.isWritable);
    yield {
      entry,
      space,
      now: walk.steps.at(-1)?.entry ?? 0n,
      state: isTrue ? 'ok' : isBeingTold(target, space) ? 'pending' : 'stale',
    };
  }
}

function* userEntries(target: Target): Generator<TlbEntry> {
  const { hardware } = target;
  for (let cpu = 0; cpu < (hardware?.count ?? 0); cpu++) {
    const state = hardware?.cpu(cpu);
    if (!state) return;
    const count = state.member('tlb_n').unsigned();
    const limit = state.member('tlb_max').unsigned();
    for (let index = 0n; index < count && index < limit; index++) {
      const value = state.member('tlb').index(index);
      const flags = value.member('flags').unsigned();
      const address = value.member('va').unsigned();
      if ((flags & flag.valid) === 0n || (flags & flag.user) === 0n || address >= kernelHalf)
        continue;
      yield {
        cpu,
        at: value.address ?? 0n,
        address,
        physical: value.member('pa').unsigned(),
        cr3: value.member('cr3').unsigned() & ~0xfffn,
        isWritable: (flags & flag.writable) !== 0n,
        isDirty: (flags & flag.dirty) !== 0n,
      };
    }
  }
}

/** Entries are changed and CPUs are told under the lock of the pmap. Source: FreeBSD, amd64/amd64/pmap.c. */
function isBeingTold(target: Target, space: Vmspace): boolean {
  return (
    space.value.path('vm_pmap.pm_mtx.mtx_lock').unsigned() !== unowned ||
    (target.hasGlobal('smp_tlb_wait') && target.global('smp_tlb_wait').unsigned() !== 0n)
  );
}

/** What a physical page is now: `free page`, `page-table page`, `page 0 of object fffff8…`. */
export function frameOwner(target: Target, physical: bigint): string {
  const index = (physical >> 12n) - target.global('first_page').unsigned();
  if (index < 0n || index >= target.global('vm_page_array_size').unsigned())
    return 'kernel memory since boot';
  const page = target.global('vm_page_array').index(index);
  if (page.member('order').unsigned() !== 13n) return 'free page';
  const object = page.member('object').unsigned();
  return object === 0n
    ? 'page-table page'
    : `page ${page.member('pindex').unsigned()} of object ${object.toString(16)}`;
}
