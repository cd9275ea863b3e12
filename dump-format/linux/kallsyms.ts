/** The symbol table that a Linux kernel carries in its own memory: names as tokens, addresses as offsets. */
import type { ByteOrder } from '../byte-reader.ts';
import { FormatError } from '../errors.ts';
import { namesWithPrefix, type Symbol, type SymbolTable } from '../symbols.ts';
import { KallsymsNames } from './kallsyms-names.ts';

/** Symbols that are read: a kernel of Linux 6 has 100,000 to 250,000. */
export const maximumKallsyms = 4_194_304;

/** The tables, as they are in memory. Source: linux, scripts/kallsyms.c and kernel/kallsyms.c. */
export interface KallsymsTables {
  readonly byteOrder: ByteOrder;
  readonly count: number;
  /** `kallsyms_names`: for each symbol its length, then so many indexes of tokens. May be longer. */
  readonly names: Uint8Array;
  /** `kallsyms_token_table`: 256 strings, each ended by a NUL. May be longer. */
  readonly tokens: Uint8Array;
  /** `kallsyms_token_index`: 256 offsets of 16 bits. */
  readonly tokenIndex: Uint8Array;
  /** `kallsyms_offsets`: 32 bits for each symbol. */
  readonly offsets: Uint8Array;
  readonly relativeBase: bigint;
}

/**
 * Opens the symbols. Names are spelled out when they are asked for.
 *
 * @throws FormatError when a table does not hold what the count claims
 */
export function openKallsyms(tables: KallsymsTables): SymbolTable {
  return new Kallsyms(tables);
}

/** Addresses below are offsets in the per-CPU area, or numbers. */
const kernelHalf = 1n << 63n;

const functionLetters = new Set(['t', 'w']);
const objectLetters = new Set(['b', 'd', 'g', 'r', 's', 'v']);

class Kallsyms implements SymbolTable {
  readonly count: number;
  readonly #names: KallsymsNames;
  readonly #addresses: BigUint64Array;
  #byAddress: Uint32Array | undefined;
  #sortedNames: readonly string[] | undefined;

  constructor(tables: KallsymsTables) {
    this.count = tables.count;
    this.#addresses = readAddresses(tables);
    this.#names = new KallsymsNames(tables);
  }

  byName(name: string): Symbol | undefined {
    let first: Symbol | undefined;
    for (const index of this.#names.find(name)) {
      const symbol = this.#symbol(index);
      if (symbol.binding === 'global') return symbol;
      first ??= symbol;
    }
    return first;
  }

  /** Of symbols at one address the first, as the kernel has it: scripts/kallsyms.c puts names that the linker made last. */
  nearestBelow(address: bigint): Symbol | undefined {
    const wanted = BigInt.asUintN(64, address);
    const place = this.#lastAtOrBelow(wanted);
    if (place < 0) return undefined;
    const found = this.#addresses[this.#order[place] ?? 0];
    let first = place;
    while (first > 0 && this.#addresses[this.#order[first - 1] ?? 0] === found) first--;
    return this.#symbol(this.#order[first] ?? 0);
  }

  *all(): Iterable<Symbol> {
    for (let index = 0; index < this.count; index++) yield this.#symbol(index);
  }

  withPrefix(prefix: string, limit: number): readonly string[] {
    this.#sortedNames ??= [
      ...new Set(Array.from({ length: this.count }, (_, index) => this.#names.at(index).name)),
    ].sort();
    return namesWithPrefix(this.#sortedNames, prefix, limit);
  }

  #symbol(index: number): Symbol {
    const { name, letter } = this.#names.at(index);
    const address = this.#addresses[index] ?? 0n;
    const kind = letter.toLowerCase();
    return {
      name,
      address,
      size: this.#sizeOf(address),
      type: functionLetters.has(kind) ? 'function' : objectLetters.has(kind) ? 'object' : 'notype',
      binding: kind === 'w' || kind === 'v' ? 'weak' : letter === kind ? 'local' : 'global',
      // There are no sections, but the symbol is defined.
      sectionIndex: 1,
    };
  }

  /** kallsyms keeps no sizes: a symbol reaches to the next one, and how far the last one reaches is not known. */
  #sizeOf(address: bigint): bigint {
    if (address < kernelHalf) return 0n;
    const next = this.#order[this.#lastAtOrBelow(address) + 1];
    return next === undefined ? 0n : (this.#addresses[next] ?? 0n) - address;
  }

  /** Indexes of symbols in the kernel's half of the address space, by address. */
  get #order(): Uint32Array {
    this.#byAddress ??= this.#sort();
    return this.#byAddress;
  }

  #sort(): Uint32Array {
    const addresses = this.#addresses;
    const indexes = new Uint32Array(this.count);
    let count = 0;
    let isSorted = true;
    let previous = 0n;
    for (let index = 0; index < this.count; index++) {
      const address = addresses[index] ?? 0n;
      if (address < kernelHalf) continue;
      isSorted &&= address >= previous;
      previous = address;
      indexes[count++] = index;
    }
    const kept = indexes.subarray(0, count);
    if (isSorted) return kept;
    const compare = (left: number, right: number): number => {
      const [first, second] = [addresses[left] ?? 0n, addresses[right] ?? 0n];
      return first < second ? -1 : first > second ? 1 : left - right;
    };
    return kept.sort(compare);
  }

  /** Place in `#order` of the last symbol at or below; -1 when there is none. */
  #lastAtOrBelow(address: bigint): number {
    const order = this.#order;
    let from = 0;
    let to = order.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#addresses[order[middle] ?? 0] ?? 0n) <= address) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }
}

/**
 * With per-CPU symbols kept absolute (x86-64 up to 6.14), an offset that is not negative is the value itself, and a negative one counts
 * from the base minus one. Otherwise all of them count from the base. Which it is, no field says: only the first has negative ones.
 */
function readAddresses({ byteOrder, count, offsets, relativeBase }: KallsymsTables) {
  if (offsets.length < count * 4)
    throw new FormatError(`kallsyms_offsets: need ${count * 4} bytes, have ${offsets.length}`);
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  const little = byteOrder === 'little';
  let isAbsolute = false;
  for (let index = 0; index < count && !isAbsolute; index++)
    isAbsolute = view.getInt32(index * 4, little) < 0;
  const addresses = new BigUint64Array(count);
  for (let index = 0; index < count; index++) {
    const offset = view.getInt32(index * 4, little);
    addresses[index] = !isAbsolute
      ? relativeBase + BigInt(offset)
      : offset >= 0
        ? BigInt(offset)
        : relativeBase - 1n - BigInt(offset);
  }
  return addresses;
}
