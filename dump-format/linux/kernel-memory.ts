/** Kernel virtual memory of a dump: segments where they have virtual addresses, and behind page tables elsewhere. */
import type { ByteOrder } from '../byte-reader.ts';
import { joinBytes } from '../byte-source.ts';
import { FaultError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import { highHalf, lowHalf } from '../ranges.ts';
import type { AddressRange, PageTables } from './page-tables.ts';

const pageBits = 12;
const pageBytes = 4096;
const pageMask = 0xfffn;

/** Pages remembered: a direct-mapped table, as the TLB of a processor. */
const slotCount = 65536;
/** Page number of an empty slot; no page of 52 bits has it. */
const emptySlot = -1;

const scratch = new BigUint64Array(1);
const halves = new Uint32Array(scratch.buffer);

/** Memory by the segments' own virtual addresses, then by page tables. */
export function kernelMemory(
  segments: Memory,
  physical: Memory,
  tables: PageTables,
  byteOrder: ByteOrder,
): Memory {
  return new KernelMemory(segments, physical, tables, byteOrder);
}

class KernelMemory implements Memory {
  readonly #segments: Memory;
  readonly #physical: Memory;
  readonly #tables: PageTables;
  readonly #little: boolean;
  readonly #hasSegments: boolean;
  /** Page numbers, and where each page is: in the segments or physically, and what to add to get its address there. */
  readonly #pages = new Float64Array(slotCount).fill(emptySlot);
  readonly #deltas = new BigUint64Array(slotCount);
  readonly #isSegment = new Uint8Array(slotCount);

  constructor(segments: Memory, physical: Memory, tables: PageTables, byteOrder: ByteOrder) {
    this.#segments = segments;
    this.#physical = physical;
    this.#tables = tables;
    this.#little = byteOrder === 'little';
    this.#hasSegments = segments.rangeAtOrAbove(0n) !== undefined;
  }

  readU8(address: bigint): number {
    const slot = this.#slot(address, 1);
    if (slot < 0) return this.#assemble(address, 1).getUint8(0);
    return this.#place(slot).readU8(this.#there(slot, address));
  }

  readU16(address: bigint): number {
    const slot = this.#slot(address, 2);
    if (slot < 0) return this.#assemble(address, 2).getUint16(0, this.#little);
    return this.#place(slot).readU16(this.#there(slot, address));
  }

  readU32(address: bigint): number {
    const slot = this.#slot(address, 4);
    if (slot < 0) return this.#assemble(address, 4).getUint32(0, this.#little);
    return this.#place(slot).readU32(this.#there(slot, address));
  }

  readU64(address: bigint): bigint {
    const slot = this.#slot(address, 8);
    if (slot < 0) return this.#assemble(address, 8).getBigUint64(0, this.#little);
    return this.#place(slot).readU64(this.#there(slot, address));
  }

  read(address: bigint, length: number): Uint8Array {
    const bytes = this.readAvailable(address, length);
    if (bytes.length === length) return bytes;
    const absent = BigInt.asUintN(64, address + BigInt(bytes.length));
    const place = this.#tables.translate(absent);
    const missing = length - bytes.length;
    throw place === undefined
      ? new FaultError(absent, missing)
      : new FaultError(absent, missing, `physical ${place.toString(16)} is not in the dump`);
  }

  readAvailable(address: bigint, length: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    for (let done = 0; done < length;) {
      const piece = this.#piece(BigInt.asUintN(64, address + BigInt(done)), length - done);
      if (piece.length === length) return piece;
      if (piece.length === 0) break;
      pieces.push(piece);
      done += piece.length;
    }
    return joinBytes(pieces);
  }

  rangeAtOrAbove(address: bigint): AddressRange | undefined {
    const mapped = this.#tables.rangeAtOrAbove(address);
    const segment = this.#segments.rangeAtOrAbove(address);
    if (!mapped || !segment) return mapped ?? segment;
    if (segment.start <= address) return segment;
    return mapped.start <= segment.start ? mapped : segment;
  }

  /** The bytes at an address that lie together, at most `length`. */
  #piece(address: bigint, length: number): Uint8Array {
    if (this.#hasSegments) {
      const present = this.#segments.readAvailable(address, length);
      if (present.length > 0) return present;
    }
    const place = this.#tables.translate(address);
    if (place === undefined) return new Uint8Array(0);
    // Pages that follow one another in both spaces are one read: kernel images, the direct map.
    let last = address - (address & pageMask);
    let end = place - (place & pageMask) + BigInt(pageBytes);
    while (end - place < BigInt(length)) {
      last += BigInt(pageBytes);
      if (this.#tables.translate(last) !== end) break;
      end += BigInt(pageBytes);
    }
    const together = Number(end - place);
    return this.#physical.readAvailable(place, Math.min(length, together));
  }

  /** The slot of a page that holds all of a word and is wholly present; negative for any other. */
  #slot(address: bigint, length: number): number {
    scratch[0] = address;
    const low = halves[lowHalf] ?? 0;
    if ((low & (pageBytes - 1)) + length > pageBytes) return -1;
    const high = halves[highHalf] ?? 0;
    const page = high * 2 ** (32 - pageBits) + (low >>> pageBits);
    const slot = ((low >>> pageBits) ^ high) & (slotCount - 1);
    return this.#pages[slot] === page || this.#fill(slot, page, address) ? slot : -1;
  }

  #place(slot: number): Memory {
    return this.#isSegment[slot] === 1 ? this.#segments : this.#physical;
  }

  #there(slot: number, address: bigint): bigint {
    return BigInt.asUintN(64, address + (this.#deltas[slot] ?? 0n));
  }

  #fill(slot: number, page: number, address: bigint): boolean {
    const start = BigInt.asUintN(64, address) & ~pageMask;
    const isWhole = (memory: Memory, at: bigint): boolean =>
      memory.readAvailable(at, pageBytes).length === pageBytes;
    if (this.#hasSegments && isWhole(this.#segments, start)) {
      this.#remember(slot, page, true, 0n);
      return true;
    }
    const place = this.#tables.translate(start);
    if (place === undefined || !isWhole(this.#physical, place)) return false;
    // A page whose beginning a segment has and whose end only the tables do is read piece by piece.
    if (this.#hasSegments && this.#segments.readAvailable(start, 1).length > 0) return false;
    this.#remember(slot, page, false, place - start);
    return true;
  }

  #remember(slot: number, page: number, isSegment: boolean, delta: bigint): void {
    this.#pages[slot] = page;
    this.#isSegment[slot] = isSegment ? 1 : 0;
    this.#deltas[slot] = delta;
  }

  #assemble(address: bigint, length: number): DataView {
    const bytes = this.read(address, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
