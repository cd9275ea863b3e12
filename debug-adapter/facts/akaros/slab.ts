/** Akaros's allocators: which object of which cache lies at an address, and whether it is given out. */
import type { Allocation, Allocator, MemoryRange } from '../../kernels/kernel.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** Elements of any list of these books that are looked at. */
export const listLimit = 1_000_000;

export interface SlabObject {
  readonly cache: string;
  /** First byte of the object; for kmalloc that is its tag. */
  readonly start: bigint;
  readonly size: bigint;
  /** False when it lies in a magazine or on its slab. */
  readonly isAllocated: boolean;
  /** Where a free object lies: `core 3's loaded magazine`, `its slab`. */
  readonly where: string | undefined;
  /** Set for kmalloc: the tag's count, and whether its canary is whole. */
  readonly tag: { readonly references: bigint; readonly isWhole: boolean } | undefined;
}

/** Bytes of a `struct kmalloc_tag`, which lies before each kmalloc buffer. Source: akaros, kern/include/kmalloc.h. */
export const kmallocTagSize = 0x20n;
const kmallocCanary = 0xdeadbaben;

/** Objects of a cache by the address of its `struct kmem_cache`. */
interface CacheView {
  readonly value: Value;
  readonly name: string;
  readonly objectSize: bigint;
  readonly magazines: ReadonlyMap<bigint, string>;
}

const cacheViews = new WeakMap<Target, readonly CacheView[]>();

/** The object that holds an address, by every cache's slabs; undefined when no slab does. */
export function slabObjectAt(target: Target, address: bigint): SlabObject | undefined {
  for (const cache of caches(target)) {
    for (const slab of slabs(target, cache)) {
      const start = slab.member('start').unsigned();
      const size = slab.member('obj_size').unsigned();
      const count = slab.member('num_total_obj').unsigned();
      if (address < start || address >= start + size * count) continue;
      return describe(
        target,
        cache,
        slab,
        start + ((address - start) / size) * size,
        (address - start) / size,
      );
    }
  }
  return undefined;
}

/** Every object of a cache that is given out, by the cache's name; in slab order. */
export function allocatedObjects(target: Target, name: string): Generator<bigint> {
  return objects(target, name, true);
}

/** Every object of a cache that is not given out: in a magazine, or on its slab (and then maybe never used). */
export function freeObjects(target: Target, name: string): Generator<bigint> {
  return objects(target, name, false);
}

function* objects(target: Target, name: string, isAllocated: boolean): Generator<bigint> {
  for (const cache of caches(target)) {
    if (cache.name !== name) continue;
    for (const slab of slabs(target, cache)) {
      const start = slab.member('start').unsigned();
      const size = slab.member('obj_size').unsigned();
      const busy = slab.member('busy').unsigned();
      const count = Number(slab.member('num_total_obj').unsigned());
      for (let index = 0; index < count && index < 64; index++) {
        const object = start + BigInt(index) * size;
        const isOut = ((busy >> BigInt(index)) & 1n) !== 0n && !cache.magazines.has(object);
        if (isOut === isAllocated) yield object;
      }
    }
  }
}

/** What `::findleaks` goes by: objects that are given out, and the memory of slabs, magazines and slab structures. */
export function allocator(target: Target): Allocator {
  return {
    allocations: () => allocations(target),
    silent: () => slabMemory(target),
  };
}

function* allocations(target: Target): Generator<Allocation> {
  for (const { name, value, objectSize } of caches(target)) {
    for (const address of allocatedObjects(target, name))
      yield { address, size: objectSize, cache: name, cacheAddress: value.address ?? 0n };
  }
}

function* slabMemory(target: Target): Generator<MemoryRange> {
  const range = (start: bigint, size: bigint): MemoryRange => ({ start, end: start + size });
  const structure = BigInt(target.type('struct kmem_slab').size);
  const magazine = BigInt(target.type('struct kmem_magazine').size);
  for (const cache of caches(target)) {
    for (const slab of slabs(target, cache)) {
      const size = slab.member('obj_size').unsigned() * slab.member('num_total_obj').unsigned();
      yield range(slab.member('start').unsigned(), size);
      yield range(slab.address ?? 0n, structure);
    }
    for (const { address } of magazinesOf(target, cache.value)) yield range(address, magazine);
  }
}

