/** ORC, the unwind table that Linux keeps in its memory: where the stack of the caller is, for each stretch of code. */
import type { FrameRegisters, UnwindTable, UnwoundFrame } from '../debug-info.ts';
import { FaultError } from '../errors.ts';
import type { Memory } from '../memory.ts';

/** Entries of one table; a kernel of Linux 6 has 200,000 to 400,000. */
export const maximumOrcEntries = 8_388_608;

/** Where a table is, and how its entries look: `struct orc_entry` has changed over the years. */
export interface OrcTable {
  /** `__start_orc_unwind_ip`: 32 bits for each entry, relative to themselves. */
  readonly addresses: bigint;
  /** `__start_orc_unwind`. */
  readonly entries: bigint;
  readonly count: number;
}

/** Bits of `struct orc_entry`'s third word, from its own members. */
export interface OrcLayout {
  readonly size: number;
  readonly type: BitField;
  /** Up to Linux 6.3; the types count from 0 then, and from 2 on since. */
  readonly end: BitField | undefined;
}

export interface BitField {
  readonly offsetBits: number;
  readonly sizeBits: number;
}

/** Numbers that DWARF gives to registers. */
const rbp = 6;
const rsp = 7;

/** Values of `sp_reg` and `bp_reg`. Source: linux, arch/x86/include/asm/orc_types.h. */
const ORC_REG_UNDEFINED = 0;
const ORC_REG_PREV_SP = 1;
const ORC_REG_BP = 4;
const ORC_REG_SP = 5;
const ORC_REG_BP_INDIRECT = 8;
const ORC_REG_SP_INDIRECT = 9;
/** Stacks that a prologue realigns keep the old one in a register: dx, di, r10, r13. */
const ORC_REG_OTHERS: ReadonlyMap<number, number> = new Map([
  [2, 1],
  [3, 5],
  [6, 10],
  [7, 13],
]);

type EntryKind = 'undefined' | 'end' | 'call' | 'registers' | 'partial-registers';
const kinds: readonly EntryKind[] = ['undefined', 'end', 'call', 'registers', 'partial-registers'];
const kindsBeforeEnd: readonly EntryKind[] = ['call', 'registers', 'partial-registers'];

/** `struct pt_regs` as DWARF's numbers, in order; undefined for what is no general register. */
const savedRegisters: readonly (number | undefined)[] = [
  15,
  14,
  13,
  12,
  6,
  3,
  11,
  10,
  9,
  8,
  0,
  2,
  1,
  4,
  5,
  undefined,
  16,
  undefined,
  undefined,
  7,
];
const savedIp = 16;
const savedCs = 17;
/** Both low bits of `cs`: user mode. */
const userMode = 3n;

interface OrcEntry {
  readonly spOffset: bigint;
  readonly bpOffset: bigint;
  readonly spRegister: number;
  readonly bpRegister: number;
  readonly kind: EntryKind;
}

type Registers = Pick<FrameRegisters, 'lookupAddress' | 'register'>;

/** Code addresses whose entries are kept: the tasks of a dump wait in few places. */
const keptEntries = 16384;

/** Bytes of stack that are searched for a return address: functions without rules (`__crash_kexec`) have small frames. */
const scanBytes = 4096;
/** Bytes of `call rel32`, and its first. Source: Intel SDM, volume 2, CALL. */
const callBytes = 5;
const callOpcode = 0xe8;

/** Unwinds by the kernel's table, then by those of its modules. */
export class OrcUnwindTable implements UnwindTable {
  private readonly memory: Memory;
  private readonly layout: OrcLayout;
  private readonly tables: () => readonly OrcTable[];
  private readonly functionStart: (address: bigint) => bigint | undefined;
  private readonly known = new Map<bigint, OrcEntry | undefined>();

  /**
   * @param tables asked for once the first frame is
   * @param functionStart where the function begins that has an address
   */
  constructor(
    memory: Memory,
    layout: OrcLayout,
    tables: () => readonly OrcTable[],
    functionStart: (address: bigint) => bigint | undefined,
  ) {
    this.memory = memory;
    this.layout = layout;
    this.tables = tables;
    this.functionStart = functionStart;
  }

  cfa(frame: Registers): bigint | undefined {
    const entry = this.find(frame.lookupAddress);
    return entry && this.orUnknown(() => this.stackOf(entry, frame));
  }

  step(frame: Registers): UnwoundFrame | undefined {
    return this.orUnknown(() => {
      const entry = this.find(frame.lookupAddress);
      const stack = entry && this.stackOf(entry, frame);
      if (!entry || stack === undefined || entry.kind === 'end') return undefined;
      return entry.kind === 'call' || entry.kind === 'undefined'
        ? this.callerOf(entry, stack, frame)
        : this.interrupted(entry.kind === 'registers', stack, frame);
    });
  }

  /** A return address below the caller's stack; of registers, only rbp is known. */
  private callerOf(entry: OrcEntry, stack: bigint, frame: Registers): UnwoundFrame | undefined {
    const pc = this.memory.readU64(stack - 8n);
    if (pc === 0n) return undefined;
    return {
      pc,
      cfa: stack,
      isSignalFrame: false,
      ...(isWithoutRule(entry) && { isScanned: true as const }),
      register: (number) =>
        number === rsp
          ? stack
          : number === rbp
            ? this.orUnknown(() => this.framePointerOf(entry, stack, frame))
            : undefined,
    };
  }

