/** Reads one instruction with iced-x86 and keeps the facts that execution needs. */
import {
  Decoder,
  DecoderError,
  DecoderOptions,
  MemorySizeExt,
  Mnemonic,
  OpKind,
  Register,
} from 'iced-x86';
import type { Instruction as IcedInstruction } from 'iced-x86';

/** Bytes of the longest instruction. */
export const longestInstruction = 15;

export interface RegisterOperand {
  readonly kind: 'register';
  readonly file: 'general' | 'segment' | 'control' | 'debug' | 'xmm' | 'ymm' | 'x87' | 'other';
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** AH, CH, DH or BH. */
  readonly isHighByte: boolean;
}

export interface MemoryOperand {
  readonly kind: 'memory';
  /** Bytes of the access; 0 when the instruction does not say (`lea`, `invlpg`). */
  readonly size: number;
  /** Numbers of general registers. */
  readonly base: number | undefined;
  readonly index: number | undefined;
  /** 0 to 3: the index is shifted left by it. */
  readonly shift: number;
  /** Unsigned; the whole address when it is relative to rip. */
  readonly displacement: bigint;
  readonly segment: 'fs' | 'gs' | undefined;
  /** False when the address is computed in 32 bits: not supported. */
  readonly isWide: boolean;
}

export interface ImmediateOperand {
  readonly kind: 'immediate';
  /** Sign-extended to 64 bits, unsigned. */
  readonly value: bigint;
}

export interface TargetOperand {
  readonly kind: 'target';
  readonly address: bigint;
}

/** `[rsi]` or `[rdi]` of a string instruction. */
export interface StringOperand {
  readonly kind: 'string';
  readonly size: number;
  readonly isSource: boolean;
}

export type Operand =
  | RegisterOperand
  | MemoryOperand
  | ImmediateOperand
  | TargetOperand
  | StringOperand
  | { readonly kind: 'other' };

export interface Instruction {
  readonly address: bigint;
  readonly length: number;
  /** In lower case, as the manual has it: `cmpxchg`. Conditional ones keep their condition: `jne`. */
  readonly mnemonic: string;
  readonly operands: readonly Operand[];
  /** Encoding of the condition, 0 (overflow) to 15 (greater); undefined when there is none. */
  readonly condition: number | undefined;
  readonly hasLock: boolean;
  readonly repeat: 'none' | 'rep' | 'repne';
}

/** `truncated`: the bytes end inside the instruction. `invalid`: #UD. */
export type Decoded = Instruction | 'truncated' | 'invalid';

/** Decodes the instruction at the start of `bytes` (up to 15 of them). */
export function decode(bytes: Uint8Array, address: bigint): Decoded {
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  try {
    decoder.ip = address;
    const instruction = decoder.decode();
    try {
      if (decoder.lastError === DecoderError.NoMoreBytes) return 'truncated';
      if (decoder.lastError !== DecoderError.None) return 'invalid';
      return factsOf(instruction);
    } finally {
      instruction.free();
    }
  } finally {
    decoder.free();
  }
}

function factsOf(from: IcedInstruction): Instruction {
  const operands: Operand[] = [];
  for (let i = 0; i < from.opCount; i++) operands.push(operandOf(from, i));
  const condition = from.conditionCode;
  return {
    address: from.ip,
    length: from.length,
    mnemonic: (Mnemonic[from.mnemonic] ?? '').toLowerCase(),
    operands,
    condition: condition === 0 ? undefined : condition - 1,
    hasLock: from.hasLockPrefix,
    repeat: from.hasRepnePrefix ? 'repne' : from.hasRepPrefix ? 'rep' : 'none',
  };
}

