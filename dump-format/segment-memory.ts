/** Memory over ranges of a file: what every container whose pages lie plainly in a file is read through. */
import type { ByteOrder } from './byte-reader.ts';
import { chunkBytes, type ChunkCache } from './chunk-cache.ts';
import { assert, FaultError, UsageError } from './errors.ts';
import type { Memory } from './memory.ts';
import { highHalf, lowHalf, zeroFilled, type Ranges } from './ranges.ts';

/** Bytes of one read. Longer ones are the caller's loop. */
export const maximumMemoryReadBytes = 2 ** 28;

/** Ranges that a dump is known not to have, and the words for it in a fault. */
export interface AbsentRanges {
  readonly ranges: Ranges;
  readonly reason: string;
}

/**
 * Memory of one address space.
 *
 * @param absent looked through, in order, only to explain a fault
 */
export function segmentMemory(
  chunks: ChunkCache,
  byteOrder: ByteOrder,
  present: Ranges,
  absent: readonly AbsentRanges[] = [],
): Memory {
  return new SegmentMemory(chunks, byteOrder, present, absent);
}

/** Pages remembered at first, and at most: 1 GiB of addresses, as much as the chunks. */
const firstSlotCount = 256;
const lastSlotCount = 262144;
/** Fills per slot after which a table is too small and doubles. */
const fillsPerSlot = 4;
const pageBits = 12;
const pageBytes = 1 << pageBits;

const addressLimit = 1n << 64n;

const zeroChunk: DataView = new DataView(new ArrayBuffer(chunkBytes));

/** A 64-bit address on its way into two numbers: V8 does this without a call, unlike `Number(address)`. */
const scratch = new BigUint64Array(1);
const halves = new Uint32Array(scratch.buffer);

/** Numbers of a slot: page, high half of the address, present bytes (`from` and `to`), shift. Together, they are in one line of the processor's cache. */
const slotNumbers = 4;

/**
 * Like the TLB of a processor: a direct-mapped table from a page to where its bytes are in a view.
 * A hit costs no search and no bigint arithmetic. A page that begins or ends inside a range has its
 * present bytes noted as `from` and `to`; an unused slot has none, so it never hits.
 */
class SegmentMemory implements Memory {
  readonly #chunks: ChunkCache;
  readonly #little: boolean;
  readonly #ranges: Ranges;
  readonly #absent: readonly AbsentRanges[];
  #generation = 0;

  #slotCount = firstSlotCount;
  #fills = 0;
  #slots = new Int32Array(firstSlotCount * slotNumbers);
  #views = emptyViews(firstSlotCount);

  /** Result of `#locate`. */
  #view = zeroChunk;
  #offset = 0;

  constructor(
    chunks: ChunkCache,
    byteOrder: ByteOrder,
    ranges: Ranges,
    absent: readonly AbsentRanges[],
  ) {
    this.#chunks = chunks;
    this.#little = byteOrder === 'little';
    this.#ranges = ranges;
    this.#absent = absent;
  }

  readU8(address: bigint): number {
    return this.#locate(address, 1)
      ? this.#view.getUint8(this.#offset)
      : this.#assemble(address, 1).getUint8(0);
  }

  readU16(address: bigint): number {
    return this.#locate(address, 2)
      ? this.#view.getUint16(this.#offset, this.#little)
      : this.#assemble(address, 2).getUint16(0, this.#little);
  }

  readU32(address: bigint): number {
    return this.#locate(address, 4)
      ? this.#view.getUint32(this.#offset, this.#little)
      : this.#assemble(address, 4).getUint32(0, this.#little);
  }

  readU64(address: bigint): bigint {
    return this.#locate(address, 8)
      ? this.#view.getBigUint64(this.#offset, this.#little)
      : this.#assemble(address, 8).getBigUint64(0, this.#little);
  }

