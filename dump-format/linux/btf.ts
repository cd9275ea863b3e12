/** BTF, the type format that Linux carries in its own memory: its records, found by number and by name. */
import { ByteReader, decodeText, type ByteOrder } from '../byte-reader.ts';
import { FormatError } from '../errors.ts';

/** Bytes of type information; a kernel of Linux 6 has 4 to 10 MiB. */
export const maximumBtfBytes = 2 ** 28;

/** Source: linux, include/uapi/linux/btf.h. */
const magic = 0xeb9f;
const version = 1;
const recordBytes = 12;

/** Kinds of records, by number. */
export const btfKinds = [
  'void',
  'int',
  'pointer',
  'array',
  'struct',
  'union',
  'enum',
  'forward',
  'typedef',
  'volatile',
  'const',
  'restrict',
  'function',
  'prototype',
  'variable',
  'data-section',
  'float',
  'declaration-tag',
  'type-tag',
  'enum64',
] as const;

export type BtfKind = (typeof btfKinds)[number];

/** Bytes behind a record of each kind: so many, and so many for each of its `vlen` entries. */
const extraBytes: Readonly<Record<BtfKind, readonly [fixed: number, each: number]>> = {
  void: [0, 0],
  int: [4, 0],
  pointer: [0, 0],
  array: [12, 0],
  struct: [0, 12],
  union: [0, 12],
  enum: [0, 8],
  forward: [0, 0],
  typedef: [0, 0],
  volatile: [0, 0],
  const: [0, 0],
  restrict: [0, 0],
  function: [0, 0],
  prototype: [0, 8],
  variable: [4, 0],
  'data-section': [0, 12],
  float: [0, 0],
  'declaration-tag': [4, 0],
  'type-tag': [0, 0],
  enum64: [0, 12],
};

/** A record, decoded as far as all kinds have it. */
export interface BtfRecord {
  readonly id: number;
  readonly kind: BtfKind;
  readonly name: string;
  /** Entries behind it: members, enumerators, parameters. */
  readonly count: number;
  /** What it says depends on the kind: bit-fields in a struct, signed in an enum, a union in a declaration. */
  readonly flag: boolean;
  /** Bytes, or the number of the type that it refers to: by its kind. */
  readonly sizeOrType: number;
  /** A word behind it, by its place. */
  word(index: number): number;
}

/** The records of one BTF blob. */
export class Btf {
  /** One sentence each. */
  readonly warnings: readonly string[];
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #strings: Uint8Array;
  /** Offset of each record in the types; number 0 is `void` and has none. */
  readonly #offsets: Uint32Array;
  #names: ReadonlyMap<string, number> | undefined;
  #functions: ReadonlyMap<string, number> | undefined;
  #variables: ReadonlyMap<string, number> | undefined;

