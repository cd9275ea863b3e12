/** DragonFly's slab allocator: zones of a page, their chunks, and which of these are given out. */
import type { Allocation, Allocator, MemoryRange } from '../../kernels/kernel.ts';
import { walkChain } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import { slabZones } from './pages.ts';

/** Bytes of a zone, its header included. */
const zoneSize = 0x1000n;

/** Chunks begin at a multiple of this behind the header. Source: DragonFly, kern/kern_slaballoc.c. */
const chunkAlignment = 64n;

/** What `::findleaks` goes by. A zone chains its free chunks by their first words, from `z_BasePtr`. */
export function allocator(target: Target): Allocator {
  return {
    *allocations() {
      for (const zone of slabZones(target)) yield* allocated(target, zone);
    },
    silent: () => silent(target),
  };
}

/** A chunk of a zone. */
export interface Chunk {
  readonly zone: bigint;
  readonly address: bigint;
  readonly size: bigint;
  readonly isFree: boolean;
}

/** The chunk that holds an address; undefined in a zone's header and outside zones. */
export function chunkAt(target: Target, address: bigint): Chunk | undefined {
  const zone = address & ~(zoneSize - 1n);
  if (!slabZones(target).has(zone)) return undefined;
  for (const chunk of chunksOf(target, zone))
    if (address >= chunk.address && address < chunk.address + chunk.size) return chunk;
  return undefined;
}

function* allocated(target: Target, zone: bigint): Generator<Allocation> {
  const index = target.value('struct SLZone', zone).member('z_ZoneIndex').unsigned();
  const bucket = target.global('zones').index(index);
  for (const { address, size, isFree } of chunksOf(target, zone))
    if (!isFree)
      yield { address, size, cache: `chunks of ${size}`, cacheAddress: bucket.address ?? zone };
}

function* chunksOf(target: Target, zone: bigint): Generator<Chunk> {
  const header = target.value('struct SLZone', zone);
  const size = header.member('z_ChunkSize').unsigned();
  const count = header.member('z_NMax').unsigned();
  const headerSize = BigInt(target.type('struct SLZone').size);
  const base = zone + ((headerSize + chunkAlignment - 1n) / chunkAlignment) * chunkAlignment;
  // A damaged header must not lead out of its page.
  if (size === 0n || base + size * count > zone + zoneSize) return;
  const first = header.member('z_BasePtr').unsigned();
  const free = new Set(walkChain(target.memory, { first, linkOffset: 0n }, 'free chunks'));
  for (let index = 0n; index < count; index++) {
    const address = base + index * size;
    yield { zone, address, size, isFree: free.has(address) };
  }
}

/** The zones, and the trace, which tells of the past. */
function* silent(target: Target): Generator<MemoryRange> {
  for (const zone of slabZones(target)) yield { start: zone, end: zone + zoneSize };
  if (!target.hasGlobal('ktr_buf')) return;
  const { address, type } = target.global('ktr_buf');
  if (address !== undefined) yield { start: address, end: address + BigInt(type.size) };
}
