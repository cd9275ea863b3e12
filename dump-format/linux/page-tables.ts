/** The page tables of x86-64 as a map of addresses: where a page lies physically, and which present memory comes next. */
import type { Memory } from '../memory.ts';

const entryBytes = 8;
const tableBytes = 4096;
const isPresent = 1n;
const isLarge = 0x80n;

/** Entries that one search for the next range reads at most: tables that refer to themselves have no end. */
export const tableEntryLimit = 1_048_576;

export interface AddressRange {
  readonly start: bigint;
  /** One past the last byte. */
  readonly end: bigint;
}

/** The page tables of one address space. */
export interface PageTables {
  /** The physical address of an address; undefined when it is not mapped, or a table is not in the dump. */
  translate(address: bigint): bigint | undefined;
  /** The mapped and present range that holds an address, or the next one above it. */
  rangeAtOrAbove(address: bigint): AddressRange | undefined;
}

/**
 * Page tables at a physical address. Source: Intel SDM, volume 3, section 5.5.
 *
 * @param root physical address of the top table
 * @param encryptionMask bits of an entry that are no address (AMD SME)
 */
export function pageTables(
  physical: Memory,
  root: bigint,
  depth: 4 | 5,
  encryptionMask: bigint,
): PageTables {
  return new X86PageTables(physical, root, depth, encryptionMask);
}

class X86PageTables implements PageTables {
  readonly #physical: Memory;
  readonly #root: bigint;
  readonly #depth: 4 | 5;
  readonly #frameMask: bigint;

  constructor(physical: Memory, root: bigint, depth: 4 | 5, encryptionMask: bigint) {
    this.#physical = physical;
    this.#root = root;
    this.#depth = depth;
    this.#frameMask = 0x000f_ffff_ffff_f000n & ~encryptionMask;
  }

  translate(address: bigint): bigint | undefined {
    if (this.#canonical(address) !== address) return undefined;
    let table = this.#root;
    for (let level = this.#depth; level >= 1; level--) {
      const shift = shiftOf(level);
      const entry = this.#entry(table, Number((address >> shift) & 0x1ffn));
      if (entry === undefined) return undefined;
      if (isLeaf(entry, level)) {
        const inPage = (1n << shift) - 1n;
        return (entry & this.#frameMask & ~inPage) | (address & inPage);
      }
      table = entry & this.#frameMask;
    }
    return undefined;
  }

  rangeAtOrAbove(address: bigint): AddressRange | undefined {
    if (address >> 64n !== 0n) return undefined;
    const space = 1n << shiftOf(this.#depth + 1);
    const isInHole = this.#canonical(address) !== address;
    const from = isInHole ? space >> 1n : address & (space - 1n);
    let found: AddressRange | undefined;
    for (const part of this.#parts({ from, left: tableEntryLimit })) {
      if (found && part.start !== found.end) return found;
      found = { start: found?.start ?? part.start, end: part.end };
    }
    return found;
  }

  /** Present memory from a place on, piece by piece, as long as entries may be read. */
  *#parts(search: Search): Generator<AddressRange> {
    yield* this.#partsOf(search, this.#root, this.#depth, 0n);
  }

  /** @param base of what the table maps, from the start of the address space as `search.from` is */
  *#partsOf(search: Search, table: bigint, level: number, base: bigint): Generator<AddressRange> {
    const shift = shiftOf(level);
    const first = search.from > base ? Number((search.from - base) >> shift) : 0;
    const bytes = this.#physical.readAvailable(table, tableBytes);
    const entries = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = first; (index + 1) * entryBytes <= bytes.length; index++) {
      if (search.left-- <= 0) return;
      const entry = entries.getBigUint64(index * entryBytes, true);
      if ((entry & isPresent) === 0n) continue;
      const start = base + (BigInt(index) << shift);
      if (!isLeaf(entry, level)) {
        yield* this.#partsOf(search, entry & this.#frameMask, level - 1, start);
        continue;
      }
      const size = 1n << shift;
      const place = entry & this.#frameMask & ~(size - 1n);
      const skipped = search.from > start ? search.from - start : 0n;
      for (const part of this.#present(place + skipped, place + size))
        yield {
          start: this.#canonical(start + part.start - place),
          end: this.#canonical(start) + (part.end - place),
        };
    }
  }

  /** The parts of physical memory that are in the dump. */
  *#present(start: bigint, end: bigint): Generator<AddressRange> {
    for (let at = start; at < end;) {
      const range = this.#physical.rangeAtOrAbove(at);
      if (!range || range.start >= end) return;
      const from = range.start > at ? range.start : at;
      const to = range.end < end ? range.end : end;
      yield { start: from, end: to };
      at = to;
    }
  }

  /** An entry that is present and whose table is in the dump. */
  #entry(table: bigint, index: number): bigint | undefined {
    const address = table + BigInt(index * entryBytes);
    if (this.#physical.readAvailable(address, entryBytes).length < entryBytes) return undefined;
    const entry = this.#physical.readU64(address);
    return (entry & isPresent) === 0n ? undefined : entry;
  }

  #canonical(address: bigint): bigint {
    return BigInt.asUintN(64, BigInt.asIntN(Number(shiftOf(this.#depth + 1)), address));
  }
}

/** A search for mapped memory. */
interface Search {
  /** Where it begins, from the start of the address space: the upper half follows the lower one. */
  readonly from: bigint;
  /** Entries that it may still read. */
  left: number;
}

function isLeaf(entry: bigint, level: number): boolean {
  return level === 1 || (level <= 3 && (entry & isLarge) !== 0n);
}

/** Bits of an address below the ones that index a table of a level; 1 is the page table. */
function shiftOf(level: number): bigint {
  return 12n + 9n * BigInt(level - 1);
}
