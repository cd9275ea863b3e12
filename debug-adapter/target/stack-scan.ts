/** Raw stack contents: which words look like return addresses, and how sure that is. */
import type { Memory } from '../../dump-format/memory.ts';
import type { SymbolTable } from '../../dump-format/symbols.ts';
import type { Target } from './target.ts';

/** Bytes scanned when nobody sets a limit. */
export const scanLimit = 16 * 1024;

export interface ScannedWord {
  /** Where the word lies on the stack. */
  readonly address: bigint;
  readonly pc: bigint;
  /** `call`: the word points behind a call instruction. `code`: it points into a function, but behind no call. */
  readonly confidence: 'call' | 'code';
}

interface ScanSource extends Pick<Target, 'memory' | 'dump'> {
  readonly symbols: SymbolTable;
}

/**
 * Every word of `[from, to)` that points into a function; absent pages are skipped.
 *
 * @param from stack address; rounded up to a word
 */
export function* scanStack(source: ScanSource, from: bigint, to: bigint): Generator<ScannedWord> {
  const { memory } = source;
  for (let address = (from + 7n) & ~7n; address + 8n <= to;) {
    const range = memory.rangeAtOrAbove(address);
    if (memory.readAvailable(address, 8).length < 8) {
      if (!range || range.start <= address) return;
      address = (range.start + 7n) & ~7n;
      continue;
    }
    const pc = memory.readU64(address);
    if (isInFunction(source, pc - 1n)) {
      yield { address, pc, confidence: isReturnAddress(source, pc) ? 'call' : 'code' };
    }
    address += 8n;
  }
}

/** True when the address lies in a function and the instruction before it is a call. */
export function isReturnAddress(source: ScanSource, pc: bigint): boolean {
  if (pc < 16n || !isInFunction(source, pc - 1n)) return false;
  switch (source.dump.machine) {
    case 'x86-64':
      return followsX86Call(source.memory, pc);
    case 'aarch64':
      return followsArmCall(source.memory, pc);
    default:
      return false;
  }
}

/** True inside the size of a function symbol. */
export function isInFunction({ symbols }: ScanSource, address: bigint): boolean {
  if (address <= 0n) return false;
  const symbol = symbols.nearestBelow(address);
  return symbol?.type === 'function' && address - symbol.address < symbol.size;
}

/** `call rel32` (e8), or `call r/m64` (ff /2) in each of its lengths. Source: Intel SDM, volume 2, CALL. */
function followsX86Call(memory: Memory, pc: bigint): boolean {
  const longest = 8;
  const bytes = memory.readAvailable(pc - BigInt(longest), longest);
  if (bytes.length < longest) return false;
  const at = (back: number): number => bytes[longest - back] ?? 0;
  if (at(5) === 0xe8) return true;
  return [2, 3, 4, 6, 7].some((length) => at(length) === 0xff && callLength(at, length) === length);
}

/** The length that the ModRM byte of `ff /2` asks for. */
function callLength(at: (back: number) => number, length: number): number {
  const modRm = at(length - 1);
  if (((modRm >> 3) & 7) !== 2) return 0;
  const mode = modRm >> 6;
  const operand = modRm & 7;
  if (mode === 3) return 2;
  const hasSib = operand === 4;
  const hasBase = !(mode === 0 && (hasSib ? (at(length - 2) & 7) === 5 : operand === 5));
  const displacement = mode === 1 ? 1 : mode === 2 || !hasBase ? 4 : 0;
  return 2 + (hasSib ? 1 : 0) + displacement;
}

/** `bl` or `blr`. Source: Arm ARM, C6.2. */
function followsArmCall(memory: Memory, pc: bigint): boolean {
  const bytes = memory.readAvailable(pc - 4n, 4);
  if (bytes.length < 4) return false;
  const word = memory.readU32(pc - 4n);
  return word >>> 26 === 0b100101 || (word & 0xffff_fc1f) >>> 0 === 0xd63f_0000;
}
