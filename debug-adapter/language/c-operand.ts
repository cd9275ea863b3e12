/** Values in a C expression: what is in the dump, and what was computed. */
import { strip, type BaseType, type CType } from '../../dump-format/ctype.ts';
import { LookupError } from '../../dump-format/errors.ts';
import { spaceOf } from '../target/locals.ts';
import type { Target } from '../target/target.ts';
import { typeName } from '../target/type-names.ts';
import { valueOfBytes, valueOfWord } from '../target/typed-value.ts';
import type { Value } from '../target/value.ts';
import { floatAt } from '../print/floats.ts';

/** A number as C computes with it: an integer of a width and sign, or floating point. */
export type CNumber =
  | {
      readonly kind: 'integer';
      readonly value: bigint;
      readonly bits: 32 | 64;
      readonly isSigned: boolean;
    }
  | { readonly kind: 'float'; readonly value: number };

const intType: BaseType = { kind: 'base', name: 'int', size: 4, encoding: 'signed' };
const doubleType: BaseType = { kind: 'base', name: 'double', size: 8, encoding: 'float' };

/** `int` and its wider and unsigned forms, without asking the dump. */
export function integerTypeNamed(name: string): BaseType {
  const size = name.includes('long') ? 8 : 4;
  const encoding = name.startsWith('unsigned') ? 'unsigned' : 'signed';
  return { kind: 'base', name, size, encoding };
}

/** An integer that was computed. The value is kept modulo the width of its type. */
export function integerValue(target: Target, value: bigint, type: CType = intType): Value {
  return valueOfWord(spaceOf(target), type, value);
}

/** The result of a comparison. */
export function truth(target: Target, isTrue: boolean): Value {
  return integerValue(target, isTrue ? 1n : 0n);
}

export function floatValue(target: Target, value: number): Value {
  const bytes = new Uint8Array(8);
  const space = spaceOf(target);
  new DataView(bytes.buffer).setFloat64(0, value, space.byteOrder === 'little');
  return valueOfBytes(space, doubleType, bytes);
}

/** Gives a number back its C type. */
export function numberValue(target: Target, number: CNumber): Value {
  if (number.kind === 'float') return floatValue(target, number.value);
  const name = `${number.isSigned ? '' : 'unsigned '}${number.bits === 64 ? 'long' : 'int'}`;
  return integerValue(target, number.value, integerTypeNamed(name));
}

/**
 * The number that a value is, after C's integer promotions. Pointers and arrays are numbers here too: their addresses.
 *
 * @throws LookupError for a struct, union or function
 */
export function numberOf(target: Target, value: Value): CNumber {
  const type = strip(value.type);
  switch (type.kind) {
    case 'pointer':
      return { kind: 'integer', value: value.unsigned(), bits: 64, isSigned: false };
    case 'array':
    case 'function':
      return { kind: 'integer', value: addressOf(value), bits: 64, isSigned: false };
    case 'enum':
      return promoted(value.signed(), type.size, type.isSigned);
    case 'base': {
      if (type.encoding === 'float') return { kind: 'float', value: floatOf(target, value, type) };
      const isSigned = type.encoding === 'signed' || type.encoding === 'signed-char';
      if (value.bitField && value.bitField.sizeBits < 32)
        return promoted(value.signed(), 1, isSigned);
      return promoted(value.signed(), type.size, isSigned);
    }
    default:
      throw new LookupError(`${typeName(value.type)} is not a number`);
  }
}

/** True when a value counts as true. */
export function isTrue(target: Target, value: Value): boolean {
  const number = numberOf(target, value);
  return number.kind === 'float' ? number.value !== 0 : number.value !== 0n;
}

/** @throws LookupError for a value that lies nowhere: a register, something computed */
export function addressOf(value: Value): bigint {
  if (value.bitField) throw new LookupError('a bit-field has no address');
  if (value.address === undefined) throw new LookupError('the value has no address in the dump');
  return value.address;
}

/** What a type points to after an array became a pointer; undefined for what is neither. */
export function pointedType(type: CType): CType | undefined {
  const base = strip(type);
  if (base.kind === 'pointer') return base.target;
  return base.kind === 'array' ? base.element : undefined;
}

/** A computed pointer. */
export function pointerValue(target: Target, to: CType, address: bigint): Value {
  return integerValue(target, address, { kind: 'pointer', size: 8, target: to });
}

/** Everything narrower than `int` becomes `int`. Source: C11, 6.3.1.1. */
function promoted(value: bigint, size: number, isSigned: boolean): CNumber {
  const bits = size <= 4 ? 32 : 64;
  const staysUnsigned = !isSigned && size >= 4;
  return { kind: 'integer', value, bits, isSigned: !staysUnsigned };
}

function floatOf(target: Target, value: Value, type: BaseType): number {
  const number = floatAt(value.bytes(), type.size, target.dump.byteOrder);
  if (number === undefined) throw new LookupError(`${type.name} is not supported`);
  return number;
}
