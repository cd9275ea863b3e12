/** Values on the stack of a location expression, and the arithmetic on them (DWARF 5, section 2.5.1). */
import type { BaseType } from '../ctype.ts';
import { DW_OP } from './constants.ts';

/** Why a location or value can't be computed; caught where expressions are run, and told to the user. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** The type of a stack element: a base type, or the generic one, an integer of the size of an address. */
export interface ValueType {
  readonly size: number;
  readonly encoding: 'generic' | 'signed' | 'unsigned' | 'float';
}

/** A stack element: its type, and its bits without sign. */
export interface StackValue {
  readonly type: ValueType;
  readonly bits: bigint;
}

/** The type that a base type has on the stack. @throws Unavailable for one that has none */
export function valueType(base: BaseType): ValueType {
  if (base.size < 1 || base.size > 16)
    throw new Unavailable(`arithmetic on ${base.name} of ${base.size} bytes`);
  switch (base.encoding) {
    case 'signed':
    case 'signed-char':
      return { size: base.size, encoding: 'signed' };
    case 'unsigned':
    case 'unsigned-char':
    case 'boolean':
      return { size: base.size, encoding: 'unsigned' };
    case 'float':
      if (base.size === 4 || base.size === 8) return { size: base.size, encoding: 'float' };
      throw new Unavailable(`arithmetic on ${base.name} of ${base.size} bytes`);
    case 'complex':
      throw new Unavailable('arithmetic on complex numbers');
  }
}

/** A value of a type, cut to its size. */
export function makeValue(type: ValueType, number: bigint): StackValue {
  return { type, bits: BigInt.asUintN(type.size * 8, number) };
}

/** An element as an integer with the sign of its type; the generic type counts as signed, as in gdb. */
export function integerOf({ type, bits }: StackValue): bigint {
  if (type.encoding === 'float') throw new Unavailable('an integer is needed, a float is there');
  return type.encoding === 'unsigned' ? bits : BigInt.asIntN(type.size * 8, bits);
}

/** An element as an address. */
export function addressOf(value: StackValue): bigint {
  return BigInt.asUintN(64, integerOf(value));
}

/** `DW_OP_convert`: the same number in another type. */
export function convert(value: StackValue, type: ValueType): StackValue {
  if (value.type.encoding === 'float') {
    const number = floatOf(value);
    if (type.encoding === 'float') return makeFloat(type, number);
    if (!Number.isFinite(number)) throw new Unavailable(`${number} as an integer`);
    return makeValue(type, BigInt(Math.trunc(number)));
  }
  const integer = integerOf(value);
  return type.encoding === 'float' ? makeFloat(type, Number(integer)) : makeValue(type, integer);
}

/** `DW_OP_reinterpret`: the same bits in another type. */
export function reinterpret(value: StackValue, type: ValueType): StackValue {
  if (value.type.size === type.size) return { type, bits: value.bits };
  throw new Unavailable(`${value.type.size} bytes reinterpreted as ${type.size}`);
}

/** An operator of one operand: abs, neg, not. */
export function applyUnary(opcode: number, value: StackValue): StackValue {
  const { type } = value;
  if (type.encoding === 'float' && opcode !== DW_OP.not) {
    const number = floatOf(value);
    return makeFloat(type, opcode === DW_OP.neg ? -number : Math.abs(number));
  }
  const integer = integerOf(value);
  switch (opcode) {
    case DW_OP.abs:
      return makeValue(type, integer < 0n ? -integer : integer);
    case DW_OP.neg:
      return makeValue(type, -integer);
    default:
      return makeValue(type, ~integer);
  }
}

/**
 * An operator of two operands.
 *
 * @param left the element below the top
 * @param right the top
 * @param generic type of a comparison's result
 */
