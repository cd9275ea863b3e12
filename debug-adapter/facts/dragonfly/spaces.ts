/** DragonFly's address spaces: every pmap, its page tables, and the CPUs that use it. */
import { LookupError } from '../../../dump-format/errors.ts';
import { walkChain, walkTree } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import { translate } from '../../target/translate.ts';
import type { Value } from '../../target/value.ts';
import { pid, processes } from './processes.ts';

/** The direct map of physical memory. Source: our kernel's vm/pmap.h. */
export const directMap = 0xffffff0000000000n;

/** `CPULOCK_EXCL` in `pm_active_lock`. */
const exclusive = 1n;

/** Kernel addresses begin here. */
export const kernelHalf = 0xffff800000000000n;

export interface Space {
  /** `struct pmap`. */
  readonly pmap: bigint;
  readonly value: Value;
  /** Root of its page tables. */
  readonly root: bigint;
  /** What CR3 holds while a CPU uses the space: the root, or for a vkernel's guest that of the kernel below. */
  readonly cr3: bigint;
  /** `struct proc`; undefined for kernel_pmap and for a space without a process. */
  readonly process: bigint | undefined;
  /** `pid 812`, or `kernel_pmap`. */
  readonly owner: string;
  readonly isKernel: boolean;
}

/** Every pmap of the kernel's list, its own first. */
export function spaces(target: Target): readonly Space[] {
  const kernel = target.symbolAddress('kernel_pmap');
  const offset = BigInt(offsetOfPmap(target));
  const byPmap = new Map<bigint, bigint>();
  for (const process of processes(target)) {
    const vmspace = target.value('struct proc', process).member('p_vmspace').unsigned();
    if (vmspace !== 0n) byPmap.set(vmspace + offset, process);
  }
  const below = new Map(guestSpaces(target).map(({ id, cr3 }) => [id, cr3]));
  const first = target.global('pmap_list').member('tqh_first').unsigned();
  const linkOffset = BigInt(memberOffset(target, 'struct pmap', 'pm_pmnode'));
  const found: Space[] = [];
  for (const pmap of walkChain(target.memory, { first, linkOffset }, 'pmap_list')) {
    const value = target.value('struct pmap', pmap);
    const process = byPmap.get(pmap);
    const root = value.member('pm_pml4').unsigned() - directMap;
    found.push({
      pmap,
      value,
      root,
      cr3: below.get(pmap) ?? root,
      process,
      owner:
        pmap === kernel
          ? 'kernel_pmap'
          : process === undefined
            ? 'no process'
            : `pid ${pid(target, process)}`,
      isKernel: pmap === kernel,
    });
  }
  return found;
}

/** An address space that the kernel below a vkernel keeps for one of its pmaps. */
export interface GuestSpace {
  /** `struct vmspace_entry`. */
  readonly entry: bigint;
  /** The vkernel's `struct pmap`. */
  readonly id: bigint;
  /** Root of the hardware's page tables. */
  readonly cr3: bigint;
}

/** What the kernel below a vkernel keeps, by pmap; none for a kernel that runs on the machine itself. */
export function guestSpaces(target: Target): readonly GuestSpace[] {
  if (!target.hasGlobal('vkernel_proc') || !target.findType('struct vmspace_entry')) return [];
  const root = target.global('vkernel_proc').path('root.rbh_root').unsigned();
  const tree = { root, leftOffset: 0n, rightOffset: 8n };
  return [...walkTree(target.memory, tree, 'vkernel_proc')].map((entry) => {
    const value = target.value('struct vmspace_entry', entry);
    return { entry, id: value.member('id').unsigned(), cr3: value.member('cr3').unsigned() };
  });
}

/** Bytes from a vmspace to its pmap. */
export function offsetOfPmap(target: Target): number {
  return memberOffset(target, 'struct vmspace', 'vm_pmap');
}

function memberOffset(target: Target, structure: string, member: string): number {
  const type = target.type(structure);
  if (type.kind !== 'struct') throw new LookupError(`${structure} is no structure`);
  return target.member(type, member).offset;
}

/** Whether a CPU's bit is set in a `cpumask_t`. */
export function hasCpu(mask: Value, cpu: number): boolean {
  const word = mask
    .member('ary')
    .index(BigInt(cpu >> 6))
    .unsigned();
  return ((word >> BigInt(cpu & 63)) & 1n) !== 0n;
}

/** An invalidation of this space is in progress. */
export function isLocked(space: Space): boolean {
  return (space.value.member('pm_active_lock').unsigned() & exclusive) !== 0n;
}

export interface Mapping {
  /** The entry that decides: of the page table, or of the directory for a large page. 0 when there is none. */
  readonly entry: bigint;
  /** Level of that entry, 1 for the page table. */
  readonly level: number;
  /** undefined: not mapped. */
  readonly physical: bigint | undefined;
  readonly isWritable: boolean;
  readonly isUser: boolean;
  readonly isExecutable: boolean;
}

/** What the page tables say about an address now. */
export function mappingOf(target: Target, root: bigint, address: bigint): Mapping {
  const walk = translate(target.physical, root, address);
  const last = walk.steps.at(-1);
  return {
    entry: last?.entry ?? 0n,
    level: 5 - walk.steps.length,
    physical: walk.physicalAddress,
    isWritable: walk.isWritable,
    isUser: walk.isUser,
    isExecutable: walk.isExecutable,
  };
}

const bits: readonly (readonly [bigint, string])[] = [
  [0x1n, 'V'],
  [0x2n, 'RW'],
  [0x4n, 'U'],
  [0x20n, 'A'],
  [0x40n, 'M'],
  [0x80n, 'PS'],
  [0x100n, 'G'],
  [0x200n, 'wired'],
  [0x400n, 'managed'],
];

/** `V RW U A M managed`. */
export function pteFlags(entry: bigint): string {
  return bits.flatMap(([bit, name]) => ((entry & bit) === 0n ? [] : [name])).join(' ');
}
