/** illumos kernel memory: which buffer of which cache lies at an address, and whether it is free. */
import { FaultError } from '../../../dump-format/errors.ts';
import type { Allocation, MemoryRange } from '../../kernels/kernel.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

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

/** A cache as its own structure describes it. */
export interface KmemCache {
  readonly address: bigint;
  readonly name: string;
  readonly bufferSize: bigint;
  /** Buffers that it has made. */
  readonly bufferTotal: bigint;
  readonly slabs: readonly KmemSlab[];
  /** Buffers on its free list. */
  readonly free: readonly bigint[];
}

export interface KmemSlab {
  readonly address: bigint;
  readonly buffers: bigint;
  readonly inUse: bigint;
}

/** Caches in the order of the kernel's list, which begins with the newest. */
export function* kmemCaches(target: Target): Generator<KmemCache> {
  for (const address of cacheAddresses(target)) yield kmemCache(target, address);
}

/** @param address a `kmem_cache_t` */
export function kmemCache(target: Target, address: bigint): KmemCache {
  const cache = target.value('kmem_cache_t', address);
  const slabs = chain(target, cache.member('cache_slabs').unsigned(), 'kmem_slab_t', 'slab_next');
  return {
    address,
    name: cache.member('cache_name').text(32) ?? '?',
    bufferSize: cache.member('cache_bufsize').unsigned(),
    bufferTotal: cache.member('cache_buftotal').unsigned(),
    slabs: [...slabs].map((slab) => {
      const value = target.value('kmem_slab_t', slab);
      const inUse = value.member('slab_refcnt').unsigned();
      return { address: slab, buffers: value.member('slab_chunks').unsigned(), inUse };
    }),
    free: [...freeBuffers(target, cache)],
  };
}

function cacheAddresses(target: Target): Iterable<bigint> {
  const hasBooks =
    target.hasGlobal('kmem_cache_list') && target.findType('kmem_slab_t') !== undefined;
  if (!hasBooks) return [];
  const first = target.global('kmem_cache_list').unsigned();
  return chain(target, first, 'kmem_cache_t', 'cache_next');
}

function freeBuffers(target: Target, cache: Value): Iterable<bigint> {
  const first = cache.member('cache_freelist').unsigned();
  return chain(target, first, 'kmem_bufctl_t', 'bc_next');
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
  for (const cache of cacheAddresses(target)) readCache(target, cache, slabs, free);
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
  for (const buffer of freeBuffers(target, cache)) free.add(buffer);
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
