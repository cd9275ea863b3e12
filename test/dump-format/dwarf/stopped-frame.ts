/** Frames and memory of a stopped program, as a debugger would hold them, and the values of its variables as text. */
import type { CType } from '../../../dump-format/ctype.ts';
import { strip } from '../../../dump-format/ctype.ts';
import type { FrameRegisters, Location, UnwindTable } from '../../../dump-format/debug-info.ts';
import { FaultError } from '../../../dump-format/errors.ts';
import type { Memory } from '../../../dump-format/memory.ts';

/** Bytes at an address. */
export interface MemoryRange {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** Memory that is made of ranges; the first that holds an address counts. */
export function rangesMemory(ranges: readonly MemoryRange[]): Memory {
  const read = (address: bigint, length: number): Uint8Array => {
    for (const range of ranges) {
      const offset = Number(address - range.address);
      if (offset >= 0 && offset + length <= range.bytes.length)
        return range.bytes.subarray(offset, offset + length);
    }
    throw new FaultError(address, length);
  };
  const view = (address: bigint, length: number): DataView => {
    const bytes = read(address, length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  };
  return {
    read,
    readAvailable: (address, length) => {
      try {
        return read(address, length);
      } catch {
        return new Uint8Array(0);
      }
    },
    readU8: (address) => view(address, 1).getUint8(0),
    readU16: (address) => view(address, 2).getUint16(0, true),
    readU32: (address) => view(address, 4).getUint32(0, true),
    readU64: (address) => view(address, 8).getBigUint64(0, true),
    rangeAtOrAbove: () => undefined,
  };
}

/** A frame whose callers are found by the unwind table. */
export class StoppedFrame implements FrameRegisters {
  readonly pc: bigint;
  readonly lookupAddress: bigint;
  readonly memory: Memory;
  private readonly registers: (number: number) => bigint | undefined;
  private readonly unwind: UnwindTable;

  constructor(
    unwind: UnwindTable,
    memory: Memory,
    pc: bigint,
    isExact: boolean,
    registers: (number: number) => bigint | undefined,
  ) {
    this.unwind = unwind;
    this.memory = memory;
    this.pc = pc;
    this.lookupAddress = isExact ? pc : pc - 1n;
    this.registers = registers;
  }

  register(number: number): bigint | undefined {
    return this.registers(number);
  }

  cfa(): bigint | undefined {
    return this.unwind.cfa(this);
  }

  caller(): StoppedFrame | undefined {
    const caller = this.unwind.step(this);
    if (!caller) return undefined;
    const register = (number: number): bigint | undefined => caller.register(number);
    return new StoppedFrame(this.unwind, this.memory, caller.pc, caller.isSignalFrame, register);
  }
}

/** Stands for an array whose length is computed at run time, which is not a part of its type here. */
export const openArray = 'an array of unknown length';

/** The value of a variable as nested texts: numbers without sign, undefined parts as null. */
export function showValue(type: CType, location: Location, memory: Memory): unknown {
  return showBits(type, location, memory, 0, undefined);
}

function showBits(
  type: CType,
  location: Location,
  memory: Memory,
  offset: number,
  fieldBits: number | undefined,
): unknown {
  const bare = strip(type);
  switch (bare.kind) {
    case 'struct':
    case 'union':
      return Object.fromEntries(
        bare.members.map((each) => {
          const at = offset + (each.bitField?.offsetBits ?? each.offset * 8);
          return [each.name, showBits(each.type, location, memory, at, each.bitField?.sizeBits)];
        }),
      );
    case 'array': {
      if (bare.count === undefined) return openArray;
      const count = Math.min(bare.count, 16);
      const step = bare.element.size * 8;
      return Array.from({ length: count }, (_, index) =>
        showBits(bare.element, location, memory, offset + index * step, undefined),
      );
    }
    default: {
      const bits = readBits(location, memory, offset, fieldBits ?? bare.size * 8);
      if (bits === undefined) return null;
      const isSigned =
        (bare.kind === 'base' && bare.encoding.startsWith('signed')) ||
        (bare.kind === 'enum' && bare.isSigned);
      const value = isSigned && fieldBits !== undefined ? BigInt.asIntN(fieldBits, bits) : bits;
      return String(BigInt.asUintN(bare.size * 8, value));
    }
  }
}

/** Bits of a value, from its least significant one; undefined when a part of them is nowhere. */
function readBits(
  location: Location,
  memory: Memory,
  offset: number,
  size: number,
): bigint | undefined {
  switch (location.kind) {
    case 'memory': {
      const first = offset >> 3;
      const bytes = memory.read(
        location.address + BigInt(first),
        ((offset + size + 7) >> 3) - first,
      );
      return cut(numberOf(bytes), offset & 7, size);
    }
    case 'register':
      return offset + size <= 128 ? cut(location.value, offset, size) : undefined;
    case 'value':
      if (offset + size > location.bytes.length * 8) return undefined;
      return cut(numberOf(location.bytes), offset, size);
    case 'pieces': {
      let value = 0n;
      let start = 0;
      for (const piece of location.pieces) {
        const from = Math.max(offset, start);
        const to = Math.min(offset + size, start + piece.sizeBits);
        if (from < to) {
          const part = readBits(piece.location, memory, from - start, to - from);
          if (part === undefined) return undefined;
          value |= part << BigInt(from - offset);
        }
        start += piece.sizeBits;
      }
      return value;
    }
    default:
      return undefined;
  }
}

function numberOf(bytes: Uint8Array): bigint {
  let number = 0n;
  for (let index = bytes.length - 1; index >= 0; index--)
    number = (number << 8n) | BigInt(bytes[index] ?? 0);
  return number;
}

function cut(number: bigint, offset: number, size: number): bigint {
  return BigInt.asUintN(size, number >> BigInt(offset));
}
