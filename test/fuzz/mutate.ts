/** Inputs from inputs: by field, by byte, by piece and by word. Seeded, so that a number is enough to have one again. */
import type { Random } from '../language/generator.ts';
import type { Field, FuzzTarget } from './fuzz-target.ts';

/** Bytes that an input may grow to. */
const sizeLimit = 4 * 1024 * 1024;

export interface Source {
  readonly bytes: Uint8Array;
  readonly fields: readonly Field[];
  readonly words: readonly string[];
  /** The format's own change. */
  readonly change?: FuzzTarget['change'];
  /** Another input, for pieces of it. */
  readonly other: Uint8Array;
}

/** One to six changes. */
export function mutate(source: Source, random: Random): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(source.bytes);
  for (let count = 1 + random.next(6); count > 0; count--) {
    const changed = random.next(4) > 0 ? source.change?.(bytes, random) : undefined;
    if (changed) {
      bytes = changed;
      continue;
    }
    const hasFields = source.fields.length > 0;
    const change = hasFields && random.next(3) > 0 ? changeField : random.pick(changes);
    bytes = change(bytes, source, random);
  }
  return bytes;
}

type Change = (bytes: Uint8Array, source: Source, random: Random) => Uint8Array;

/** A number that means something becomes another that may mean something: a bound, a neighbour, another field's. */
function changeField(bytes: Uint8Array, { fields }: Source, random: Random): Uint8Array {
  const { offset, size } = random.pick(fields);
  if (offset + size > bytes.length) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const now = read(view, offset, size);
  const other = random.pick(fields);
  const theirs =
    other.offset + other.size > bytes.length ? 0n : read(view, other.offset, other.size);
  const value = random.pick([
    now + 1n,
    now - 1n,
    now + BigInt(random.next(64)),
    now ^ (1n << BigInt(random.next(size * 8))),
    theirs,
    BigInt(bytes.length),
    BigInt(bytes.length - 1),
    BigInt(random.next(bytes.length + 1)),
    ...bounds,
  ]);
  write(view, offset, size, BigInt.asUintN(size * 8, value));
  return bytes;
}

const bounds = [
  0n,
  1n,
  7n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 40n,
  (1n << 53n) - 1n,
  1n << 63n,
  -1n,
  -4096n,
];

const changes: readonly Change[] = [
  (bytes, _, random) => {
    const at = random.next(bytes.length + 1);
    if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.next(8));
    return bytes;
  },
  (bytes, _, random) => {
    const at = random.next(bytes.length + 1);
    if (at < bytes.length) bytes[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.next(256)]);
    return bytes;
  },
  // A run of bytes that LEB128 and lengths dislike.
  (bytes, _, random) => {
    const at = random.next(bytes.length + 1);
    return bytes.fill(random.pick([0, 0x80, 0xff]), at, at + 1 + random.next(16));
  },
  (bytes, _, random) => {
    const at = random.next(bytes.length + 1);
    return splice(bytes, at, 1 + random.next(16), new Uint8Array(0));
  },
  (bytes, { other }, random) => {
    const from = random.next(other.length + 1);
    const piece = other.subarray(from, from + 1 + random.next(64));
    return splice(bytes, random.next(bytes.length + 1), random.pick([0, piece.length]), piece);
  },
  (bytes, { words }, random) => {
    if (words.length === 0) return bytes;
    const word = new TextEncoder().encode(random.pick(words));
    return splice(bytes, random.next(bytes.length + 1), random.pick([0, word.length]), word);
  },
  (bytes, _, random) =>
    random.next(4) > 0 ? bytes : bytes.slice(0, random.next(bytes.length + 1)),
];

function splice(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  if (bytes.length + added.length > sizeLimit) return bytes;
  const after = Math.min(bytes.length, at + removed);
  const result = new Uint8Array(bytes.length - (after - at) + added.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(bytes.subarray(after), at + added.length);
  return result;
}

function read(view: DataView, offset: number, size: Field['size']): bigint {
  switch (size) {
    case 1:
      return BigInt(view.getUint8(offset));
    case 2:
      return BigInt(view.getUint16(offset, true));
    case 4:
      return BigInt(view.getUint32(offset, true));
    case 8:
      return view.getBigUint64(offset, true);
  }
}

function write(view: DataView, offset: number, size: Field['size'], value: bigint): void {
  switch (size) {
    case 1:
      return view.setUint8(offset, Number(value));
    case 2:
      return view.setUint16(offset, Number(value), true);
    case 4:
      return view.setUint32(offset, Number(value), true);
    case 8:
      return view.setBigUint64(offset, value, true);
  }
}
