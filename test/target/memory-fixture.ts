/** Memory made of a few ranges, for tests of what reads memory. */
import { FaultError } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';

export interface Range {
  readonly start: bigint;
  readonly bytes: Uint8Array;
}

/** Reads that cross from one range into the next one see both. */
export function memoryOf(ranges: readonly Range[]): Memory {
  const sorted = ranges.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  const byteAt = (address: bigint): number | undefined => {
    const range = sorted.find(
      ({ start, bytes }) => address >= start && address - start < BigInt(bytes.length),
    );
    return range?.bytes[Number(address - range.start)];
  };
  const readAvailable = (address: bigint, length: number): Uint8Array => {
    const bytes: number[] = [];
    while (bytes.length < length) {
      const byte = byteAt(BigInt.asUintN(64, address + BigInt(bytes.length)));
      if (byte === undefined) break;
      bytes.push(byte);
    }
    return Uint8Array.from(bytes);
  };
  const read = (address: bigint, length: number): Uint8Array => {
    const bytes = readAvailable(address, length);
    if (bytes.length === length) return bytes;
    throw new FaultError(BigInt.asUintN(64, address + BigInt(bytes.length)), length - bytes.length);
  };
  const view = (address: bigint, length: number): DataView =>
    new DataView(read(address, length).buffer);
  return {
    read,
    readAvailable,
    readU8: (address) => view(address, 1).getUint8(0),
    readU16: (address) => view(address, 2).getUint16(0, true),
    readU32: (address) => view(address, 4).getUint32(0, true),
    readU64: (address) => view(address, 8).getBigUint64(0, true),
    rangeAtOrAbove(address) {
      const range = sorted.find(({ start, bytes }) => start + BigInt(bytes.length) > address);
      return range && { start: range.start, end: range.start + BigInt(range.bytes.length) };
    },
  };
}

/** Little-endian words one behind the other. */
export function words(...values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setBigUint64(index * 8, value, true);
  return bytes;
}

/** Words at addresses: each entry is an 8-byte range of its own. */
export function memoryOfWords(entries: Readonly<Record<string, bigint>>): Memory {
  return memoryOf(
    Object.entries(entries).map(([address, value]) => ({
      start: BigInt(address),
      bytes: words(value),
    })),
  );
}