  read(address: bigint, length: number): Uint8Array {
    checkLength(length);
    if (length <= pageBytes && this.#locate(address, length))
      return new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#offset, length);
    const start = BigInt.asUintN(64, address);
    const bytes = this.#collect(start, length);
    if (bytes.length < length)
      throw this.#fault(start + BigInt(bytes.length), length - bytes.length);
    return bytes;
  }

  readAvailable(address: bigint, length: number): Uint8Array {
    checkLength(length);
    return this.#collect(BigInt.asUintN(64, address), length);
  }

  rangeAtOrAbove(address: bigint): { readonly start: bigint; readonly end: bigint } | undefined {
    if (address >= addressLimit) return undefined;
    const index = this.#ranges.findAtOrAbove(BigInt.asUintN(64, address));
    if (index < 0) return undefined;
    return { start: this.#ranges.start(index), end: this.#ranges.runLast(index) + 1n };
  }

  /** Sets `#view` and `#offset` to `length` bytes that lie together; false when they don't, or are absent. */
  #locate(address: bigint, length: number): boolean {
    scratch[0] = address;
    const low = halves[lowHalf] ?? 0;
    const high = halves[highHalf] ?? 0;
    const page = low >>> pageBits;
    const inPage = low & (pageBytes - 1);
    let slot = (page ^ high) & (this.#slotCount - 1);
    const at = slot * slotNumbers;
    if (
      this.#slots[at] !== page ||
      this.#slots[at + 1] !== (high | 0) ||
      this.#isOutside(slot, inPage, length)
    ) {
      if (!this.#fill(high, low)) return false;
      slot = (page ^ high) & (this.#slotCount - 1);
      if (this.#isOutside(slot, inPage, length)) return false;
    }
    this.#view = this.#views[slot] ?? zeroChunk;
    // What was added to an offset in the page to get the offset in the view; may be negative.
    this.#offset = inPage + (this.#slots[slot * slotNumbers + 3] ?? 0);
    return true;
  }

  #isOutside(slot: number, inPage: number, length: number): boolean {
    const present = this.#slots[slot * slotNumbers + 2] ?? 0;
    return inPage < present >>> 16 || inPage + length > (present & 0xffff);
  }

  /** Fills the slot of a page with the range that holds the address; false when none does. */
  #fill(high: number, low: number): boolean {
    const index = this.#ranges.find(high, low);
    if (index < 0) return false;
    const inPage = low & (pageBytes - 1);
    scratch[0] = this.#ranges.start(index);
    // Exact: below 2**53 for every range that has bytes in a file; for zero-filled ones only its being large matters.
    const before = (high - (halves[highHalf] ?? 0)) * 2 ** 32 + (low - (halves[lowHalf] ?? 0));
    scratch[0] = this.#ranges.last(index);
    const after = ((halves[highHalf] ?? 0) - high) * 2 ** 32 + ((halves[lowHalf] ?? 0) - low);
    const fileOffset = this.#ranges.offset(index);
    const place = fileOffset + before;
    const piece = fileOffset === zeroFilled ? undefined : this.#chunks.piece(place);
    if (this.#generation !== this.#chunks.generation) this.#forget();
    // Zeros are the same wherever the page is laid in them.
    const inPiece = piece ? place - piece.start : inPage;
    const pieceLength = piece ? piece.length : chunkBytes;
    const from = Math.max(0, inPage - before, inPage - inPiece);
    const to = Math.min(pageBytes, inPage + after + 1, inPage - inPiece + pieceLength);
    if (to <= inPage) return false;
    if (++this.#fills > this.#slotCount * fillsPerSlot) this.#grow();
    const slot = ((low >>> pageBits) ^ high) & (this.#slotCount - 1);
    const at = slot * slotNumbers;
    this.#slots[at] = low >>> pageBits;
    this.#slots[at + 1] = high;
    this.#slots[at + 2] = (from << 16) | to;
    this.#slots[at + 3] = (piece ? piece.viewOffset + inPiece : inPiece) - inPage;
    this.#views[slot] = piece ? piece.view : zeroChunk;
    return true;
  }

  /** Starts over with a larger table: the work reaches over more pages than this one holds. */
  #grow(): void {
    this.#fills = 0;
    if (this.#slotCount === lastSlotCount) return;
    this.#slotCount *= 2;
    this.#slots = new Int32Array(this.#slotCount * slotNumbers);
    this.#views = emptyViews(this.#slotCount);
  }

  /** Lets go of pieces that the cache has dropped. */
  #forget(): void {
    this.#slots.fill(0);
    this.#views = emptyViews(this.#slotCount);
    this.#view = zeroChunk;
    this.#generation = this.#chunks.generation;
  }

  #assemble(address: bigint, length: number): DataView {
    const bytes = this.read(address, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes from `start` up to the first absent one, at most `length`; a view where they lie together. */
  #collect(start: bigint, length: number): Uint8Array {
    let result: Uint8Array | undefined;
    let done = 0;
    while (done < length) {
      const address = start + BigInt(done);
      const piece = address < addressLimit ? this.#piece(address, length - done) : undefined;
      if (!piece || piece.length === 0) break;
      if (piece.length === length) return piece;
      result ??= new Uint8Array(this.#availableAtMost(start, length));
      result.set(piece, done);
      done += piece.length;
    }
    return result ? result.subarray(0, done) : new Uint8Array(0);
  }

  /** So that a long read at the end of a short range does not allocate its whole length. */
  #availableAtMost(start: bigint, length: number): number {
    const range = this.rangeAtOrAbove(start);
    const left = range ? range.end - start : 0n;
    return left < BigInt(length) ? Number(left) : length;
  }

  /** The first bytes at an address that lie in one range and one chunk, or are read at once past the chunks. */
  #piece(address: bigint, length: number): Uint8Array | undefined {
    scratch[0] = address;
    const index = this.#ranges.find(halves[highHalf] ?? 0, halves[lowHalf] ?? 0);
    if (index < 0) return undefined;
    const left = this.#ranges.last(index) - address + 1n;
    const wanted = left < BigInt(length) ? Number(left) : length;
    const fileOffset = this.#ranges.offset(index);
    if (fileOffset === zeroFilled)
      return new Uint8Array(zeroChunk.buffer, 0, Math.min(wanted, chunkBytes));
    const place = fileOffset + Number(address - this.#ranges.start(index));
    if (wanted > chunkBytes) return this.#chunks.source.read(place, wanted);
    const { start, length: pieceLength, view, viewOffset } = this.#chunks.piece(place);
    const inPiece = Math.min(place - start, pieceLength);
    const present = Math.min(wanted, pieceLength - inPiece);
    return new Uint8Array(view.buffer, view.byteOffset + viewOffset + inPiece, present);
  }

  #fault(address: bigint, length: number): FaultError {
    const absent = BigInt.asUintN(64, address);
    const low = Number(BigInt.asUintN(32, absent));
    const high = Number(absent >> 32n);
    for (const { ranges, reason } of this.#absent)
      if (ranges.find(high, low) >= 0) return new FaultError(absent, length, reason);
    return new FaultError(absent, length);
  }
}

function emptyViews(count: number): DataView[] {
  return Array.from({ length: count }, () => zeroChunk);
}

function checkLength(length: number): void {
  assert(Number.isSafeInteger(length) && length >= 0, 'a read has a length of whole bytes');
  if (length > maximumMemoryReadBytes)
    throw new UsageError(
      `read of ${length} bytes is over the limit of ${maximumMemoryReadBytes} (maximumMemoryReadBytes)`,
    );
}
