/** Call stacks out of a dump: unwind tables first, frame pointers otherwise; each frame says how it was found. */
import type { FrameRegisters, UnwoundFrame } from '../../dump-format/debug-info.ts';
import { dwarfRegisterNames } from '../../dump-format/dwarf/registers.ts';
import { FaultError } from '../../dump-format/errors.ts';
import type { SymbolTable } from '../../dump-format/symbols.ts';
import type { Target, Frame, StackStart } from './target.ts';
import { VisitedAddresses } from './visited.ts';
import { isInFunction, isReturnAddress } from './stack-scan.ts';

/** Frames a stack may have. */
export const frameLimit = 1024;

const framePointer = 6;
const stackPointer = 7;
const returnAddress = 16;
const aliases = new Map([
  ['pc', 'rip'],
  ['sp', 'rsp'],
  ['fp', 'rbp'],
]);

/** Why a stack ended. Only `outermost` is a good end. */
export interface StackEnd {
  readonly reason:
    'outermost' | 'no-frame-pointer' | 'unreadable' | 'not-ascending' | 'misaligned' | 'limit';
  /** The frame pointer that led nowhere, or the address that can't be read. */
  readonly address: bigint | undefined;
}

/** What the unwinder reads of a target. */
export interface UnwindSource extends Pick<Target, 'memory' | 'debugInfo' | 'cpus' | 'dump'> {
  readonly symbols: SymbolTable;
}

/**
 * Frames from a register set, innermost first. Ends, whatever the stack holds.
 *
 * A frame that starts from a bare frame pointer begins with its caller: the frame pointer's own pc is not known.
 */
export function* unwind(source: UnwindSource, start: StackStart): Generator<Frame, StackEnd> {
  let cursor: Cursor | StackEnd = startCursor(source, start);
  const visited = new VisitedAddresses();
  for (let index = 0; !('reason' in cursor); index++) {
    if (index >= frameLimit) return { reason: 'limit', address: cursor.registers.pc };
    const { registers, method } = cursor;
    if (registers.pc === 0n && index > 0) return { reason: 'outermost', address: undefined };
    const next: Next = callerOf(source, cursor, index === 0);
    yield frameOf(index, registers, method, next.isTrap);
    if ('reason' in next.to) return next.to;
    const place = next.to.registers.register(stackPointer) ?? next.to.registers.pc;
    if (!visited.add(place)) return { reason: 'not-ascending', address: place };
    cursor = next.to;
  }
  return cursor;
}

interface Cursor {
  readonly registers: StackRegisters;
  readonly method: Frame['method'];
}

interface Next {
  readonly to: Cursor | StackEnd;
  /** The frame stepped out of is a trap or interrupt frame. */
  readonly isTrap: boolean;
}

function startCursor(source: UnwindSource, start: StackStart): Cursor | StackEnd {
  switch (start.kind) {
    case 'cpu': {
      const cpu = source.cpus.find((each) => each.index === start.cpu);
      if (!cpu) return { reason: 'outermost', address: undefined };
      return { registers: fromNames(source, cpu.registers), method: 'registers' };
    }
    case 'registers':
      return { registers: fromNames(source, start.registers), method: 'registers' };
    case 'frame-pointer':
      return stepFramePointer(source, start.framePointer, undefined);
  }
}

function fromNames(source: UnwindSource, named: ReadonlyMap<string, bigint>): StackRegisters {
  const values = dwarfRegisterNames.map((name) => named.get(name));
  return new StackRegisters(source, values, true, named);
}

function callerOf(source: UnwindSource, { registers }: Cursor, isInnermost: boolean): Next {
  const table = source.debugInfo?.unwind;
  const cfa = registers.cfa();
  const step = table && cfa !== undefined ? table.step(registers) : undefined;
  if (table && step) {
    const method = step.isScanned ? ('scan' as const) : ('cfi' as const);
    const to = { registers: fromUnwound(source, step, registers), method };
    return { to, isTrap: step.isSignalFrame };
  }
  if (cfa !== undefined) return { to: { reason: 'outermost', address: undefined }, isTrap: false };
  const strayed = isInnermost ? fromStrayCall(source, registers) : undefined;
  if (strayed) return { to: strayed, isTrap: false };
  const pointer = registers.register(framePointer);
  if (pointer === undefined)
    return { to: { reason: 'no-frame-pointer', address: undefined }, isTrap: false };
  const sp = registers.register(stackPointer);
  return { to: stepFramePointer(source, pointer, sp), isTrap: false };
}

/**
 * Registers are recovered when they are asked for: most stacks need pc, rsp and rbp alone. What a frame did not save is asked of
 * the frame below it, and so on: every so many frames all are recovered, so that this never goes deep.
 */
