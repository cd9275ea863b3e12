/** Finds memory that a kernel has given out and that nothing points to any more: the search behind `::findleaks`. */
import type { Dump } from '../../dump-format/dump.ts';
import type { Allocation, Allocator, MemoryRange } from '../kernels/kernel.ts';
import { readableThreads } from './threads.ts';
import type { Target } from './target.ts';

/** Bytes read at once. */
const chunkBytes = 1 << 20;

const wordBytes = 8;

/** What of a target is searched. */
export interface SearchedTarget extends Pick<Target, 'memory' | 'cpus' | 'threads'> {
  readonly dump: Pick<Dump, 'segments' | 'byteOrder'>;
}

export interface LeakReport {
  /** Buffers that nothing reaches, by address. */
  readonly leaked: readonly Allocation[];
  /** Buffers that are given out. */
  readonly buffers: number;
  /** Words that were looked at: of everything that lives, and of every buffer that something reaches. */
  readonly words: number;
}

/**
 * Marks from everything that lives, and gives the buffers that are left over, as mdb's `::findleaks` does.
 *
 * Alive are the registers of CPUs and threads and all kernel memory outside the allocator's slabs and books. Every aligned word that is an address inside a buffer
 * reaches it; whatever a reached buffer holds reaches further. A stale word can hide a leak, but no leak is told that is none, unless the kernel
 * keeps a pointer elsewhere: disguised, in a device, in user memory.
 *
 * Physical memory that is mapped twice is searched once: otherwise a leaked ring would be reached through its own other mapping.
 *
 * @param report called after each piece of memory, with bytes
 */
export function findLeaks(
  target: SearchedTarget,
  allocator: Allocator,
  report: (done: number, total: number) => void,
): LeakReport {
  const marks = new Marks([...allocator.allocations()]);
  for (const value of registerValues(target)) marks.mark(value);
  const alive = aliveRanges(target, [...marks.buffers.map(bufferRange), ...allocator.silent()]);
  const total = alive.reduce((sum, { start, end }) => sum + Number(end - start), 0);
  let words = 0;
  let done = 0;
  const search = (range: MemoryRange): void => {
    for (const bytes of chunks(target, range)) {
      words += marks.markAll(bytes, target.dump.byteOrder === 'little');
      done += bytes.length;
      report(Math.min(done, total), total);
    }
  };
  for (const range of alive) search(range);
  for (let next = marks.nextReached(); next; next = marks.nextReached()) search(bufferRange(next));
  return { leaked: marks.unreached(), buffers: marks.buffers.length, words };
}

/** The buffers by address, and which of them are reached. */
class Marks {
  /** Ascending by address. */
  readonly buffers: readonly Allocation[];
  private readonly starts: BigUint64Array;
  private readonly isReached: Uint8Array;
  private readonly queue: number[] = [];
  private readonly lowest: bigint;
  private readonly end: bigint;
  private readonly lowestHigh: number;
  private readonly highestHigh: number;

  constructor(buffers: readonly Allocation[]) {
    this.buffers = buffers.toSorted((a, b) => compare(a.address, b.address));
    this.starts = BigUint64Array.from(this.buffers, ({ address }) => address);
    this.isReached = new Uint8Array(this.buffers.length);
    this.lowest = this.starts[0] ?? 0n;
    this.end = this.buffers.reduce((end, { address, size }) => {
      return address + size > end ? address + size : end;
    }, 0n);
    this.lowestHigh = Number(this.lowest >> 32n);
    this.highestHigh = Number(this.end >> 32n);
  }