function operandOf(from: IcedInstruction, index: number): Operand {
  const kind = from.opKind(index);
  const size = MemorySizeExt.size(from.memorySize);
  switch (kind) {
    case OpKind.Register:
      return registers.get(from.opRegister(index)) ?? { kind: 'other' };
    case OpKind.Memory:
      return memoryOf(from, size);
    case OpKind.NearBranch64:
      return { kind: 'target', address: from.nearBranchTarget };
    case OpKind.MemorySegRSI:
      return hasSegment(from) ? { kind: 'other' } : { kind: 'string', size, isSource: true };
    case OpKind.MemoryESRDI:
      return { kind: 'string', size, isSource: false };
    case OpKind.NearBranch16:
    case OpKind.NearBranch32:
    case OpKind.FarBranch16:
    case OpKind.FarBranch32:
    case OpKind.MemorySegSI:
    case OpKind.MemorySegESI:
    case OpKind.MemorySegDI:
    case OpKind.MemorySegEDI:
    case OpKind.MemorySegRDI:
    case OpKind.MemoryESDI:
    case OpKind.MemoryESEDI:
      return { kind: 'other' };
    default:
      return { kind: 'immediate', value: BigInt.asUintN(64, from.immediate(index)) };
  }
}

function memoryOf(from: IcedInstruction, size: number): MemoryOperand {
  const base = registers.get(from.memoryBase);
  const index = registers.get(from.memoryIndex);
  const segment = from.memorySegment;
  const isIpRelative = from.memoryBase === Register.RIP;
  const isNarrow =
    from.memoryBase === Register.EIP || (base?.size ?? 8) < 8 || (index?.size ?? 8) < 8;
  const isBare = base === undefined && index === undefined && !isIpRelative;
  const isAbsolute32 = isBare && from.memoryDisplSize === 4;
  return {
    kind: 'memory',
    size,
    base: isIpRelative ? undefined : base?.number,
    index: index?.number,
    shift: Math.log2(from.memoryIndexScale),
    displacement: BigInt.asUintN(64, from.memoryDisplacement),
    segment: segment === Register.FS ? 'fs' : segment === Register.GS ? 'gs' : undefined,
    isWide: !isNarrow && !isAbsolute32,
  };
}

function hasSegment(from: IcedInstruction): boolean {
  return from.memorySegment === Register.FS || from.memorySegment === Register.GS;
}

const generalNames = ['AX', 'CX', 'DX', 'BX', 'SP', 'BP', 'SI', 'DI'];

/** iced's register numbers → operands. */
const registers = registerTable();

function registerTable(): Map<number, RegisterOperand> {
  const table = new Map<number, RegisterOperand>();
  for (const name of Object.keys(Register)) {
    const value: unknown = Reflect.get(Register, name);
    const operand = registerNamed(name);
    if (typeof value === 'number' && operand) table.set(value, operand);
  }
  return table;
}

function registerNamed(name: string): RegisterOperand | undefined {
  const general = generalRegister(name);
  if (general) return { kind: 'register', file: 'general', ...general };
  const segment = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'].indexOf(name);
  if (segment >= 0) return special('segment', segment, 2);
  const match = /^(CR|DR|XMM|YMM|ST)(\d+)$/.exec(name);
  if (!match) return undefined;
  const number = Number(match[2]);
  switch (match[1]) {
    case 'CR':
      return special('control', number, 8);
    case 'DR':
      return special('debug', number, 8);
    case 'XMM':
      return special('xmm', number, 16);
    case 'YMM':
      return special('ymm', number, 32);
    default:
      return special('x87', number, 10);
  }
}

function special(file: RegisterOperand['file'], number: number, size: number): RegisterOperand {
  return { kind: 'register', file, number, size, isHighByte: false };
}

function generalRegister(
  name: string,
): { number: number; size: number; isHighByte: boolean } | undefined {
  const numbered = /^R(\d+)([DWL]?)$/.exec(name);
  if (numbered) {
    const size = { '': 8, D: 4, W: 2, L: 1 }[numbered[2] ?? ''] ?? 8;
    return { number: Number(numbered[1]), size, isHighByte: false };
  }
  const high = ['AH', 'CH', 'DH', 'BH'].indexOf(name);
  if (high >= 0) return { number: high, size: 1, isHighByte: true };
  const low = ['AL', 'CL', 'DL', 'BL', 'SPL', 'BPL', 'SIL', 'DIL'].indexOf(name);
  if (low >= 0) return { number: low, size: 1, isHighByte: false };
  const size = name.startsWith('R') ? 8 : name.startsWith('E') ? 4 : 2;
  const number = generalNames.indexOf(size === 2 ? name : name.slice(1));
  return number < 0 ? undefined : { number, size, isHighByte: false };
}
