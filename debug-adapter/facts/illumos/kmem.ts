/** illumos kernel memory: which buffer of which cache lies at an address, and whether it is free. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Allocation, MemoryRange } from '../../kernels/kernel.ts';
import type { Target } from '../../target/target.ts';

/** Caches, slabs and free buffers that are looked at, each. */
export const kmemLimit = 1_000_000;

export interface KmemBuffer {
  readonly cache: string;
  readonly address: bigint;
  readonly size: bigint;
  readonly isFree: boolean;
}

interface Slab {
  readonly cache: string;
  readonly cacheAddress: bigint;
  /** Address of its `kmem_slab_t`. */
  readonly address: bigint;
  readonly base: bigint;
  readonly end: bigint;
  readonly size: bigint;
}

interface Books {
  /** Ascending by base. */
  readonly slabs: readonly Slab[];
  readonly free: ReadonlySet<bigint>;
}

const booksOf = new WeakMap<Target, Books>();

/**
 * The buffer that holds an address; undefined when no slab does.
 *
 * Source: illumos-gate, usr/src/uts/common/sys/kmem_impl.h: caches, their slabs, free lists in the buffers.
 */
export function kmemBufferAt(target: Target, address: bigint): KmemBuffer | undefined {
  const { slabs, free } = books(target);
  let low = 0;
  let high = slabs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slabs[middle]?.base ?? 0n) <= address) low = middle + 1;
    else high = middle;
  }
  const slab = slabs[low - 1];
  if (!slab || address >= slab.end) return undefined;
  const start = slab.base + ((address - slab.base) / slab.size) * slab.size;
  return { cache: slab.cache, address: start, size: slab.size, isFree: free.has(start) };
}

/** Every buffer that a cache has given out, at most `kmemLimit`. */
export function* kmemAllocations(target: Target): Generator<Allocation> {
  const { slabs, free } = books(target);
  let count = 0;
  for (const { base, end, size, cache, cacheAddress } of slabs) {
    for (let address = base; address + size <= end && count < kmemLimit; address += size, count++)
      if (!free.has(address)) yield { address, size, cache, cacheAddress };
  }
}

/** The slabs' memory, and the structures that describe them. */
export function* kmemMemory(target: Target): Generator<MemoryRange> {
  const descriptorSize = BigInt(target.findType('kmem_slab_t')?.size ?? 0);
  for (const { base, end, address } of books(target).slabs) {
    yield { start: base, end };
    yield { start: address, end: address + descriptorSize };
  }
}

function books(target: Target): Books {
  const known = booksOf.get(target);
  if (known) return known;
  const slabs: Slab[] = [];
  const free = new Set<bigint>();
  const hasBooks =
    target.hasGlobal('kmem_cache_list') && target.findType('kmem_slab_t') !== undefined;
  if (hasBooks) {
    for (const cache of chain(
      target,
      target.global('kmem_cache_list').unsigned(),
      'kmem_cache_t',
      'cache_next',
    )) {
      readCache(target, cache, slabs, free);
    }
  }
  slabs.sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0));
  const read = { slabs, free };
  booksOf.set(target, read);
  return read;
}

function readCache(target: Target, address: bigint, slabs: Slab[], free: Set<bigint>): void {
  const cache = target.value('kmem_cache_t', address);
  const name = cache.member('cache_name').text(32) ?? '?';
  const size = cache.member('cache_bufsize').unsigned();
  if (size === 0n) return;
  for (const slab of chain(
    target,
    cache.member('cache_slabs').unsigned(),
    'kmem_slab_t',
    'slab_next',
  )) {
    const value = target.value('kmem_slab_t', slab);
    const base = value.member('slab_base').unsigned();
    slabs.push({
      cache: name,
      cacheAddress: address,
      address: slab,
      base,
      end: base + size * value.member('slab_chunks').unsigned(),
      size,
    });
  }
  for (const buffer of chain(
    target,
    cache.member('cache_freelist').unsigned(),
    'kmem_bufctl_t',
    'bc_next',
  ))
    free.add(buffer);
}

/** Elements of a NULL-terminated chain; ends where it loops or can't be read. */
function* chain(target: Target, first: bigint, type: string, link: string): Generator<bigint> {
  const seen = new Set<bigint>();
  for (let address = first; address !== 0n && !seen.has(address) && seen.size < kmemLimit;) {
    seen.add(address);
    yield address;
    try {
      address = target.value(type, address).member(link).unsigned();
    } catch (error) {
      if (error instanceof FaultError) return;
      throw error;
    }
  }
}