  /** Marks every word of the bytes. @returns how many there are */
  markAll(bytes: Uint8Array, isLittle: boolean): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const highOffset = isLittle ? 4 : 0;
    const end = bytes.length - (bytes.length % wordBytes);
    for (let offset = 0; offset < end; offset += wordBytes) {
      // Most words are no address of a buffer: the upper half tells so without a bigint.
      const high = view.getUint32(offset + highOffset, isLittle);
      if (high >= this.lowestHigh && high <= this.highestHigh)
        this.mark(view.getBigUint64(offset, isLittle));
    }
    return end / wordBytes;
  }

  mark(address: bigint): void {
    if (address < this.lowest || address >= this.end) return;
    const index = this.lastAtOrBelow(address);
    const buffer = this.buffers[index];
    if (!buffer || address - buffer.address >= buffer.size || this.isReached[index] === 1) return;
    this.isReached[index] = 1;
    this.queue.push(index);
  }

  /** A reached buffer whose own words have not been asked for. */
  nextReached(): Allocation | undefined {
    const index = this.queue.pop();
    return index === undefined ? undefined : this.buffers[index];
  }

  unreached(): Allocation[] {
    return this.buffers.filter((_, index) => this.isReached[index] === 0);
  }

  private lastAtOrBelow(address: bigint): number {
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.starts[middle] ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function* registerValues(target: SearchedTarget): Generator<bigint> {
  for (const { registers } of target.cpus) yield* registers.values();
  for (const { start } of readableThreads(target))
    if (start?.kind === 'registers') yield* start.registers.values();
}

/** Kernel memory without what is silent, each physical byte once, whichever segment maps it. */
function aliveRanges(target: SearchedTarget, silent: readonly MemoryRange[]): MemoryRange[] {
  const segments = kernelSegments(target);
  const covered = merged(physicalPieces(segments, silent));
  const alive: MemoryRange[] = [];
  let reach = 0n;
  let hole = 0;
  for (const { start, size, place } of segments.toSorted((a, b) => compare(a.place, b.place))) {
    const whole = { start: place > reach ? place : reach, end: place + size };
    if (whole.start >= whole.end) continue;
    reach = whole.end;
    while ((covered[hole]?.end ?? reach) <= whole.start) hole++;
    for (const piece of without(whole, covered, hole))
      alive.push({ start: piece.start - place + start, end: piece.end - place + start });
  }
  return alive;
}

interface Segment {
  /** Virtual. */
  readonly start: bigint;
  readonly size: bigint;
  /** Physical, or beyond every address where the dump does not say. */
  readonly place: bigint;
}

function kernelSegments({ dump }: SearchedTarget): Segment[] {
  const found: Segment[] = [];
  for (const { virtualAddress: start, physicalAddress, size } of dump.segments) {
    if (start === undefined) continue;
    found.push({ start, size, place: physicalAddress ?? start + (1n << 64n) });
  }
  return found;
}

/** Where ranges of virtual memory lie physically. */
function physicalPieces(
  segments: readonly Segment[],
  ranges: readonly MemoryRange[],
): MemoryRange[] {
  const sorted = segments.toSorted((a, b) => compare(a.start, b.start));
  // The highest end of a segment and all before it: segments may overlap.
  let reach = 0n;
  const reaches = sorted.map(({ start, size }) => {
    if (start + size > reach) reach = start + size;
    return reach;
  });
  const pieces: MemoryRange[] = [];
  for (const range of ranges) {
    for (let index = firstAbove(reaches, range.start); index < sorted.length; index++) {
      const { start, size, place } = sorted[index] ?? { start: range.end, size: 0n, place: 0n };
      if (start >= range.end) break;
      const from = range.start > start ? range.start : start;
      const to = range.end < start + size ? range.end : start + size;
      if (from < to) pieces.push({ start: from - start + place, end: to - start + place });
    }
  }
  return pieces;
}

/** Index of the first of ascending values that is greater. */
function firstAbove(values: readonly bigint[], value: bigint): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0n) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Ascending, none touching another. */
function merged(ranges: readonly MemoryRange[]): MemoryRange[] {
  const list: MemoryRange[] = [];
  for (const range of ranges.toSorted((a, b) => compare(a.start, b.start))) {
    const last = list.at(-1);
    if (!last || range.start > last.end) list.push(range);
    else if (range.end > last.end) list[list.length - 1] = { start: last.start, end: range.end };
  }
  return list;
}

/** @param holes ascending, none touching another; those below index `first` end before the range */
function* without(
  range: MemoryRange,
  holes: readonly MemoryRange[],
  first: number,
): Generator<MemoryRange> {
  let { start } = range;
  for (let index = first; index < holes.length; index++) {
    const hole = holes[index];
    if (!hole || hole.end <= start) continue;
    if (hole.start >= range.end) break;
    if (hole.start > start) yield { start, end: hole.start };
    start = hole.end;
  }
  if (start < range.end) yield { start, end: range.end };
}

function* chunks(target: SearchedTarget, { start, end }: MemoryRange): Generator<Uint8Array> {
  for (let at = (start + 7n) & ~7n; at < end;) {
    const wanted = Number(end - at < BigInt(chunkBytes) ? end - at : BigInt(chunkBytes));
    const bytes = target.memory.readAvailable(at, wanted);
    if (bytes.length < wordBytes) return;
    yield bytes;
    at += BigInt(bytes.length);
  }
}

function bufferRange({ address, size }: Allocation): MemoryRange {
  return { start: address, end: address + size };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
