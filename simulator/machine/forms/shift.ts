/** Shifts and rotations: shl shr sar rol ror rcl rcr shld shrd. */
import type { Cpu } from '../cpu.ts';
import type { Instruction } from '../decode.ts';
import { carry, overflow } from '../flags.ts';
import { FLAG_AUX, FLAG_BITS, FLAG_KIND, FLAG_RESULT, RCX, flagKinds, rflags } from '../layout.ts';
import { highWord, join, lowWord } from '../words.ts';
import { operandSize, spell } from './arithmetic.ts';
import type { Fields, Form, FormBuilder, Place } from './text.ts';
import {
  addressText,
  narrow,
  place,
  readModifyWriteText,
  readText,
  writeRegisterText,
} from './text.ts';

export const shiftForms: Readonly<Record<string, FormBuilder>> = {
  shl: (from) => shift(from, 'shl'),
  shr: (from) => shift(from, 'shr'),
  sar: (from) => shift(from, 'sar'),
  rol: (from) => shift(from, 'rol'),
  ror: (from) => shift(from, 'ror'),
  rcl: (from) => shift(from, 'rcl'),
  rcr: (from) => shift(from, 'rcr'),
  shld: (from) => doubleShift(from, 'shld'),
  shrd: (from) => doubleShift(from, 'shrd'),
};

const rotations = ['rol', 'ror', 'rcl', 'rcr'] as const;
type Rotation = (typeof rotations)[number] | 'shld' | 'shrd';

function shift(from: Instruction, operation: string): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const count = from.operands[1];
  if (!to || to.kind === 'immediate' || from.hasLock) return undefined;
  if (count?.kind === 'immediate') fields.immLow = Number(count.value & 0xffn);
  const isByRegister = count?.kind === 'register';
  const key = `${operation} ${size} ${spell(to)} ${isByRegister ? 'cl' : 'i'}`;
  const rotation = rotations.find((each) => each === operation);
  const text = (): string => {
    const n = countText(size, isByRegister);
    if (rotation) return rotationText(rotation, size, to, n, '0', '0');
    const [compute, flags] = size === 8 ? wideText(operation) : narrowText(operation, size);
    return shiftText(size, to, n, compute, flags);
  };
  return { key, text, fields };
}

function doubleShift(from: Instruction, operation: 'shld' | 'shrd'): Form | undefined {
  const size = operandSize(from);
  const fields: Fields = {};
  const to = place(from.operands[0], 'd', size, fields);
  const filler = place(from.operands[1], 's', size, fields);
  const count = from.operands[2];
  if (!to || to.kind === 'immediate' || filler?.kind !== 'register') return undefined;
  if (count?.kind === 'immediate') fields.immLow = Number(count.value & 0xffn);
  const isByRegister = count?.kind === 'register';
  const text = (): string => {
    const high = size === 8 ? 'bh' : '0';
    const n = countText(size, isByRegister) + readText('b', filler);
    return rotationText(operation, size, to, n, 'bl', high);
  };
  return { key: `${operation} ${size} ${spell(to)} ${isByRegister ? 'cl' : 'i'}`, text, fields };
}

/** Declares the masked count `n`. */
function countText(size: number, isByRegister: boolean): string {
  const from = isByRegister ? `r[${RCX}]` : 'op.immLow';
  return `const n = ${from} & ${size === 8 ? 63 : 31};\n`;
}

/** A count of zero changes no flag; a 32-bit register still loses its upper half. */
function shiftText(size: number, to: Place, n: string, compute: string, flags: string): string {
  const guarded = `if (n !== 0) {\n${flags}}\n`;
  if (to.kind === 'memory')
    return n + addressText(to.shape) + readModifyWriteText(size, false, compute, guarded);
  if (to.kind !== 'register') return '';
  return n + readText('a', to) + compute + writeRegisterText(to) + guarded;
}

