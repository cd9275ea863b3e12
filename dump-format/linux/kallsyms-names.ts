/** The names of kallsyms: indexed by a hash over their tokens, spelled out one by one. */
import { FormatError } from '../errors.ts';

/** Bytes of a name, type letter included (`KSYM_NAME_LEN` is 512 since Linux 6.1). */
export const maximumNameBytes = 4096;

const tokenCount = 256;

/** FNV-1a, 32 bits. Source: draft-eastlake-fnv. */
const hashStart = 0x811c9dc5;
const hashPrime = 0x01000193;

export class KallsymsNames {
  readonly #bytes: Uint8Array;
  readonly #tokens: readonly Uint8Array[];
  /** Where the indexes of each symbol's tokens begin; one more for the end. */
  readonly #starts: Uint32Array;
  /** Chains of symbols whose names have the same hash: the first of each, and the next after a symbol; -1 ends one. */
  #first: Int32Array | undefined;
  readonly #next: Int32Array;

  /** @throws FormatError when the tables don't hold so many names */
  constructor(tables: {
    readonly byteOrder: 'little' | 'big';
    readonly count: number;
    readonly names: Uint8Array;
    readonly tokens: Uint8Array;
    readonly tokenIndex: Uint8Array;
  }) {
    this.#bytes = tables.names;
    this.#tokens = readTokens(tables);
    this.#starts = findNames(tables);
    this.#next = new Int32Array(tables.count);
  }

  /** A symbol's name, and the letter that `nm` shows for its type. */
  at(index: number): { readonly name: string; readonly letter: string } {
    let text = '';
    for (const token of this.#tokensOf(index)) {
      text += String.fromCharCode(...token);
      if (text.length > maximumNameBytes) break;
    }
    return { letter: text.slice(0, 1), name: text.slice(1, maximumNameBytes) };
  }

  /** Symbols of that name, in table order. */
  *find(name: string): Generator<number> {
    this.#first ??= this.#index();
    let hash = hashStart;
    for (let at = 0; at < name.length; at++)
      hash = Math.imul(hash ^ (name.charCodeAt(at) & 0xff), hashPrime);
    let index = this.#first[(hash >>> 0) & (this.#first.length - 1)] ?? -1;
    for (; index >= 0; index = this.#next[index] ?? -1)
      if (this.at(index).name === name) yield index;
  }

  #index(): Int32Array {
    const count = this.#next.length;
    const first = new Int32Array(2 ** Math.ceil(Math.log2(count + 1))).fill(-1);
    // From the last: each goes to the head of its chain.
    for (let index = count - 1; index >= 0; index--) {
      const slot = (this.#hashAt(index) >>> 0) & (first.length - 1);
      this.#next[index] = first[slot] ?? -1;
      first[slot] = index;
    }
    return first;
  }

  /** The hot loop of the index: hashes what `at` would spell. */
  #hashAt(index: number): number {
    const bytes = this.#bytes;
    const end = this.#starts[index + 1] ?? 0;
    let hash = hashStart;
    // The first letter is the type's, and no part of the name.
    let length = -1;
    for (let place = this.#firstToken(index); place < end; place++) {
      const token = this.#tokens[bytes[place] ?? 0] ?? noBytes;
      for (let at = 0; at < token.length; at++) {
        if (length++ >= 0) hash = Math.imul(hash ^ (token[at] ?? 0), hashPrime);
        if (length >= maximumNameBytes) return hash;
      }
    }
    return hash;
  }

  *#tokensOf(index: number): Generator<Uint8Array> {
    const end = this.#starts[index + 1] ?? 0;
    for (let place = this.#firstToken(index); place < end; place++)
      yield this.#tokens[this.#bytes[place] ?? 0] ?? noBytes;
  }

  /** The length stands before the tokens: one byte, or two from 128 on. */
  #firstToken(index: number): number {
    const start = this.#starts[index] ?? 0;
    return start + ((this.#bytes[start] ?? 0) & 0x80 ? 2 : 1);
  }
}

const noBytes = new Uint8Array(0);

function readTokens({
  byteOrder,
  tokens,
  tokenIndex,
}: {
  readonly byteOrder: 'little' | 'big';
  readonly tokens: Uint8Array;
  readonly tokenIndex: Uint8Array;
}): Uint8Array[] {
  if (tokenIndex.length < tokenCount * 2)
    throw new FormatError(
      `kallsyms_token_index: need ${tokenCount * 2} bytes, have ${tokenIndex.length}`,
    );
  const view = new DataView(tokenIndex.buffer, tokenIndex.byteOffset, tokenIndex.byteLength);
  return Array.from({ length: tokenCount }, (_, index) => {
    const start = view.getUint16(index * 2, byteOrder === 'little');
    const end = tokens.indexOf(0, start);
    if (start >= tokens.length || end < 0)
      throw new FormatError(
        `kallsyms_token_table: token ${index} at ${start} is outside its ${tokens.length} bytes`,
      );
    return tokens.subarray(start, end);
  });
}

function findNames({
  count,
  names,
}: {
  readonly count: number;
  readonly names: Uint8Array;
}): Uint32Array {
  // Compared before anything is allocated for the count: each has a byte at least.
  if (count > names.length)
    throw new FormatError(`kallsyms_names: ${count} names in ${names.length} bytes`);
  const starts = new Uint32Array(count + 1);
  let at = 0;
  for (let index = 0; index < count; index++) {
    starts[index] = at;
    const length = names[at] ?? 0;
    at += length & 0x80 ? 2 + ((length & 0x7f) | ((names[at + 1] ?? 0) << 7)) : 1 + length;
    if (at > names.length)
      throw new FormatError(
        `kallsyms_names: name ${index} of ${count} is outside its ${names.length} bytes`,
      );
  }
  starts[count] = at;
  return starts;
}
