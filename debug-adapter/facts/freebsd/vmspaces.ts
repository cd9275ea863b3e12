/** FreeBSD's address spaces: every vmspace, live or freed, and what the CPUs know of them. */
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import { items, poisonWord, zones } from './uma.ts';

export interface Vmspace {
  readonly address: bigint;
  readonly value: Value;
  /** `struct pmap`, the last member. */
  readonly pmap: bigint;
  /** By the allocator's books, by its poison, or by its missing map. */
  readonly isFree: boolean;
  /** The allocator has filled it with its poison: no member means anything. */
  readonly isPoisoned: boolean;
  /** `vmspace0`, or the address in hexadecimal. */
  readonly name: string;
  readonly isKernel: boolean;
}

/** The zone that vmspaces come from. Source: FreeBSD, vm/vm_map.c: `vmspace_zone`. */
export const vmspaceZone = 'vmspace_zone';

/** Whether the dump has what this file reads: the kernel's address spaces and the zones that they come from. */
export function knowsVmspaces(target: Target): boolean {
  return (
    target.findType('struct vmspace') !== undefined &&
    target.findType('struct uma_zone') !== undefined &&
    ['__pcpu', 'vmspace0', 'uma_zones', 'uma_junk', 'allproc'].every((name) =>
      target.hasGlobal(name),
    )
  );
}

/** `vmspace0` first, then the items of the zone that were ever in use. */
export function vmspaces(target: Target): readonly Vmspace[] {
  const found = [describe(target, target.symbolAddress('vmspace0'), false)];
  for (const zone of zones(target)) {
    if (zone.name !== vmspaceZone) continue;
    for (const { address, isFree } of items(zone)) found.push(describe(target, address, isFree));
  }
  return found;
}

function describe(target: Target, address: bigint, isInFreeList: boolean): Vmspace {
  const value = target.value('struct vmspace', address);
  const isKernel = address === target.symbolAddress('vmspace0');
  const junk = BigInt(poisonWord(target));
  const isPoisoned = [value.member('vm_refcnt'), value.path('vm_map.nentries')].every(
    (word) => BigInt.asUintN(32, word.unsigned()) === junk,
  );
  return {
    address,
    value,
    pmap: value.member('vm_pmap').address ?? 0n,
    isFree: isInFreeList || isPoisoned || value.path('vm_map.pmap').unsigned() === 0n,
    isPoisoned,
    name: isKernel ? 'vmspace0' : hex16(address),
    isKernel,
  };
}

/** `vmspace0`, or sixteen digits: as every message names a vmspace. */
export function vmspaceName(target: Target, address: bigint): string {
  return address === target.symbolAddress('vmspace0') ? 'vmspace0' : hex16(address);
}

export function hex16(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

/** Whether a CPU is in a `cpuset_t`. */
export function hasCpu(set: Value, cpu: number): boolean {
  const word = set.member('__bits').index(BigInt(cpu >> 6));
  return ((word.unsigned() >> BigInt(cpu & 63)) & 1n) !== 0n;
}

/** CPU numbers in a `cpuset_t`. */
export function cpusIn(set: Value): readonly number[] {
  return Array.from({ length: 256 }, (_, cpu) => cpu).filter((cpu) => hasCpu(set, cpu));
}

/** `order` of a page in use. Source: FreeBSD, vm/_vm_phys.h: VM_NFREEORDER. */
const inUse = 13n;

/** Whether a physical page is on the free queue; undefined when the books do not know the page. */
export function isFreePage(target: Target, physical: bigint): boolean | undefined {
  const index = (physical >> 12n) - target.global('first_page').unsigned();
  if (index < 0n || index >= target.global('vm_page_array_size').unsigned()) return undefined;
  return target.global('vm_page_array').index(index).member('order').unsigned() !== inUse;
}