function fromUnwound(
  source: UnwindSource,
  step: UnwoundFrame,
  below: StackRegisters,
): StackRegisters {
  const recover = (number: number): bigint | undefined => {
    if (number === returnAddress) return step.pc;
    const value = number < dwarfRegisterNames.length ? step.register(number) : undefined;
    return number === stackPointer ? (value ?? step.cfa) : value;
  };
  const depth = below.depth + 1;
  const isLazy = depth % recoveredEvery !== 0;
  const values = isLazy ? [] : dwarfRegisterNames.map((_, number) => recover(number));
  return new StackRegisters(
    source,
    isLazy ? recover : values,
    step.isSignalFrame,
    undefined,
    depth,
  );
}

const recoveredEvery = 32;

/** The frame pointer chain knows pc, rbp and rsp of a caller; what it can't know is unknown, not the callee's. */
function stepFramePointer(
  source: UnwindSource,
  pointer: bigint,
  sp: bigint | undefined,
): Cursor | StackEnd {
  if (pointer === 0n) return { reason: 'outermost', address: undefined };
  if (pointer % 8n !== 0n) return { reason: 'misaligned', address: pointer };
  if (sp !== undefined && pointer < sp) return { reason: 'not-ascending', address: pointer };
  try {
    const saved = source.memory.readU64(pointer);
    const pc = source.memory.readU64(BigInt.asUintN(64, pointer + 8n));
    const values: (bigint | undefined)[] = dwarfRegisterNames.map(() => undefined);
    values[framePointer] = saved;
    values[stackPointer] = BigInt.asUintN(64, pointer + 16n);
    values[returnAddress] = pc;
    if (pc === 0n) return { reason: 'outermost', address: undefined };
    const registers = new StackRegisters(source, values, false, undefined);
    return { registers, method: 'frame-pointer' };
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { reason: 'unreadable', address: error.address };
  }
}

/**
 * A call through a bad pointer stops at an address that is no code: nothing ran there, so the return address is on top of
 * the stack and every other register is still the caller's.
 */
function fromStrayCall(source: UnwindSource, registers: StackRegisters): Cursor | undefined {
  const sp = registers.register(stackPointer);
  if (sp === undefined || isInFunction(source, registers.pc)) return undefined;
  const word = source.memory.readAvailable(sp, 8);
  if (word.length < 8) return undefined;
  const pc = source.memory.readU64(sp);
  if (!isReturnAddress(source, pc)) return undefined;
  const values = dwarfRegisterNames.map((_, number) => registers.register(number));
  values[stackPointer] = BigInt.asUintN(64, sp + 8n);
  values[returnAddress] = pc;
  return {
    registers: new StackRegisters(source, values, false, undefined),
    method: 'scan',
  };
}

function frameOf(
  index: number,
  registers: StackRegisters,
  method: Frame['method'],
  isTrap: boolean,
): Frame {
  return {
    index,
    pc: registers.pc,
    lookupAddress: registers.lookupAddress,
    framePointer: registers.register(framePointer),
    stackPointer: registers.register(stackPointer),
    method,
    isTrap,
    register: (name) => registers.named(name),
    registers,
  };
}

/** By DWARF's numbers: known, or recovered when asked for. */
type RegisterValues = readonly (bigint | undefined)[] | ((number: number) => bigint | undefined);

/** The registers of one frame; what was not recovered is undefined. */
class StackRegisters implements FrameRegisters {
  readonly pc: bigint;
  readonly lookupAddress: bigint;
  /** Frames below this one whose registers it may be asked to recover. */
  readonly depth: number;
  private readonly source: UnwindSource;
  private readonly values: RegisterValues;
  private readonly extra: ReadonlyMap<string, bigint> | undefined;
  private canonical: { readonly address: bigint | undefined } | undefined;

  /** @param isExact true when the pc is where execution stands, false for a return address */
  constructor(
    source: UnwindSource,
    values: RegisterValues,
    isExact: boolean,
    extra: ReadonlyMap<string, bigint> | undefined,
    depth = 0,
  ) {
    this.source = source;
    this.values = values;
    this.extra = extra;
    this.depth = depth;
    this.pc = this.register(returnAddress) ?? 0n;
    this.lookupAddress = isExact || this.pc === 0n ? this.pc : this.pc - 1n;
  }

  get memory(): UnwindSource['memory'] {
    return this.source.memory;
  }

  register(number: number): bigint | undefined {
    return typeof this.values === 'function' ? this.values(number) : this.values[number];
  }

  named(name: string): bigint | undefined {
    const plain = aliases.get(name) ?? name;
    const number = dwarfRegisterNames.indexOf(plain);
    return number >= 0 ? this.register(number) : this.extra?.get(plain);
  }

  cfa(): bigint | undefined {
    this.canonical ??= { address: this.source.debugInfo?.unwind.cfa(this) };
    return this.canonical.address;
  }

  caller(): FrameRegisters | undefined {
    const next = callerOf(this.source, { registers: this, method: 'registers' }, false).to;
    return 'reason' in next ? undefined : next.registers;
  }
}
