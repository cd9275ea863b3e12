/** The memory of a machine as a dump holds it: touched pages only, at the kernel addresses that the page tables give them. */
import type { CoreSegment } from '../dump-format/core-writer.ts';
import { FaultError } from '../dump-format/errors.ts';
import type { ImageSegment, Machine } from './machine/machine.ts';

export const pageSize = 4096n;

/** Physical memory at `address - windowBase`: where the loader puts the kernel (docs/platform.md). */
export const windowBase = 0xffff_ffff_8000_0000n;

const present = 1n;
const writable = 2n;
const large = 0x80n;
const noExecute = 1n << 63n;
const frameMask = 0x000f_ffff_ffff_f000n;
const segmentFlag = { execute: 1, write: 2, read: 4 } as const;

/** Physical memory of the machine, with pages that are written for the dump alone. */
export class DumpMemory {
  readonly #machine: Machine;
  readonly #image: readonly ImageSegment[];
  readonly #touched: Set<bigint>;
  readonly #overlay = new Map<bigint, Uint8Array>();

  /** Physical address of the kernel's page table root. */
  readonly root: bigint;

  constructor(machine: Machine, root: bigint) {
    this.#machine = machine;
    this.root = root;
    this.#image = machine.image.segments;
    this.#touched = new Set(machine.presentPages());
  }

  isPresent(page: bigint): boolean {
    return this.#touched.has(page) || this.#overlay.has(page);
  }

  /** Touched pages, ascending. */
  pages(): readonly bigint[] {
    return [...new Set([...this.#touched, ...this.#overlay.keys()])].toSorted(compare);
  }

  /** Writes at an address of the kernel image. The machine itself stays as it is. */
  write(address: bigint, bytes: Uint8Array): void {
    const start = this.#physical(address);
    if (start === undefined) throw new FaultError(address, bytes.length, 'not in the kernel image');
    for (let done = 0; done < bytes.length;) {
      const at = start + BigInt(done);
      const inPage = Number(at % pageSize);
      const count = Math.min(bytes.length - done, Number(pageSize) - inPage);
      this.#writablePage(at - BigInt(inPage)).set(bytes.subarray(done, done + count), inPage);
      done += count;
    }
  }

  readU64(address: bigint): bigint | undefined {
    return this.#read(address, 8)?.getBigUint64(0, true);
  }

  readU32(address: bigint): number | undefined {
    return this.#read(address, 4)?.getUint32(0, true);
  }

  /** Bytes at a physical address, all of one page; undefined when it was never touched. */
  readPhysical(address: bigint, length: number): Uint8Array | undefined {
    const page = address - (address % pageSize);
    const overlay = this.#overlay.get(page);
    const offset = Number(address - page);
    if (overlay) return overlay.subarray(offset, offset + length);
    return this.#touched.has(page) ? this.#machine.readPhysical(address, length) : undefined;
  }

  /** Text that ends with a zero byte, at an address of the kernel image. */
  readText(address: bigint): string {
    const bytes: number[] = [];
    for (let at = address; bytes.length < 65536; at++) {
      const byte = this.#read(at, 1)?.getUint8(0) ?? 0;
      if (byte === 0) break;
      bytes.push(byte);
    }
    return new TextDecoder().decode(new Uint8Array(bytes));
  }

  #translate(address: bigint): bigint | undefined {
    let table = this.root;
    for (let shift = 39n; shift >= 12n; shift -= 9n) {
      const entry = entryAt(this, table, Number((address >> shift) & 511n));
      if ((entry & present) === 0n) return undefined;
      const offsetMask = (1n << shift) - 1n;
      if (shift === 12n || (shift < 39n && (entry & large) !== 0n))
        return (entry & frameMask & ~offsetMask) | (address & offsetMask);
      table = entry & frameMask;
    }
    return undefined;
  }

  /** Image addresses by the image alone: what the loader did. */
  #physical(address: bigint): bigint | undefined {
    for (const { virtualAddress, physicalAddress, memorySize } of this.#image) {
      const offset = address - virtualAddress;
      if (offset >= 0n && offset < BigInt(memorySize)) return physicalAddress + offset;
    }
    return undefined;
  }

  /** True for an address that the kernel image itself takes up. */
  isImage(address: bigint): boolean {
    return this.#physical(address) !== undefined;
  }

  #read(address: bigint, length: number): DataView | undefined {
    const physical = this.#physical(address) ?? this.#translate(address);
    const bytes = physical === undefined ? undefined : this.readPhysical(physical, length);
    return bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #writablePage(page: bigint): Uint8Array {
    let bytes = this.#overlay.get(page);
    if (!bytes) {
      bytes = this.#touched.has(page)
        ? this.#machine.readPhysical(page, Number(pageSize)).slice()
        : new Uint8Array(Number(pageSize));
      this.#overlay.set(page, bytes);
    }
    return bytes;
  }
}

