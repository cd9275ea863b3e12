/** x86-64 instructions of a dump as text, in the AT&T spelling that mdb uses. */
import {
  Decoder,
  DecoderOptions,
  FlowControl,
  Formatter,
  FormatterSyntax,
  OpKind,
  type Instruction as IcedInstruction,
} from 'iced-x86';
import { FaultError } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';

/** Bytes of the longest instruction. */
export const longestInstruction = 15;

export interface Instruction {
  readonly address: bigint;
  readonly lengthBytes: number;
  /** A copy. */
  readonly bytes: Uint8Array;
  /** `movq   %rsp,%rbp`; with the symbol of a branch or an operand behind a tab. */
  readonly text: string;
  /** What a direct branch goes to, or an operand relative to rip names. */
  readonly refersTo: bigint | undefined;
  readonly isCall: boolean;
  readonly isValid: boolean;
}

/** True when the dump's machine is one whose instructions are known. */
export function canDisassemble(target: Target): boolean {
  return target.dump.machine === 'x86-64';
}

/**
 * Reads one instruction. Bytes that are none give `(bad)`, one byte long.
 *
 * @throws FaultError when the first byte is absent
 */
export function readInstruction(target: Target, address: bigint): Instruction {
  const bytes = target.memory.readAvailable(address, longestInstruction).slice();
  if (bytes.length === 0) throw new FaultError(address, 1);
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  try {
    decoder.ip = address;
    const instruction = decoder.decode();
    try {
      return describe(target, address, bytes, instruction);
    } finally {
      instruction.free();
    }
  } finally {
    // The decoder lives in wasm memory, which no garbage collector sees.
    decoder.free();
  }
}

/** Instructions one behind the other. @throws FaultError at the first absent byte */
export function* instructionsFrom(target: Target, start: bigint): Generator<Instruction> {
  for (let address = start; ;) {
    const instruction = readInstruction(target, address);
    yield instruction;
    address = BigInt.asUintN(64, address + BigInt(instruction.lengthBytes));
  }
}

/**
 * At most `count` instructions that end where `address` begins, in order.
 *
 * Inside a function they are found from its start. Elsewhere from a place before that makes the bytes come out even: a guess,
 * as instructions can't be read backwards.
 */
export function instructionsBefore(
  target: Target,
  address: bigint,
  count: number,
): readonly Instruction[] {
  const symbol = target.symbols.nearestBelow(address - 1n);
  const isInside =
    symbol?.type === 'function' && (symbol.size === 0n || address - symbol.address <= symbol.size);
  const starts = isInside ? [symbol.address] : guesses(address, count);
  for (const start of starts) {
    const found = instructionsUpTo(target, start, address);
    if (found) return found.slice(-count);
  }
  return [];
}

function guesses(address: bigint, count: number): bigint[] {
  const reach = count * longestInstruction;
  return Array.from({ length: reach }, (_, index) => address - BigInt(reach - index));
}

/** The instructions from `start` on when one of them ends exactly at `end`; undefined otherwise. */
function instructionsUpTo(
  target: Target,
  start: bigint,
  end: bigint,
): readonly Instruction[] | undefined {
  const found: Instruction[] = [];
  if (start < 0n) return undefined;
  try {
    for (const instruction of instructionsFrom(target, start)) {
      if (instruction.address >= end) return instruction.address === end ? found : undefined;
      found.push(instruction);
    }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    const last = found.at(-1);
    if (last && last.address + BigInt(last.lengthBytes) === end) return found;
  }
  return undefined;
}

let shared: Formatter | undefined;

function formatter(): Formatter {
  if (shared) return shared;
  shared = new Formatter(FormatterSyntax.Gas);
  shared.uppercaseHex = false;
  shared.smallHexNumbersInDecimal = false;
  shared.spaceAfterOperandSeparator = false;
  shared.gasShowMnemonicSizeSuffix = true;
  shared.ripRelativeAddresses = true;
  return shared;
}

/** Columns of the mnemonic, as in mdb. */
const mnemonicWidth = 6;

function describe(
  target: Target,
  address: bigint,
  bytes: Uint8Array,
  instruction: IcedInstruction,
): Instruction {
  if (instruction.isInvalid) {
    const text = '(bad)';
    const first = bytes.subarray(0, 1);
    return { ...nothing, address, lengthBytes: 1, bytes: first, text, isValid: false };
  }
  const lengthBytes = instruction.length;
  const refersTo = referenceOf(instruction);
  const mnemonic = mnemonicOf(instruction);
  const isBranch = isDirectBranch(instruction);
  const operands = isBranch
    ? displacement(refersTo ?? 0n, address + BigInt(lengthBytes))
    : formatter().formatAllOperands(instruction);
  const symbol = refersTo === undefined ? undefined : target.symbolize(refersTo);
  const line = operands === '' ? mnemonic : `${mnemonic.padEnd(mnemonicWidth)} ${operands}`;
  return {
    address,
    lengthBytes,
    bytes: bytes.subarray(0, lengthBytes),
    text: refersTo === undefined ? line : `${line}\t<${symbol ?? `0x${refersTo.toString(16)}`}>`,
    refersTo,
    isCall:
      instruction.flowControl === FlowControl.Call ||
      instruction.flowControl === FlowControl.IndirectCall,
    isValid: true,
  };
}

const nothing = { refersTo: undefined, isCall: false } as const;

/** `callq`, `retq`, `leaveq` and `seteb` have no suffix in mdb: there is no other width. */
function mnemonicOf(instruction: IcedInstruction): string {
  return formatter()
    .formatMnemonic(instruction)
    .replace(/\b(call|ret|leave|jmp|iret|sysret)q$/, '$1')
    .replace(/^(set[a-z]+)b$/, '$1');
}

function isDirectBranch(instruction: IcedInstruction): boolean {
  return instruction.opCount > 0 && instruction.op0Kind === OpKind.NearBranch64;
}

function referenceOf(instruction: IcedInstruction): bigint | undefined {
  if (isDirectBranch(instruction)) return BigInt.asUintN(64, instruction.nearBranchTarget);
  return instruction.isIpRelMemoryOperand
    ? BigInt.asUintN(64, instruction.ipRelMemoryAddress)
    : undefined;
}

/** `+0x2`, `-0x1b4`: from the end of the instruction, as mdb shows it. */
function displacement(to: bigint, from: bigint): string {
  const distance = BigInt.asIntN(64, to - from);
  return distance < 0n ? `-0x${(-distance).toString(16)}` : `+0x${distance.toString(16)}`;
}