  /** @throws FormatError when it is no BTF, or its header claims what is not there */
  constructor(bytes: Uint8Array) {
    const { types, strings, order } = readHeader(bytes);
    this.#view = new DataView(types.buffer, types.byteOffset, types.byteLength);
    this.#little = order === 'little';
    this.#strings = strings;
    const { offsets, warnings } = indexRecords(this.#view, this.#little);
    this.#offsets = offsets;
    this.warnings = warnings;
  }

  /** Types, with the void that has no record. */
  get count(): number {
    return this.#offsets.length;
  }

  /** A record; undefined for 0 (`void`) and for numbers that there are none of. */
  record(id: number): BtfRecord | undefined {
    const offset = id > 0 ? this.#offsets[id] : undefined;
    if (offset === undefined) return undefined;
    const view = this.#view;
    const little = this.#little;
    const info = view.getUint32(offset + 4, little);
    return {
      id,
      kind: kindOf(info),
      name: this.text(view.getUint32(offset, little)),
      count: info & 0xffff,
      flag: info >>> 31 === 1,
      sizeOrType: view.getUint32(offset + 8, little),
      word: (index) => view.getUint32(offset + recordBytes + index * 4, little),
    };
  }

  /** A name or tag; empty where there is none. */
  text(offset: number): string {
    return offset === 0 || offset >= this.#strings.length
      ? ''
      : decodeText(this.#strings.subarray(offset, offset + maximumNameBytes));
  }

  /** The number of a named type: a key is its kind's C keyword and its tag, `struct task_struct`, or its name alone. */
  find(key: string): number | undefined {
    return this.#named.get(key);
  }

  /** The number of a function's record. */
  findFunction(name: string): number | undefined {
    this.#functions ??= this.#index((kind, named) => (kind === 'function' ? named : undefined));
    return this.#functions.get(name);
  }

  /** The number of a per-CPU variable's record. */
  findVariable(name: string): number | undefined {
    this.#variables ??= this.#index((kind, named) => (kind === 'variable' ? named : undefined));
    return this.#variables.get(name);
  }

  /** Keys and numbers of named types, in record order. */
  names(): Iterable<readonly [string, number]> {
    return this.#named;
  }

  get #named(): ReadonlyMap<string, number> {
    this.#names ??= this.#index((kind, name) => {
      const keyword = keywords[kind];
      return keyword === undefined ? undefined : `${keyword}${name}`;
    });
    return this.#names;
  }

  /** The first record of each key. */
  #index(keyOf: (kind: BtfKind, name: string) => string | undefined): Map<string, number> {
    const found = new Map<string, number>();
    const view = this.#view;
    for (let id = 1; id < this.#offsets.length; id++) {
      const offset = this.#offsets[id] ?? 0;
      const nameOffset = view.getUint32(offset, this.#little);
      if (nameOffset === 0) continue;
      const kind = kindOf(view.getUint32(offset + 4, this.#little));
      // Most records are functions and parameters: their names are not read for nothing.
      if (keyOf(kind, '') === undefined) continue;
      const key = keyOf(kind, this.text(nameOffset));
      if (key !== undefined && !found.has(key)) found.set(key, id);
    }
    return found;
  }
}

/** Longest name that is read. */
const maximumNameBytes = 4096;

/** What stands before the name of a type in C. */
const keywords: Readonly<Partial<Record<BtfKind, string>>> = {
  int: '',
  float: '',
  typedef: '',
  struct: 'struct ',
  union: 'union ',
  enum: 'enum ',
  enum64: 'enum ',
};

function kindOf(info: number): BtfKind {
  return btfKinds[(info >>> 24) & 0x1f] ?? 'void';
}

function readHeader(bytes: Uint8Array): {
  readonly types: Uint8Array;
  readonly strings: Uint8Array;
  readonly order: ByteOrder;
} {
  const order: ByteOrder = bytes[0] === magic >>> 8 ? 'big' : 'little';
  const reader = new ByteReader(bytes, order, { name: 'BTF' });
  const found = reader.u16('magic');
  if (found !== magic)
    throw new FormatError(`BTF: magic is ${found.toString(16)}, expected ${magic.toString(16)}`);
  const foundVersion = reader.u8('version');
  if (foundVersion !== version)
    throw new FormatError(`BTF: version ${foundVersion} is not read, only ${version}`);
  reader.u8('flags');
  const headerBytes = reader.u32('hdr_len');
  const typeOffset = reader.u32('type_off');
  const typeBytes = reader.u32('type_len');
  const stringOffset = reader.u32('str_off');
  const stringBytes = reader.u32('str_len');
  reader.seek('type_off', headerBytes + typeOffset);
  const types = reader.bytes('types', typeBytes);
  reader.seek('str_off', headerBytes + stringOffset);
  return { types, strings: reader.bytes('strings', stringBytes), order };
}

/** Where each record begins: a record's length depends on its kind, so that they are gone through once. */
function indexRecords(
  view: DataView,
  little: boolean,
): { readonly offsets: Uint32Array; readonly warnings: readonly string[] } {
  const offsets = new Uint32Array(1 + Math.floor(view.byteLength / recordBytes));
  const warnings: string[] = [];
  let count = 1;
  for (let offset = 0; offset < view.byteLength;) {
    const left = view.byteLength - offset;
    if (left < recordBytes) {
      warnings.push(`BTF: ${left} bytes are left after type ${count - 1}`);
      break;
    }
    const info = view.getUint32(offset + 4, little);
    const kind = (info >>> 24) & 0x1f;
    const extra = kind === 0 ? undefined : extraBytes[kindOf(info)];
    if (!extra || kind >= btfKinds.length) {
      warnings.push(
        `BTF: type ${count} has the kind ${kind}, which is not known: the rest is not read`,
      );
      break;
    }
    const length = recordBytes + extra[0] + extra[1] * (info & 0xffff);
    if (length > left) {
      warnings.push(
        `BTF: type ${count} needs ${length} bytes, ${left} are left: the rest is not read`,
      );
      break;
    }
    offsets[count++] = offset;
    offset += length;
  }
  return { offsets: offsets.subarray(0, count), warnings };
}