  /** What an interrupt or exception saved: all registers, or what the processor pushes. */
  private interrupted(isWhole: boolean, stack: bigint, frame: Registers): UnwoundFrame | undefined {
    const saved = isWhole ? stack : stack - BigInt(savedIp * 8);
    const cs = this.memory.readU64(saved + BigInt(savedCs * 8));
    // Where the kernel was entered from a process, its stack ends.
    if ((cs & userMode) !== 0n) return undefined;
    const pc = this.memory.readU64(saved + BigInt(savedIp * 8));
    const register = (number: number): bigint | undefined => {
      const place = savedRegisters.indexOf(number);
      if (place < 0) return undefined;
      if (!isWhole && place < savedIp) return number === rbp ? frame.register(rbp) : undefined;
      return this.orUnknown(() => this.memory.readU64(saved + BigInt(place * 8)));
    };
    return { pc, cfa: stack, isSignalFrame: true, register };
  }

  private stackOf(entry: OrcEntry, frame: Registers): bigint | undefined {
    const { spRegister, spOffset } = entry;
    const offset = (base: bigint | undefined): bigint | undefined =>
      base === undefined ? undefined : BigInt.asUintN(64, base + spOffset);
    if (isWithoutRule(entry)) return this.findCaller(frame);
    switch (spRegister) {
      case ORC_REG_SP:
        return offset(frame.register(rsp));
      case ORC_REG_BP:
        return offset(frame.register(rbp));
      case ORC_REG_SP_INDIRECT: {
        const place = frame.register(rsp);
        return place === undefined ? undefined : offset(this.memory.readU64(place));
      }
      case ORC_REG_BP_INDIRECT: {
        const place = offset(frame.register(rbp));
        return place === undefined ? undefined : this.memory.readU64(place);
      }
      default: {
        const other = ORC_REG_OTHERS.get(spRegister);
        return other === undefined ? undefined : frame.register(other);
      }
    }
  }

  /**
   * Behind the first word of the stack that is the return address of a call of this very function. objtool leaves functions out that it
   * is told to, and the one that takes the dump for kexec is among them: it is the first frame of each such dump.
   */
  private findCaller(frame: Registers): bigint | undefined {
    const start = this.functionStart(frame.lookupAddress);
    const stack = frame.register(rsp);
    if (start === undefined || stack === undefined) return undefined;
    for (let place = stack; place < stack + BigInt(scanBytes); place += 8n) {
      const back = this.memory.readU64(place);
      const call = this.memory.readAvailable(
        BigInt.asUintN(64, back - BigInt(callBytes)),
        callBytes,
      );
      if (call.length < callBytes || call[0] !== callOpcode) continue;
      const distance = BigInt(this.memory.readU32(back - BigInt(callBytes - 1)) | 0);
      if (BigInt.asUintN(64, back + distance) === start) return place + 8n;
    }
    return undefined;
  }

  private framePointerOf(entry: OrcEntry, stack: bigint, frame: Registers): bigint | undefined {
    const own = frame.register(rbp);
    if (entry.bpRegister === ORC_REG_PREV_SP)
      return this.memory.readU64(BigInt.asUintN(64, stack + entry.bpOffset));
    if (entry.bpRegister === ORC_REG_BP)
      return own === undefined
        ? undefined
        : this.memory.readU64(BigInt.asUintN(64, own + entry.bpOffset));
    return own;
  }

  private find(address: bigint): OrcEntry | undefined {
    const known = this.known.get(address);
    if (known || this.known.has(address)) return known;
    const found = this.search(address);
    if (this.known.size >= keptEntries) this.known.clear();
    this.known.set(address, found);
    return found;
  }

  /** The entry that begins last at or below an address: one table ends where another has its own. */
  private search(address: bigint): OrcEntry | undefined {
    let best:
      { readonly table: OrcTable; readonly index: number; readonly start: bigint } | undefined;
    for (const table of this.tables()) {
      const index = this.orUnknown(() => this.findIn(table, address));
      if (index === undefined) continue;
      const start = this.addressAt(table, index);
      if (!best || start > best.start) best = { table, index, start };
    }
    const found = best;
    return found && this.orUnknown(() => this.entryAt(found.table, found.index));
  }

  /** The last entry at or below an address. Tables are sorted when the kernel is built, or the module loaded. */
  private findIn(table: OrcTable, address: bigint): number | undefined {
    if (table.count === 0 || address < this.addressAt(table, 0)) return undefined;
    let from = 0;
    let to = table.count;
    while (to - from > 1) {
      const middle = (from + to) >>> 1;
      if (this.addressAt(table, middle) <= address) from = middle;
      else to = middle;
    }
    return from;
  }

  private addressAt({ addresses }: OrcTable, index: number): bigint {
    const place = addresses + BigInt(index * 4);
    return place + BigInt(this.memory.readU32(place) | 0);
  }

  private entryAt({ entries }: OrcTable, index: number): OrcEntry {
    const { size, type, end } = this.layout;
    const place = entries + BigInt(index * size);
    const bits = this.memory.readU16(place + 4n);
    const field = ({ offsetBits, sizeBits }: BitField): number =>
      (bits >> (offsetBits - 32)) & ((1 << sizeBits) - 1);
    const names = end ? kindsBeforeEnd : kinds;
    return {
      spOffset: signed16(this.memory.readU16(place)),
      bpOffset: signed16(this.memory.readU16(place + 2n)),
      spRegister: bits & 0xf,
      bpRegister: (bits >> 4) & 0xf,
      kind: end && field(end) === 1 ? 'end' : (names[field(type)] ?? 'undefined'),
    };
  }

  /** What is not in the dump is not known. */
  private orUnknown<Result>(read: () => Result): Result | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      return undefined;
    }
  }
}

function isWithoutRule({ kind, spRegister }: OrcEntry): boolean {
  return (kind === 'call' || kind === 'undefined') && spRegister === ORC_REG_UNDEFINED;
}

function signed16(value: number): bigint {
  return BigInt.asIntN(16, BigInt(value));
}
