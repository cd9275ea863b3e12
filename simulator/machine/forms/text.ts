/** Pieces of handler text: reading and writing operands. A handler is `(c, op) => void` with `r` the state's words. */
import { lookasideIndexText } from '../cpu.ts';
import type { Op } from '../cpu.ts';
import type { Instruction, MemoryOperand, Operand, RegisterOperand } from '../decode.ts';
import {
  FLAG_A,
  FLAG_AUX,
  FLAG_B,
  FLAG_KIND,
  FLAG_RESULT,
  FS_BASE,
  GS_BASE,
  HIGH,
  LATCH,
  LATCH_VALUE,
  RIP,
  RSP,
  ZERO,
  flagKinds,
} from '../layout.ts';
import { highWord, lowWord } from '../words.ts';

/** The fields of an operation that its operands decide. */
export type Fields = Partial<Op>;

/** How to execute an instruction: the text of a handler, shared by all of the same key, or a function of ours; and what its record holds. */
export type Form =
  | {
      readonly key: string;
      readonly text: () => string;
      readonly fields: Fields;
      /** How it goes on when not with the next instruction; see `Op.flow`. */
      readonly flow?: Op['flow'];
    }
  | { readonly run: Op['run']; readonly fields: Fields };

/** Makes a form, or undefined when the operands are outside the subset. */
export type FormBuilder = (instruction: Instruction) => Form | undefined;

/** Where an operand is, as handler text names it. */
export type Place =
  | { readonly kind: 'register'; readonly field: 'd' | 's' | 'x'; readonly size: number }
  | { readonly kind: 'memory'; readonly shape: string; readonly size: number }
  | { readonly kind: 'immediate'; readonly size: number };

/** Puts an operand's numbers into `fields` and says where it is. Undefined when it is none of the three. */
export function place(
  operand: Operand | undefined,
  field: 'd' | 's' | 'x',
  size: number,
  fields: Fields,
): Place | undefined {
  if (operand?.kind === 'register' && operand.file === 'general') {
    fields[field] = registerIndex(operand);
    return { kind: 'register', field, size: operand.size };
  }
  if (operand?.kind === 'immediate') {
    const value = BigInt.asIntN(size * 8, operand.value);
    fields.immLow = lowWord(value);
    fields.immHigh = highWord(value);
    return { kind: 'immediate', size };
  }
  if (operand?.kind === 'memory' && operand.isWide)
    return { kind: 'memory', shape: memoryShape(operand, fields), size };
  return undefined;
}

/** Index in the view of the register's size: words for 8 and 4 bytes, halves for 2, bytes for 1. */
function registerIndex(register: RegisterOperand): number {
  if (register.size === 1) return register.number * 8 + (register.isHighByte ? 1 : 0);
  return register.size === 2 ? register.number * 4 : register.number * 2;
}

/** Records a memory operand and names its shape: B base, X0..X3 base and scaled index, A neither; S behind it for a segment base. */
export function memoryShape(operand: MemoryOperand, fields: Fields): string {
  fields.base = operand.base === undefined ? ZERO : operand.base * 2;
  fields.index = operand.index === undefined ? ZERO : operand.index * 2;
  fields.dispLow = lowWord(operand.displacement);
  fields.dispHigh = highWord(operand.displacement);
  fields.addressFault = operand.base === 4 || operand.base === 5 ? 12 : 13;
  const segment = operand.segment === undefined ? '' : 'S';
  if (segment) fields.segment = operand.segment === 'fs' ? FS_BASE : GS_BASE;
  if (operand.index !== undefined) return `X${operand.shift}${segment}`;
  return (operand.base === undefined ? 'A' : 'B') + segment;
}

/** Declares `lo` and `hi`: the linear address. */
export function addressText(shape: string): string {
  const segment = shape.endsWith('S') ? addText('r[op.segment]', 'r[op.segment + 1]') : '';
  return effectiveAddressText(shape) + segment;
}

