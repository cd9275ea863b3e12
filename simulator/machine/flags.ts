/** The arithmetic flags, computed when somebody asks: the last operation's operands are kept instead. */
import type { Cpu } from './cpu.ts';
import {
  FLAG_A,
  FLAG_AUX,
  FLAG_B,
  FLAG_BITS,
  FLAG_KIND,
  FLAG_RESULT,
  MULTIPLY_A,
  MULTIPLY_B,
  SYSTEM_FLAGS,
  flagKinds,
  rflags,
} from './layout.ts';

/*
 * `FLAG_A`, `FLAG_B` and the word after `FLAG_RESULT` hold values whose top bit is the operand's sign: the high words of 64-bit operands, or
 * sign-extended narrow ones. A carry out of the top bit needs no more than the three top bits, so one formula serves all sizes, with or without
 * a carry in. `FLAG_AUX` is the exclusive or of the low words: bit 4 of it and of the result gives AF.
 */

/** CF as 0 or 1. */
export function carry(cpu: Cpu): number {
  const r = cpu.r;
  switch (r[FLAG_KIND]) {
    case flagKinds.add:
      return carryOfSum(r[FLAG_A] ?? 0, r[FLAG_B] ?? 0, r[FLAG_RESULT + 1] ?? 0);
    case flagKinds.subtract:
      return borrow(r[FLAG_A] ?? 0, r[FLAG_B] ?? 0, r[FLAG_RESULT + 1] ?? 0);
    case flagKinds.logic:
      return 0;
    case flagKinds.multiply:
      return isProductWide(cpu) ? 1 : 0;
    default:
      return (r[FLAG_BITS] ?? 0) & 1;
  }
}

/** OF as 0 or 1. */
export function overflow(cpu: Cpu): number {
  const r = cpu.r;
  const [a, b, result] = [r[FLAG_A] ?? 0, r[FLAG_B] ?? 0, r[FLAG_RESULT + 1] ?? 0];
  switch (r[FLAG_KIND]) {
    case flagKinds.add:
    case flagKinds.increment:
      return ((a ^ result) & (b ^ result)) >>> 31;
    case flagKinds.subtract:
    case flagKinds.decrement:
      return ((a ^ b) & (a ^ result)) >>> 31;
    case flagKinds.logic:
      return 0;
    case flagKinds.multiply:
      return isProductWide(cpu) ? 1 : 0;
    default:
      return ((r[FLAG_BITS] ?? 0) & rflags.overflow) >>> 11;
  }
}

/** CF PF AF ZF SF OF in their places in rflags. */
export function readArithmeticFlags(cpu: Cpu): number {
  const r = cpu.r;
  const kind = r[FLAG_KIND] ?? 0;
  if (kind === flagKinds.explicit) return (r[FLAG_BITS] ?? 0) & rflags.arithmetic;
  const low = r[FLAG_RESULT] ?? 0;
  const high = r[FLAG_RESULT + 1] ?? 0;
  let flags = carry(cpu) | (overflow(cpu) << 11) | parity(low);
  if ((low | high) === 0) flags |= rflags.zero;
  if (high < 0) flags |= rflags.sign;
  if (kind === flagKinds.carry) return flags | ((r[FLAG_BITS] ?? 0) & rflags.auxiliary);
  if (kind === flagKinds.logic || kind === flagKinds.multiply) return flags;
  return flags | (((r[FLAG_AUX] ?? 0) ^ low) & rflags.auxiliary);
}

export function writeArithmeticFlags(cpu: Cpu, flags: number): void {
  cpu.r[FLAG_KIND] = flagKinds.explicit;
  cpu.r[FLAG_BITS] = flags & rflags.arithmetic;
}

/** rflags as `pushf` would store it. */
export function readRflags(cpu: Cpu): number {
  return readArithmeticFlags(cpu) | cpu.word(SYSTEM_FLAGS) | 2;
}

/** PF in its place: set when the low byte has an even number of ones. */
export function parity(low: number): number {
  const folded = low ^ (low >>> 4);
  return ((0x9669 >>> (folded & 15)) & 1) << 2;
}

/** The sixteen conditions of jcc, setcc and cmovcc, in encoding order. */
export function isConditionMet(cpu: Cpu, condition: number): boolean {
  const flags = readArithmeticFlags(cpu);
  const isLess = ((flags & rflags.sign) !== 0) !== ((flags & rflags.overflow) !== 0);
  const isMet = [
    (flags & rflags.overflow) !== 0,
    (flags & rflags.carry) !== 0,
    (flags & rflags.zero) !== 0,
    (flags & (rflags.carry | rflags.zero)) !== 0,
    (flags & rflags.sign) !== 0,
    (flags & rflags.parity) !== 0,
    isLess,
    isLess || (flags & rflags.zero) !== 0,
  ][condition >> 1];
  return (isMet ?? false) !== ((condition & 1) !== 0);
}

/** The text of a condition for a handler: quick for compare and test, by `isConditionMet` for the rest. */
export function conditionText(condition: number): string {
  const k = `r[${FLAG_KIND}]`;
  const a = `r[${FLAG_A}]`;
  const b = `r[${FLAG_B}]`;
  const low = `r[${FLAG_RESULT}]`;
  const high = `r[${FLAG_RESULT + 1}]`;
  const isZero = `(${low} | ${high}) === 0`;
  const isBorrow = `((~${a} & ${b}) | ((~${a} | ${b}) & ${high})) < 0`;
  const isLess = `(((${a} ^ ${b}) & (${a} ^ ${high})) ^ ${high}) < 0`;
  const slow = `isConditionMet(c, ${condition & ~1})`;
  const { subtract, logic, explicit } = flagKinds;
  const texts = [
    slow,
    `(${k} === ${subtract} ? ${isBorrow} : carry(c) !== 0)`,
    `(${k} !== ${explicit} ? ${isZero} : ${slow})`,
    `(${k} === ${subtract} ? ${isZero} || ${isBorrow} : ${slow})`,
    `(${k} !== ${explicit} ? ${high} < 0 : ${slow})`,
    slow,
    `(${k} === ${subtract} ? ${isLess} : ${k} === ${logic} ? ${high} < 0 : ${slow})`,
    `(${k} === ${subtract} ? ${isZero} || ${isLess} : ${k} === ${logic} ? ${isZero} || ${high} < 0 : ${slow})`,
  ];
  const text = texts[condition >> 1] ?? slow;
  return (condition & 1) === 0 ? text : `!(${text})`;
}

function carryOfSum(a: number, b: number, result: number): number {
  return ((a & b) | ((a | b) & ~result)) >>> 31;
}

function borrow(a: number, b: number, result: number): number {
  return ((~a & b) | ((~a | b) & result)) >>> 31;
}

function isProductWide(cpu: Cpu): boolean {
  const a = BigInt.asIntN(64, cpu.get64(MULTIPLY_A));
  const b = BigInt.asIntN(64, cpu.get64(MULTIPLY_B));
  return BigInt.asIntN(64, a * b) !== a * b;
}