/** Text that declares the result of a 64-bit shift, and text of its flags. */
function wideText(operation: string): [string, string] {
  if (operation === 'shl')
    return [
      `const rl = n < 32 ? al << n : 0;
const rh = n === 0 ? ah : n < 32 ? (ah << n) | (al >>> (32 - n)) : al << (n - 32);\n`,
      carryFlagsText('(n <= 32 ? ah >>> (32 - n) : al >>> (64 - n)) & 1', '(cf ^ (rh >>> 31))', 8),
    ];
  const fill = operation === 'sar' ? 'ah >> 31' : '0';
  const high = operation === 'sar' ? 'ah >> ' : 'ah >>> ';
  return [
    `const rl = n === 0 ? al : n < 32 ? (al >>> n) | (ah << (32 - n)) : ${high}(n - 32);
const rh = n < 32 ? ${high}n : ${fill};\n`,
    carryFlagsText(
      '(n <= 32 ? al >>> (n - 1) : ah >>> (n - 33)) & 1',
      operation === 'sar' ? '0' : '(ah >>> 31)',
      8,
    ),
  ];
}

function narrowText(operation: string, size: number): [string, string] {
  const bits = size * 8;
  const unsigned = size === 4 ? 'al' : `(al & ${size === 2 ? 0xffff : 0xff})`;
  if (operation === 'shl') {
    const out = size === 4 ? 'al >>> (32 - n)' : `(${unsigned} << n) >>> ${bits}`;
    return [
      `const rl = ${narrow(size, `${unsigned} << n`)};\n`,
      carryFlagsText(`(${out}) & 1`, `(cf ^ (rl >>> 31))`, size),
    ];
  }
  const sign = operation === 'sar' ? '>>' : '>>>';
  const value = operation === 'sar' ? 'al' : unsigned;
  return [
    `const rl = ${narrow(size, `${value} ${sign} n`)};\n`,
    carryFlagsText(
      `(${value} ${sign} (n - 1)) & 1`,
      operation === 'sar' ? '0' : `((al >>> ${bits - 1}) & 1)`,
      size,
    ),
  ];
}

function carryFlagsText(cf: string, of: string, size: number): string {
  const half = size === 8 ? 'rh' : 'rl';
  return `const cf = ${cf}; r[${FLAG_KIND}] = ${flagKinds.carry}; r[${FLAG_BITS}] = cf | (${of} << 11);
r[${FLAG_RESULT}] = rl; r[${FLAG_RESULT + 1}] = ${half};\n`;
}

/** Rotations and double shifts go through one function: they are rare. It keeps the flags that they do not touch. */
function rotationText(
  operation: Rotation,
  size: number,
  to: Place,
  n: string,
  fillLow: string,
  fillHigh: string,
): string {
  const high = size === 8 ? 'ah' : '0';
  const compute = `const rl = rotate(c, '${operation}', ${size}, n, al, ${high}, ${fillLow}, ${fillHigh});
const rh = rotated.high;\n`;
  const flags = 'rotated.setFlags(c);\n';
  if (to.kind === 'memory')
    return n + addressText(to.shape) + readModifyWriteText(size, false, compute, flags);
  if (to.kind !== 'register') return '';
  return n + readText('a', to) + compute + writeRegisterText(to) + flags;
}

/** What the last `rotate` left: the high word of its result, and its flags for when the result has been stored. */
export const rotated = {
  high: 0,
  operation: '',
  isIdle: false,
  cf: 0,
  of: 0,
  low: 0,
  setFlags(cpu: Cpu): void {
    if (rotated.isIdle) return;
    if (rotated.operation === 'shld' || rotated.operation === 'shrd') {
      cpu.r[FLAG_KIND] = flagKinds.carry;
      cpu.r[FLAG_BITS] = rotated.cf | (rotated.of << 11);
      cpu.r[FLAG_RESULT] = rotated.low;
      cpu.r[FLAG_RESULT + 1] = rotated.high;
    } else keepOtherFlags(cpu, rotated.cf, rotated.of);
  },
};

