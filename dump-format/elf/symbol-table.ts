/** Symbol tables of ELF files: columns of numbers, indexed when first asked for. */
import type { ByteOrder } from '../byte-reader.ts';
import { FormatError } from '../errors.ts';
import { highHalf, lowHalf } from '../ranges.ts';
import { namesWithPrefix, type Symbol, type SymbolTable } from '../symbols.ts';
import * as elf from './constants.ts';
import { nameAt, type ElfFile } from './elf.ts';
import type { Section } from './headers.ts';

/** Bytes of a symbol table: eleven million symbols. */
export const maximumSymbolBytes = 2 ** 28;

/** A symbol table and its names, as ELF has them. */
export interface SymbolBytes {
  readonly symbols: Uint8Array;
  readonly strings: Uint8Array;
  readonly byteOrder: ByteOrder;
}

/** A table without symbols. */
export const noSymbols: SymbolTable = {
  count: 0,
  byName: () => undefined,
  nearestBelow: () => undefined,
  all: () => [],
  withPrefix: () => [],
};

/** Whether a file has symbols: `.symtab`, else `.dynsym`. */
export function hasSymbols(file: ElfFile): boolean {
  return symbolSection(file) !== undefined;
}

/**
 * The symbols of a file. Reads nothing before the first query.
 *
 * @param warn told once what is damaged; the table is then empty
 */
export function elfSymbols(file: ElfFile, warn: (error: unknown) => void): SymbolTable {
  return new ElfSymbolTable(() => {
    const section = symbolSection(file);
    const strings = section && file.sections[section.link];
    if (!section || !strings) return emptyBytes;
    try {
      if (section.size > maximumSymbolBytes)
        throw new FormatError(
          `${file.name}: symbols: ${section.size} bytes are over the limit of ${maximumSymbolBytes} (maximumSymbolBytes)`,
        );
      return {
        symbols: file.sectionBytes(section),
        strings: file.sectionBytes(strings),
        byteOrder: file.byteOrder,
      };
    } catch (error) {
      warn(error);
      return emptyBytes;
    }
  });
}

/** Symbols out of bytes that lie elsewhere than in a file's sections: those of a kernel module in memory. */
export function symbolsOf(bytes: SymbolBytes): SymbolTable {
  return new ElfSymbolTable(() => bytes);
}

const emptyBytes: SymbolBytes = {
  symbols: new Uint8Array(0),
  strings: new Uint8Array(0),
  byteOrder: 'little',
};

function symbolSection(file: ElfFile): Section | undefined {
  return (
    file.sections.find((section) => section.type === elf.SHT_SYMTAB && section.size > 0) ??
    file.sections.find((section) => section.type === elf.SHT_DYNSYM && section.size > 0)
  );
}

/** `Elf64_Sym`, one array per member. */
interface Columns {
  readonly count: number;
  readonly strings: Uint8Array;
  readonly names: Uint32Array;
  readonly infos: Uint8Array;
  readonly sections: Uint16Array;
  readonly values: BigUint64Array;
  readonly sizes: BigUint64Array;
}

const STB_LOCAL = 0;
const STB_WEAK = 2;
const bindings = ['local', 'global', 'weak'] as const;
const types = [
  'notype',
  'object',
  'function',
  'section',
  'file',
  'common',
  'tls',
] as const satisfies readonly Symbol['type'][];

class ElfSymbolTable implements SymbolTable {
  readonly #read: () => SymbolBytes;
  #columns: Columns | undefined;
  #byName: ReadonlyMap<string, number> | undefined;
  #byAddress: AddressIndex | undefined;
  #sortedNames: readonly string[] | undefined;

  constructor(read: () => SymbolBytes) {
    this.#read = read;
  }

  get count(): number {
    return this.#table.count;
  }