/** `kmalloc` memory that has been freed: its tag counts nothing and is otherwise whole. @param buffer address as kmalloc returned it */
export function freedKmalloc(target: Target, buffer: bigint): SlabObject | undefined {
  const object = slabObjectAt(target, buffer - kmallocTagSize);
  return object?.tag?.isWhole && object.tag.references === 0n ? object : undefined;
}

function describe(
  target: Target,
  cache: CacheView,
  slab: Value,
  start: bigint,
  index: bigint,
): SlabObject {
  const magazine = cache.magazines.get(start);
  const isOnSlab = ((slab.member('busy').unsigned() >> index) & 1n) === 0n;
  const tag = cache.name.startsWith('kmalloc_')
    ? target.value('struct kmalloc_tag', start)
    : undefined;
  return {
    cache: cache.name,
    start,
    size: cache.objectSize,
    isAllocated: magazine === undefined && !isOnSlab,
    where: magazine ?? (isOnSlab ? 'its slab' : undefined),
    tag: tag && {
      references: tag.path('kref.refcount').unsigned(),
      isWhole: tag.member('canary').unsigned() === kmallocCanary,
    },
  };
}

function caches(target: Target): readonly CacheView[] {
  const known = cacheViews.get(target);
  if (known) return known;
  const found: CacheView[] = [];
  if (target.hasGlobal('all_kmem_caches')) {
    for (const value of tailQueue(
      target,
      target.global('all_kmem_caches'),
      'struct kmem_cache',
      'all_kmc_link',
    )) {
      found.push({
        value,
        name: value.member('name').text(32) ?? '?',
        objectSize: value.member('obj_size').unsigned(),
        magazines: magazines(target, value),
      });
    }
  }
  cacheViews.set(target, found);
  return found;
}

function* slabs(target: Target, cache: CacheView): Generator<Value> {
  for (const list of ['full_slab_list', 'partial_slab_list']) {
    yield* tailQueue(target, cache.value.member(list), 'struct kmem_slab', 'link');
  }
}

/** Objects that lie in a core's magazines, by address. */
function magazines(target: Target, cache: Value): ReadonlyMap<bigint, string> {
  const found = new Map<bigint, string>();
  for (const { address, where } of magazinesOf(target, cache)) {
    const magazine = target.value('struct kmem_magazine', address);
    const rounds = magazine.member('nr_rounds').unsigned();
    for (let round = 0n; round < rounds && round < 62n; round++)
      found.set(magazine.member('rounds').index(round).unsigned(), where);
  }
  return found;
}

function* magazinesOf(
  target: Target,
  cache: Value,
): Generator<{ readonly address: bigint; readonly where: string }> {
  const cores = target.hasGlobal('num_cores') ? Number(target.global('num_cores').unsigned()) : 0;
  const perCore = cache.member('pcpu_caches');
  for (let core = 0; core < cores && core < 1024; core++) {
    for (const name of ['loaded', 'prev']) {
      const address = perCore.index(BigInt(core)).member(name).unsigned();
      yield { address, where: `core ${core}'s ${name} magazine` };
    }
  }
}

/** Elements of a BSD tail queue, from its head. Ends at NULL, at the limit, or when an element comes back. */
export function* tailQueue(
  target: Target,
  head: Value,
  type: string,
  link: string,
): Generator<Value> {
  const seen = new Set<bigint>();
  let address = head.member(head.hasMember('tqh_first') ? 'tqh_first' : 'stqh_first').unsigned();
  while (address !== 0n && !seen.has(address) && seen.size < listLimit) {
    seen.add(address);
    const element = target.value(type, address);
    yield element;
    const entry = element.member(link);
    address = entry.member(entry.hasMember('tqe_next') ? 'tqe_next' : 'stqe_next').unsigned();
  }
}

/** Whether a physical page is free in the page arena; undefined for a page that the arena does not manage. */
export function isPageFree(target: Target, physical: bigint): boolean | undefined {
  if (!target.hasGlobal('kpages_used')) return undefined;
  const map = target.global('kpages_used');
  const start = 0x2000000n;
  const index = (physical - start) >> 12n;
  if (map.type.kind !== 'array' || index < 0n || index >= BigInt(map.type.size) * 8n)
    return undefined;
  return ((map.index(index / 64n).unsigned() >> (index % 64n)) & 1n) === 0n;
}