/** Sets CF and OF and leaves the rest. */
export function keepOtherFlags(cpu: Cpu, cf: number, of: number): void {
  const r = cpu.r;
  const kind = r[FLAG_KIND] ?? 0;
  if (kind === flagKinds.explicit) {
    const others = (r[FLAG_BITS] ?? 0) & ~(rflags.carry | rflags.overflow);
    r[FLAG_BITS] = others | cf | (of << 11);
    return;
  }
  const hasOperands = kind !== flagKinds.logic && kind !== flagKinds.multiply;
  const auxiliary =
    kind === flagKinds.carry
      ? (r[FLAG_BITS] ?? 0)
      : hasOperands
        ? (r[FLAG_AUX] ?? 0) ^ (r[FLAG_RESULT] ?? 0)
        : 0;
  r[FLAG_KIND] = flagKinds.carry;
  r[FLAG_BITS] = cf | (of << 11) | (auxiliary & rflags.auxiliary);
}

/** Rotates or double-shifts a value of `size` bytes by a masked count. Returns the low word, sign-extended below 4 bytes. */
export function rotate(
  cpu: Cpu,
  operation: Rotation,
  size: number,
  n: number,
  low: number,
  high: number,
  fillLow: number,
  fillHigh: number,
): number {
  const bits = size * 8;
  const value = BigInt.asUintN(bits, join(low, high));
  const count = countOf(operation, bits, n);
  rotated.operation = operation;
  rotated.isIdle = n === 0 || (count === 0 && (operation === 'rcl' || operation === 'rcr'));
  if (rotated.isIdle) {
    rotated.high = high;
    return low;
  }
  const fill = BigInt.asUintN(bits, join(fillLow, fillHigh));
  const result = turn(operation, BigInt(bits), BigInt(count), value, fill, BigInt(carry(cpu)));
  setCarryAndOverflow(cpu, operation, bits, n, value, result);
  const signed = BigInt.asIntN(bits, result.value);
  rotated.low = lowWord(signed);
  rotated.high = highWord(signed);
  return rotated.low;
}

function countOf(operation: Rotation, bits: number, n: number): number {
  if (operation === 'rol' || operation === 'ror') return n % bits;
  return operation === 'rcl' || operation === 'rcr' ? n % (bits + 1) : n;
}

interface Turned {
  readonly value: bigint;
  /** The bit that was moved out last. */
  readonly carry: bigint;
}

function turn(
  operation: Rotation,
  bits: bigint,
  n: bigint,
  value: bigint,
  fill: bigint,
  carryIn: bigint,
): Turned {
  const mask = (1n << bits) - 1n;
  const top = bits - 1n;
  switch (operation) {
    case 'rol': {
      const turnedLeft = ((value << n) | (value >> (bits - n))) & mask;
      return { value: turnedLeft, carry: turnedLeft & 1n };
    }
    case 'ror': {
      const turnedRight = ((value >> n) | (value << (bits - n))) & mask;
      return { value: turnedRight, carry: turnedRight >> top };
    }
    case 'rcl': {
      const ring = (carryIn << bits) | value;
      const all = (ring << n) | (ring >> (bits + 1n - n));
      return { value: all & mask, carry: (all >> bits) & 1n };
    }
    case 'rcr': {
      const ring = (carryIn << bits) | value;
      const all = (ring >> n) | (ring << (bits + 1n - n));
      return { value: all & mask, carry: (all >> bits) & 1n };
    }
    case 'shld': {
      const all = (((value << bits) | fill) << n) & ((1n << (2n * bits)) - 1n);
      const out = n > bits ? 0n : (value >> (bits - n)) & 1n;
      return { value: all >> bits, carry: out };
    }
    case 'shrd': {
      const all = (fill << bits) | value;
      return { value: (all >> n) & mask, carry: (all >> (n - 1n)) & 1n };
    }
  }
}

/** OF as the manual gives it for a count of one; the same formula for others, as processors do. */
function setCarryAndOverflow(
  cpu: Cpu,
  operation: Rotation,
  bits: number,
  n: number,
  before: bigint,
  after: Turned,
): void {
  const top = BigInt(bits - 1);
  const sign = Number(after.value >> top);
  const below = Number((after.value >> (top - 1n)) & 1n);
  rotated.cf = Number(after.carry);
  if (operation === 'ror' || operation === 'rcr') rotated.of = sign ^ below;
  else if (operation === 'shld' || operation === 'shrd') rotated.of = sign ^ Number(before >> top);
  else rotated.of = sign ^ rotated.cf;
  if (n !== 1 && (operation === 'rcl' || operation === 'rcr')) rotated.of = overflow(cpu);
}
