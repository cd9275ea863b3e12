/** Searches all memory of a dump for words; absent ranges cost nothing. */
import type { Target } from './target.ts';

/** Bytes read at once; a multiple of every word. */
const chunkBytes = 1 << 20;

export interface Pattern {
  readonly value: bigint;
  /** Bits that must be equal; all of the word's for an exact search. */
  readonly mask: bigint;
  /** How far a word may be from `value`, either way; 0 for an exact search. */
  readonly distance: bigint;
  /** Bytes of a word: 1, 2, 4 or 8. Words are aligned to their size. */
  readonly size: number;
  readonly from: bigint;
  /** One past the last address. */
  readonly to: bigint;
}

export interface Match {
  readonly address: bigint;
  readonly value: bigint;
}

/**
 * Gives every aligned word that matches, by address.
 *
 * @param report called after each chunk with the bytes searched and the bytes there are
 */
export function* scanMemory(
  target: Pick<Target, 'memory' | 'dump'>,
  pattern: Pattern,
  report: (done: number, total: number) => void,
): Generator<Match> {
  const { memory, dump } = target;
  const total = Number(dump.segments.reduce((sum, { size }) => sum + size, 0n));
  const size = BigInt(pattern.size);
  let done = 0;
  for (let address = pattern.from; address < pattern.to;) {
    const range = memory.rangeAtOrAbove(address);
    if (!range || range.start >= pattern.to) return;
    const start = align(range.start > address ? range.start : address, size);
    const end = range.end < pattern.to ? range.end : pattern.to;
    for (let at = start; at + size <= end;) {
      const wanted = Number(end - at < BigInt(chunkBytes) ? end - at : BigInt(chunkBytes));
      const bytes = memory.readAvailable(at, wanted - (wanted % pattern.size));
      if (bytes.length < pattern.size) break;
      yield* matches(bytes, at, pattern, dump.byteOrder);
      done += bytes.length;
      report(done, total);
      at += BigInt(bytes.length - (bytes.length % pattern.size));
    }
    address = range.end;
  }
}

function align(address: bigint, size: bigint): bigint {
  return ((address + size - 1n) / size) * size;
}

function* matches(
  bytes: Uint8Array,
  base: bigint,
  pattern: Pattern,
  byteOrder: 'little' | 'big',
): Generator<Match> {
  const isExact = pattern.distance === 0n && pattern.mask === allBits(pattern.size);
  if (isExact && pattern.size === 8 && byteOrder === 'little') {
    for (const offset of exactOffsets(bytes, pattern.value))
      yield { address: base + BigInt(offset), value: pattern.value };
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset + pattern.size <= bytes.length; offset += pattern.size) {
    const value = wordAt(view, offset, pattern.size, byteOrder === 'little');
    if (fits(value, pattern)) yield { address: base + BigInt(offset), value };
  }
}

/** The hot loop: two 32-bit halves, no bigint per word. */
function exactOffsets(bytes: Uint8Array, value: bigint): number[] {
  const isAligned = bytes.byteOffset % 4 === 0;
  const whole = bytes.length - (bytes.length % 8);
  const copy = isAligned ? bytes : bytes.slice();
  const words = new Uint32Array(copy.buffer, copy.byteOffset, whole / 4);
  const low = Number(value & 0xffff_ffffn);
  const high = Number(value >> 32n);
  const found: number[] = [];
  for (let index = 0; index < words.length; index += 2)
    if (words[index] === low && words[index + 1] === high) found.push(index * 4);
  return found;
}

function wordAt(view: DataView, offset: number, size: number, isLittle: boolean): bigint {
  switch (size) {
    case 1:
      return BigInt(view.getUint8(offset));
    case 2:
      return BigInt(view.getUint16(offset, isLittle));
    case 4:
      return BigInt(view.getUint32(offset, isLittle));
    default:
      return view.getBigUint64(offset, isLittle);
  }
}

function fits(value: bigint, { value: wanted, mask, distance }: Pattern): boolean {
  if (distance === 0n) return (value & mask) === (wanted & mask);
  return value >= wanted ? value - wanted <= distance : wanted - value <= distance;
}

function allBits(size: number): bigint {
  return (1n << BigInt(size * 8)) - 1n;
}