  byName(name: string): Symbol | undefined {
    const index = this.#names.get(name);
    return index === undefined ? undefined : symbolAt(this.#table, index);
  }

  nearestBelow(address: bigint): Symbol | undefined {
    this.#byAddress ??= indexByAddress(this.#table);
    const index = findAtOrBelow(this.#byAddress, BigInt.asUintN(64, address));
    return index === undefined ? undefined : symbolAt(this.#table, index);
  }

  *all(): Iterable<Symbol> {
    // The first entry is reserved (gABI, "Symbol Table").
    for (let index = 1; index < this.#table.count; index++) yield symbolAt(this.#table, index);
  }

  withPrefix(prefix: string, limit: number): readonly string[] {
    this.#sortedNames ??= [...this.#names.keys()].sort(compareNames);
    return namesWithPrefix(this.#sortedNames, prefix, limit);
  }

  get #table(): Columns {
    this.#columns ??= readColumns(this.#read());
    return this.#columns;
  }

  get #names(): ReadonlyMap<string, number> {
    this.#byName ??= indexByName(this.#table);
    return this.#byName;
  }
}

function readColumns({ symbols, strings, byteOrder }: SymbolBytes): Columns {
  const count = Math.floor(symbols.length / elf.symbolBytes);
  const view = new DataView(symbols.buffer, symbols.byteOffset, symbols.byteLength);
  const little = byteOrder === 'little';
  const columns = {
    count,
    strings,
    names: new Uint32Array(count),
    infos: new Uint8Array(count),
    sections: new Uint16Array(count),
    values: new BigUint64Array(count),
    sizes: new BigUint64Array(count),
  };
  for (let index = 0; index < count; index++) {
    const offset = index * elf.symbolBytes;
    columns.names[index] = view.getUint32(offset, little);
    columns.infos[index] = view.getUint8(offset + 4);
    columns.sections[index] = view.getUint16(offset + 6, little);
    columns.values[index] = view.getBigUint64(offset + 8, little);
    columns.sizes[index] = view.getBigUint64(offset + 16, little);
  }
  return columns;
}

function symbolAt(table: Columns, index: number): Symbol {
  return {
    name: nameAt(table.strings, table.names[index] ?? 0),
    address: table.values[index] ?? 0n,
    size: table.sizes[index] ?? 0n,
    type: types[typeOf(table, index)] ?? 'other',
    binding: bindings[bindingOf(table, index)] ?? 'other',
    sectionIndex: table.sections[index] ?? 0,
  };
}

function typeOf(table: Columns, index: number): number {
  return (table.infos[index] ?? 0) & 0xf;
}

function bindingOf(table: Columns, index: number): number {
  return (table.infos[index] ?? 0) >>> 4;
}

/** A name means a place: undefined symbols, sections and source files are not looked up by name. */
function isNamed(table: Columns, index: number): boolean {
  const type = types[typeOf(table, index)];
  return table.sections[index] !== 0 && type !== 'section' && type !== 'file';
}

/** First definition of each name, globals before locals. */
function indexByName(table: Columns): ReadonlyMap<string, number> {
  const locals = new Map<string, number>();
  const names = new Map<string, number>();
  for (let index = 1; index < table.count; index++) {
    if (!isNamed(table, index)) continue;
    const name = nameAt(table.strings, table.names[index] ?? 0);
    if (name === '') continue;
    const map = bindingOf(table, index) === STB_LOCAL ? locals : names;
    if (!map.has(name)) map.set(name, index);
  }
  for (const [name, index] of locals) if (!names.has(name)) names.set(name, index);
  return names;
}

/** The best symbol of each address, ascending. */
interface AddressIndex {
  readonly addresses: BigUint64Array;
  readonly indexes: Uint32Array;
}

/**
 * Candidates are symbols with a name and a value other than 0; locals without a size (assembler labels) and
 * thread-local offsets are none.
 */
function indexByAddress(table: Columns): AddressIndex {
  const candidates: number[] = [];
  for (let index = 1; index < table.count; index++) {
    if (!isNamed(table, index) || types[typeOf(table, index)] === 'tls') continue;
    if (table.values[index] === 0n) continue;
    if (bindingOf(table, index) === STB_LOCAL && table.sizes[index] === 0n) continue;
    if (table.strings[table.names[index] ?? 0]) candidates.push(index);
  }
  const halves = new Uint32Array(table.values.buffer);
  const sorted = Uint32Array.from(candidates).sort(
    (left, right) =>
      (halves[left * 2 + highHalf] ?? 0) - (halves[right * 2 + highHalf] ?? 0) ||
      (halves[left * 2 + lowHalf] ?? 0) - (halves[right * 2 + lowHalf] ?? 0) ||
      compareTies(table, left, right),
  );
  const best = sorted.filter(
    (index, place) => place === 0 || table.values[index] !== table.values[sorted[place - 1] ?? 0],
  );
  const addresses = new BigUint64Array(best.length);
  for (const [place, index] of best.entries()) addresses[place] = table.values[index] ?? 0n;
  return { addresses, indexes: best };
}

/** mdb's order among symbols of one address: with a size, with a type, not weak, then by name. */
function compareTies(table: Columns, left: number, right: number): number {
  const rank = (index: number): number =>
    (table.sizes[index] === 0n ? 4 : 0) +
    (typeOf(table, index) === 0 ? 2 : 0) +
    (bindingOf(table, index) === STB_WEAK ? 1 : 0);
  return (
    rank(left) - rank(right) ||
    compareNames(
      nameAt(table.strings, table.names[left] ?? 0),
      nameAt(table.strings, table.names[right] ?? 0),
    ) ||
    left - right
  );
}

/** By code units, not by locale: the same everywhere. */
function compareNames(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function findAtOrBelow(index: AddressIndex, address: bigint): number | undefined {
  let from = 0;
  let to = index.addresses.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((index.addresses[middle] ?? 0n) <= address) from = middle + 1;
    else to = middle;
  }
  return from === 0 ? undefined : index.indexes[from - 1];
}