/** A page and one kernel address that leads to it. */
interface MappedPage {
  readonly virtualAddress: bigint;
  readonly physicalAddress: bigint;
  readonly flags: number;
}

/**
 * Segments for every touched page, ascending by address.
 *
 * A page that the kernel has mapped somewhere is at that address, or at each of them. In the kernel window are the image, whose symbols
 * name those addresses, and what is mapped nowhere else (page tables, pages of processes), so that a search over the dump finds an object once.
 */
export function dumpSegments(memory: DumpMemory): readonly CoreSegment[] {
  const own = new Set<bigint>();
  const mapped: MappedPage[] = [];
  const window: MappedPage[] = [];
  for (const page of kernelMappings(memory)) {
    if (page.virtualAddress >= windowBase) window.push(page);
    else {
      mapped.push(page);
      own.add(page.physicalAddress);
    }
  }
  const reachable = new Set([...own, ...window.map((page) => page.physicalAddress)]);
  const isKept = (page: MappedPage): boolean =>
    memory.isImage(page.virtualAddress) || !own.has(page.physicalAddress);
  mapped.push(...window.filter(isKept));
  mapped.sort((a, b) => compare(a.virtualAddress, b.virtualAddress));
  const unmapped = memory
    .pages()
    .filter((page) => !reachable.has(page))
    .map((page) => segment(memory, undefined, page, 1, segmentFlag.read | segmentFlag.write));
  return [...joined(memory, mapped), ...unmapped];
}

/** Neighbours in both spaces with equal rights become one segment. */
function* joined(memory: DumpMemory, pages: readonly MappedPage[]): Generator<CoreSegment> {
  for (let index = 0; index < pages.length;) {
    const first = pages[index];
    if (!first) return;
    let count = 1;
    for (; ; count++) {
      const next = pages[index + count];
      const distance = BigInt(count) * pageSize;
      const follows =
        next?.virtualAddress === first.virtualAddress + distance &&
        next.physicalAddress === first.physicalAddress + distance &&
        next.flags === first.flags;
      if (!follows) break;
    }
    yield segment(memory, first.virtualAddress, first.physicalAddress, count, first.flags);
    index += count;
  }
}

function segment(
  memory: DumpMemory,
  virtualAddress: bigint | undefined,
  physicalAddress: bigint,
  pages: number,
  flags: number,
): CoreSegment {
  return {
    virtualAddress,
    physicalAddress,
    size: pages * Number(pageSize),
    flags,
    contents: (offset, length) => {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const at = physicalAddress + BigInt(offset + done);
        const count = Math.min(length - done, Number(pageSize - (at % pageSize)));
        const read = memory.readPhysical(at, count);
        if (read) bytes.set(read, done);
        done += count;
      }
      return bytes;
    },
  };
}

/** Every touched page that the upper half of an address space maps. */
function* kernelMappings(memory: DumpMemory): Generator<MappedPage> {
  const pages = memory.pages();
  for (let index = 256; index < 512; index++) {
    const base = BigInt.asUintN(64, -(1n << 48n)) | (BigInt(index) << 39n);
    yield* tableMappings(memory, pages, entryAt(memory, memory.root, index), base, 39, fullRights);
  }
}

const fullRights = segmentFlag.read | segmentFlag.write | segmentFlag.execute;

function* tableMappings(
  memory: DumpMemory,
  pages: readonly bigint[],
  entry: bigint,
  address: bigint,
  shift: number,
  rights: number,
): Generator<MappedPage> {
  if ((entry & present) === 0n) return;
  let flags = rights;
  if ((entry & writable) === 0n) flags &= ~segmentFlag.write;
  if ((entry & noExecute) !== 0n) flags &= ~segmentFlag.execute;
  const frame = entry & frameMask;
  if (shift === 12) {
    if (memory.isPresent(frame)) yield { virtualAddress: address, physicalAddress: frame, flags };
    return;
  }
  if (shift < 39 && (entry & large) !== 0n) {
    const size = 1n << BigInt(shift);
    const start = frame & ~(size - 1n);
    for (const page of pages.slice(lowerBound(pages, start))) {
      if (page >= start + size) break;
      yield { virtualAddress: address + page - start, physicalAddress: page, flags };
    }
    return;
  }
  const below = shift - 9;
  for (let index = 0; index < 512; index++) {
    const at = address + (BigInt(index) << BigInt(below));
    yield* tableMappings(memory, pages, entryAt(memory, frame, index), at, below, flags);
  }
}

function entryAt(memory: DumpMemory, table: bigint, index: number): bigint {
  const bytes = memory.readPhysical(table + BigInt(index * 8), 8);
  if (!bytes) return 0n;
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

/** Index of the first element that is not below `value`. */
function lowerBound(sorted: readonly bigint[], value: bigint): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? value) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