export function applyBinary(
  opcode: number,
  left: StackValue,
  right: StackValue,
  generic: ValueType,
): StackValue {
  if (opcode === DW_OP.shl || opcode === DW_OP.shr || opcode === DW_OP.shra)
    return shift(opcode, left, right);
  const { type } = left;
  if (type.size !== right.type.size || type.encoding !== right.type.encoding)
    throw new Unavailable('an expression mixes types');
  const compared = compare(opcode, left, right);
  if (compared !== undefined) return makeValue(generic, compared ? 1n : 0n);
  if (type.encoding === 'float') return floatArithmetic(opcode, left, right);
  return makeValue(type, integerArithmetic(opcode, left, right));
}

function shift(opcode: number, left: StackValue, right: StackValue): StackValue {
  const { type, bits } = left;
  const width = BigInt(type.size * 8);
  const wanted = BigInt.asUintN(right.type.size * 8, integerOf(right));
  const count = wanted < width ? wanted : width;
  if (opcode === DW_OP.shl) return makeValue(type, integerOf(left) << count);
  if (opcode === DW_OP.shr && type.encoding !== 'float') return makeValue(type, bits >> count);
  return makeValue(type, BigInt.asIntN(type.size * 8, integerOf(left)) >> count);
}

function compare(opcode: number, left: StackValue, right: StackValue): boolean | undefined {
  const isFloat = left.type.encoding === 'float';
  const a = isFloat ? floatOf(left) : integerOf(left);
  const b = isFloat ? floatOf(right) : integerOf(right);
  switch (opcode) {
    case DW_OP.eq:
      return a === b;
    case DW_OP.ne:
      return a !== b;
    case DW_OP.lt:
      return a < b;
    case DW_OP.le:
      return a <= b;
    case DW_OP.gt:
      return a > b;
    case DW_OP.ge:
      return a >= b;
    default:
      return undefined;
  }
}

function integerArithmetic(opcode: number, left: StackValue, right: StackValue): bigint {
  const a = integerOf(left);
  const b = integerOf(right);
  const isDivision = opcode === DW_OP.div || opcode === DW_OP.mod;
  if (isDivision && b === 0n) throw new Unavailable('a division by zero');
  switch (opcode) {
    case DW_OP.plus:
      return a + b;
    case DW_OP.minus:
      return a - b;
    case DW_OP.mul:
      return a * b;
    case DW_OP.div:
      return a / b;
    case DW_OP.mod:
      // The one operator to which the generic type is unsigned.
      return left.type.encoding === 'generic' ? left.bits % right.bits : a % b;
    case DW_OP.and:
      return a & b;
    case DW_OP.or:
      return a | b;
    default:
      return a ^ b;
  }
}

function floatArithmetic(opcode: number, left: StackValue, right: StackValue): StackValue {
  const [a, b] = [floatOf(left), floatOf(right)];
  switch (opcode) {
    case DW_OP.plus:
      return makeFloat(left.type, a + b);
    case DW_OP.minus:
      return makeFloat(left.type, a - b);
    case DW_OP.mul:
      return makeFloat(left.type, a * b);
    case DW_OP.div:
      return makeFloat(left.type, a / b);
    default:
      throw new Unavailable('a bit operation on floats');
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function floatOf({ type, bits }: StackValue): number {
  scratch.setBigUint64(0, bits, true);
  return type.size === 4 ? scratch.getFloat32(0, true) : scratch.getFloat64(0, true);
}

function makeFloat(type: ValueType, number: number): StackValue {
  scratch.setBigUint64(0, 0n, true);
  if (type.size === 4) scratch.setFloat32(0, number, true);
  else scratch.setFloat64(0, number, true);
  return { type, bits: scratch.getBigUint64(0, true) };
}

/** Bytes of a number, in the byte order of the dump. */
export function bytesOf(number: bigint, length: number, byteOrder: 'little' | 'big'): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = number;
  for (let index = 0; index < length; index++) {
    bytes[byteOrder === 'little' ? index : length - 1 - index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The number that bytes are, without sign. */
export function numberOf(bytes: Uint8Array, byteOrder: 'little' | 'big'): bigint {
  let number = 0n;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[byteOrder === 'little' ? bytes.length - 1 - index : index] ?? 0;
    number = (number << 8n) | BigInt(byte);
  }
  return number;
}
