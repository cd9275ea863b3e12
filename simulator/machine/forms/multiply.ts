/** Multiplication and division: imul (1, 2, 3 operands) mul div idiv. */
import type { Cpu } from '../cpu.ts';
import type { Instruction } from '../decode.ts';
import { raise, vectors } from '../fault.ts';
import {
  FLAG_BITS,
  FLAG_KIND,
  FLAG_RESULT,
  MULTIPLY_A,
  MULTIPLY_B,
  RAX,
  RDX,
  flagKinds,
  rflags,
} from '../layout.ts';
import { highWord, join, lowWord } from '../words.ts';
import { operandSize, spell } from './arithmetic.ts';
import type { Fields, Form, FormBuilder } from './text.ts';
import { addressText, narrow, place, readText, writeRegisterText } from './text.ts';

export const multiplyForms: Readonly<Record<string, FormBuilder>> = {
  imul: (from) => (from.operands.length === 1 ? accumulate(from, 'imul') : signedProduct(from)),
  mul: (from) => accumulate(from, 'mul'),
  div: (from) => accumulate(from, 'div'),
  idiv: (from) => accumulate(from, 'idiv'),
};

/** `imul r, r/m` and `imul r, r/m, imm`: the low half of the product. */
function signedProduct(from: Instruction): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const first = from.operands.length === 3 ? from.operands[1] : from.operands[0];
  const a = place(first, 'x', size, fields);
  const b = place(from.operands[from.operands.length - 1], 's', size, fields);
  if (to?.kind !== 'register' || !a || !b || a.kind === 'immediate') return undefined;
  const text = (): string => {
    const memory = a.kind === 'memory' ? a : b.kind === 'memory' ? b : undefined;
    const address = memory ? addressText(memory.shape) : '';
    const operands = address + readText('a', a) + readText('b', b);
    return operands + (size === 8 ? wideProductText : productText(size)) + writeRegisterText(to);
  };
  return { key: `imul ${size} ${spell(a)} ${spell(b)}`, text, fields };
}

/** CF and OF say whether the product was cut. `al * bl` may round, but never back into 32 bits. */
function productText(size: number): string {
  return `const rl = ${narrow(size, 'Math.imul(al, bl)')};
r[${FLAG_KIND}] = ${flagKinds.carry};
r[${FLAG_BITS}] = al * bl === rl ? 0 : ${rflags.carry | rflags.overflow};
r[${FLAG_RESULT}] = rl; r[${FLAG_RESULT + 1}] = rl;\n`;
}

/** Schoolbook in halves of 16 bits; the flags wait until somebody asks. */
const wideProductText = `const rl = Math.imul(al, bl);
const a0 = al & 65535, a1 = al >>> 16, b0 = bl & 65535, b1 = bl >>> 16;
const middle = (Math.imul(a1, b0) >>> 0) + (Math.imul(a0, b0) >>> 16);
const cross = (Math.imul(a0, b1) >>> 0) + (middle & 65535);
const over = (Math.imul(a1, b1) + (middle >>> 16) + (cross >>> 16)) | 0;
const rh = (over + Math.imul(al, bh) + Math.imul(ah, bl)) | 0;
r[${MULTIPLY_A}] = al; r[${MULTIPLY_A + 1}] = ah; r[${MULTIPLY_B}] = bl; r[${MULTIPLY_B + 1}] = bh;
r[${FLAG_KIND}] = ${flagKinds.multiply}; r[${FLAG_RESULT}] = rl; r[${FLAG_RESULT + 1}] = rh;\n`;

/** One operand: rdx:rax (dx:ax, ax) hold the product, or the dividend, quotient and remainder. */
function accumulate(from: Instruction, operation: string): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const what = place(from.operands[0], 's', size, fields);
  if (!what || what.kind === 'immediate') return undefined;
  const text = (): string => {
    const address = what.kind === 'memory' ? addressText(what.shape) : '';
    const isSigned = operation.startsWith('i');
    const [name, quick] = operation.endsWith('mul')
      ? ['multiplyAccumulator', '']
      : ['divideAccumulator', size === 4 ? quickDivisionText(isSigned) : ''];
    const general = `${name}(c, ${size}, ${isSigned}, bl, ${size === 8 ? 'bh' : 'bl >> 31'});\n`;
    return address + readText('b', what) + quick + general;
  };
  return { key: `${operation} ${size} ${spell(what)}`, text, fields };
}

/** 32-bit division whose dividend is one word, sign- or zero-extended: what a compiler emits. */
function quickDivisionText(isSigned: boolean): string {
  const [a, b, quotient, isNarrow] = isSigned
    ? [`r[${RAX}]`, 'bl', '(a / b) | 0', `r[${RDX}] === r[${RAX}] >> 31 && bl !== -1`]
    : [`r[${RAX}] >>> 0`, 'bl >>> 0', 'Math.floor(a / b) | 0', `r[${RDX}] === 0`];
  return `if (bl !== 0 && ${isNarrow}) {
const a = ${a}, b = ${b};
r[${RAX}] = ${quotient}; r[${RAX + 1}] = 0; r[${RDX}] = (a % b) | 0; r[${RDX + 1}] = 0;
return;
}\n`;
}

export function multiplyAccumulator(
  cpu: Cpu,
  size: number,
  isSigned: boolean,
  low: number,
  high: number,
): void {
  const bits = size * 8;
  const cut = isSigned ? BigInt.asIntN : BigInt.asUintN;
  const product = cut(bits, cpu.get64(RAX)) * cut(bits, join(low, high));
  const result = BigInt.asUintN(bits * 2, product);
  setHalves(cpu, size, BigInt.asUintN(bits, result), result >> BigInt(bits));
  const isWide = cut(bits, product) !== product;
  const signed = BigInt.asIntN(bits, result);
  cpu.r[FLAG_KIND] = flagKinds.carry;
  cpu.r[FLAG_BITS] = isWide ? rflags.carry | rflags.overflow : 0;
  cpu.r[FLAG_RESULT] = lowWord(signed);
  cpu.r[FLAG_RESULT + 1] = highWord(signed);
}

/** @throws CpuFault #DE */
export function divideAccumulator(
  cpu: Cpu,
  size: number,
  isSigned: boolean,
  low: number,
  high: number,
): void {
  const bits = size * 8;
  const cut = isSigned ? BigInt.asIntN : BigInt.asUintN;
  const divisor = cut(bits, join(low, high));
  if (divisor === 0n) raise(vectors.divideError);
  const dividend = cut(bits * 2, dividendOf(cpu, size));
  const quotient = dividend / divisor;
  if (cut(bits, quotient) !== quotient) raise(vectors.divideError);
  const remainder = dividend % divisor;
  setHalves(cpu, size, BigInt.asUintN(bits, quotient), BigInt.asUintN(bits, remainder));
}

function dividendOf(cpu: Cpu, size: number): bigint {
  if (size === 1) return cpu.get64(RAX) & 0xffffn;
  const bits = size * 8;
  const low = BigInt.asUintN(bits, cpu.get64(RAX));
  return (BigInt.asUintN(bits, cpu.get64(RDX)) << BigInt(bits)) | low;
}

/** al and ah for bytes, else rax and rdx of the size. */
function setHalves(cpu: Cpu, size: number, low: bigint, high: bigint): void {
  if (size === 1) {
    cpu.w[RAX * 2] = Number(low | (high << 8n));
  } else if (size === 2) {
    cpu.w[RAX * 2] = Number(low);
    cpu.w[RDX * 2] = Number(high);
  } else {
    cpu.set64(RAX, low);
    cpu.set64(RDX, high);
  }
}