/** Declares `lo` and `hi`: the effective address, without a segment base. */
export function effectiveAddressText(shape: string): string {
  if (shape.startsWith('A')) return 'let lo = op.dispLow, hi = op.dispHigh;\n';
  const base = `let lo = (r[op.base] + op.dispLow) | 0;
let hi = (r[op.base + 1] + op.dispHigh + ((lo >>> 0) < (op.dispLow >>> 0) ? 1 : 0)) | 0;\n`;
  if (shape.startsWith('B')) return base;
  const shift = Number(shape[1]);
  const high =
    shift === 0
      ? 'r[op.index + 1]'
      : `(r[op.index + 1] << ${shift}) | (r[op.index] >>> ${32 - shift})`;
  return base + addText(shift === 0 ? 'r[op.index]' : `r[op.index] << ${shift}`, high);
}

/** Declares `${p}l` (and `${p}h` for 8 bytes): the value of an operand, sign-extended below 8 bytes. Memory needs the address before. */
export function readText(p: string, from: Place): string {
  if (from.kind === 'immediate')
    return `const ${p}l = op.immLow${from.size === 8 ? `, ${p}h = op.immHigh` : ''};\n`;
  if (from.kind === 'memory') return readMemoryText(p, from.size);
  const at = `op.${from.field}`;
  if (from.size === 8) return `const ${p}l = r[${at}], ${p}h = r[${at} + 1];\n`;
  if (from.size === 4) return `const ${p}l = r[${at}];\n`;
  if (from.size === 2) return `const ${p}l = (c.w[${at}] << 16) >> 16;\n`;
  return `const ${p}l = (c.b[${at}] << 24) >> 24;\n`;
}

/** Stores `rl` (and `rh`) in a register: four bytes clear the upper half, fewer leave it. */
export function writeRegisterText(
  to: Place & { kind: 'register' },
  low = 'rl',
  high = 'rh',
): string {
  const at = `op.${to.field}`;
  if (to.size === 8) return `r[${at}] = ${low}; r[${at} + 1] = ${high};\n`;
  if (to.size === 4) return `r[${at}] = ${low}; r[${at} + 1] = 0;\n`;
  return to.size === 2 ? `c.w[${at}] = ${low};\n` : `c.b[${at}] = ${low};\n`;
}

/** Declares `${p}l` (and `${p}h`) from memory at `lo`, `hi`. */
export function readMemoryText(p: string, size: number): string {
  return accessText(p, size, 'c.t', `slowRead(c, lo, hi, ${size})`);
}

/** As `readMemoryText`, faulting as a write would. */
function readForWriteText(p: string, size: number): string {
  return accessText(p, size, 'c.s', `slowReadForWrite(c, lo, hi, ${size})`);
}

export function lockedReadText(p: string, size: number): string {
  return accessText(p, size, 'c.s', `lockedRead(c, lo, hi, ${size})`);
}

/** Stores to memory at `lo`, `hi`. */
export function writeMemoryText(size: number, low = 'rl', high = 'rh'): string {
  return storeText(size, low, high, 'slowWrite');
}

export function lockedWriteText(size: number, low = 'rl', high = 'rh'): string {
  return storeText(size, low, high, 'lockedWrite');
}

/**
 * A read-modify-write of memory: `compute` turns `a` into `r…` and may declare what it likes; `flags` follows the store. Without LOCK it takes
 * two steps: the first only reads (and checks that it may write) and leaves rip where it is.
 */
export function readModifyWriteText(
  size: number,
  isLocked: boolean,
  compute: string,
  flags: string,
): string {
  if (isLocked) return lockedReadText('a', size) + compute + lockedWriteText(size) + flags;
  return `if (r[${LATCH}] !== 1) {
${readForWriteText('x', size)}r[${LATCH_VALUE}] = xl;${size === 8 ? ` r[${LATCH_VALUE + 1}] = xh;` : ''}
r[${LATCH}] = 1; r[${RIP}] = op.low; r[${RIP + 1}] = op.high;
return;
}
const al = r[${LATCH_VALUE}]${size === 8 ? `, ah = r[${LATCH_VALUE + 1}]` : ''};
${compute}${writeMemoryText(size)}r[${LATCH}] = 0;
${flags}`;
}

