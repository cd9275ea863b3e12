/** Memory that is zero everywhere: for the types of expressions, which need no values. */
import type { Memory } from '../../dump-format/memory.ts';

/** Bytes that one read may ask for. */
const readLimit = 1 << 20;

/** As large as the real memory, for those who ask what is present. */
export function zeroMemory(real: Memory): Memory {
  const read = (_: bigint, length: number): Uint8Array =>
    new Uint8Array(Math.min(length, readLimit));
  return {
    read,
    readAvailable: read,
    readU8: () => 0,
    readU16: () => 0,
    readU32: () => 0,
    readU64: () => 0n,
    rangeAtOrAbove: (address) => real.rangeAtOrAbove(address),
  };
}
