/** Memory without what belongs to processes: for reports that leave the house. */
import { FaultError } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';

/** First address of the upper canonical half, where kernels live. x86-64: 48-bit and 57-bit paging agree on the sign bit. */
const kernelHalfStart = 1n << 63n;

/** The same address space with its lower half absent, each fault saying why. */
export function kernelHalf(memory: Memory): Memory {
  const check = (address: bigint, length: number): void => {
    if (address < kernelHalfStart) throw new FaultError(address, length, 'user memory is redacted');
  };
  return {
    read: (address, length) => {
      check(address, length);
      return memory.read(address, length);
    },
    readAvailable: (address, length) =>
      address < kernelHalfStart ? new Uint8Array(0) : memory.readAvailable(address, length),
    readU8: (address) => {
      check(address, 1);
      return memory.readU8(address);
    },
    readU16: (address) => {
      check(address, 2);
      return memory.readU16(address);
    },
    readU32: (address) => {
      check(address, 4);
      return memory.readU32(address);
    },
    readU64: (address) => {
      check(address, 8);
      return memory.readU64(address);
    },
    rangeAtOrAbove: (address) =>
      memory.rangeAtOrAbove(address < kernelHalfStart ? kernelHalfStart : address),
  };
}