/** Remembers operands `a` (or another name) and `b` and the result `r` for the flags. */
export function flagsText(kind: number, size: number, a = 'a'): string {
  const half = size === 8 ? 'h' : 'l';
  const operands = `r[${FLAG_AUX}] = ${a}l ^ bl; r[${FLAG_A}] = ${a}${half}; r[${FLAG_B}] = b${half}; `;
  const result = `r[${FLAG_RESULT}] = rl; r[${FLAG_RESULT + 1}] = r${half};\n`;
  return `r[${FLAG_KIND}] = ${kind}; ${operands}${result}`;
}

/** The flags of a logical operation: CF and OF clear. */
export function logicFlagsText(size: number): string {
  const half = size === 8 ? 'h' : 'l';
  return `r[${FLAG_KIND}] = ${flagKinds.logic}; r[${FLAG_RESULT}] = rl; r[${FLAG_RESULT + 1}] = r${half};\n`;
}

/** Narrows `rl` of a computation in 32 bits to the operand's size, sign-extended. */
export function narrow(size: number, text: string): string {
  if (size === 4) return `(${text}) | 0`;
  return size === 2 ? `((${text}) << 16) >> 16` : `((${text}) << 24) >> 24`;
}

/** Declares `lo`, `hi` as rsp. */
export const stackText = `let lo = r[${RSP}], hi = r[${RSP + 1}];\n`;

/** Declares `lo`, `hi` as rsp - 8. */
export const pushAddressText = `let lo = (r[${RSP}] - 8) | 0;
let hi = (r[${RSP + 1}] - ((r[${RSP}] >>> 0) < 8 ? 1 : 0)) | 0;\n`;

/** rsp = lo, hi. */
export const setStackText = `r[${RSP}] = lo; r[${RSP + 1}] = hi;\n`;

/** rsp = lo, hi + `bytes`. */
export function popStackText(bytes: string): string {
  return `{ const top = (lo + ${bytes}) | 0;
r[${RSP + 1}] = (hi + ((top >>> 0) < (${bytes} >>> 0) ? 1 : 0)) | 0; r[${RSP}] = top; }\n`;
}

function addText(low: string, high: string): string {
  return `{ const l = ${low}; const sum = (lo + l) | 0;
hi = (hi + (${high}) + ((sum >>> 0) < (l >>> 0) ? 1 : 0)) | 0; lo = sum; }\n`;
}

function accessText(p: string, size: number, lookaside: string, slow: string): string {
  // What is written straight to memory was never in the store buffer.
  const unbuffered = lookaside === 'c.t' ? ' && c.storeGroups[(lo & 2040) >>> 3] === 0' : '';
  const extend = size === 2 ? ' << 16 >> 16' : size === 1 ? ' << 24 >> 24' : '';
  const found =
    size === 8
      ? `{ const at = (t[i + 2] + (lo & 4095)) >> 2; ${p}l = c.m[at]; ${p}h = c.m[at + 1]; }`
      : `${p}l = ${elementText(size)}${extend};`;
  const missed =
    size === 8 ? `{ ${p}l = ${slow}; ${p}h = r[${HIGH}]; }` : `${p}l = ${slow}${extend};`;
  return `let ${p}l${size === 8 ? `, ${p}h` : ''};
{ const i = ${lookasideIndexText}, t = ${lookaside};
if (t[i] === (lo & ${tagMask(size)}) && t[i + 1] === hi${unbuffered}) ${found}
else ${missed} }\n`;
}

function storeText(size: number, low: string, high: string, slow: string): string {
  const found =
    size === 8
      ? `{ const at = (t[i + 2] + (lo & 4095)) >> 2; c.m[at] = ${low}; c.m[at + 1] = ${high}; }`
      : `${elementText(size)} = ${low};`;
  return `{ const i = ${lookasideIndexText}, t = c.s;
if (t[i] === (lo & ${tagMask(size)}) && t[i + 1] === hi) ${found}
else ${slow}(c, lo, hi, ${size}, ${low}, ${size === 8 ? high : 0}); }\n`;
}

function elementText(size: number): string {
  if (size === 4) return 'c.m[(t[i + 2] + (lo & 4095)) >> 2]';
  return size === 2 ? 'c.mh[(t[i + 2] + (lo & 4095)) >> 1]' : 'c.mb[t[i + 2] + (lo & 4095)]';
}

/** The page number and the bits that must be zero in an aligned address: others go the slow way. */
function tagMask(size: number): number {
  return -4096 | (size - 1);
}
