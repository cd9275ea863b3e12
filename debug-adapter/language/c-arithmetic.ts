/** C's arithmetic on numbers and pointers. */
import { LookupError, unreachable } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';
import { typeName } from '../target/type-names.ts';
import type { Value } from '../target/value.ts';
import type { CBinaryOperator } from './c-ast.ts';
import {
  integerTypeNamed,
  integerValue,
  numberOf,
  numberValue,
  pointedType,
  pointerValue,
  truth,
  type CNumber,
} from './c-operand.ts';

/** @throws LookupError for operands that C does not allow, and for a division by zero */
export function binaryOperation(
  target: Target,
  operator: CBinaryOperator,
  left: Value,
  right: Value,
): Value {
  const pointer = pointerOperation(target, operator, left, right);
  if (pointer) return pointer;
  const a = numberOf(target, left);
  const b = numberOf(target, right);
  if (a.kind === 'float' || b.kind === 'float') return onFloats(target, operator, a, b);
  if (operator === '<<' || operator === '>>') return shift(target, operator, a, b.value);
  const common = convert(a, b);
  return onIntegers(target, operator, common);
}

type Integer = Extract<CNumber, { kind: 'integer' }>;

interface Converted {
  readonly left: bigint;
  readonly right: bigint;
  readonly bits: 32 | 64;
  readonly isSigned: boolean;
}

/** The usual arithmetic conversions. Source: C11, 6.3.1.8. */
function convert(a: Integer, b: Integer): Converted {
  const bits = Math.max(a.bits, b.bits) === 64 ? 64 : 32;
  const isUnsigned = (!a.isSigned && a.bits === bits) || (!b.isSigned && b.bits === bits);
  const clamp = (value: bigint): bigint =>
    isUnsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  return { left: clamp(a.value), right: clamp(b.value), bits, isSigned: !isUnsigned };
}

function onIntegers(target: Target, operator: CBinaryOperator, operands: Converted): Value {
  const { left, right, bits, isSigned } = operands;
  const number = (value: bigint): Value =>
    numberValue(target, { kind: 'integer', value, bits, isSigned });
  switch (operator) {
    case '+':
      return number(left + right);
    case '-':
      return number(left - right);
    case '*':
      return number(left * right);
    case '/':
    case '%':
      if (right === 0n) throw new LookupError('attempted to divide by zero');
      return number(operator === '/' ? left / right : left % right);
    case '&':
      return number(left & right);
    case '|':
      return number(left | right);
    case '^':
      return number(left ^ right);
    default:
      return truth(target, compare(operator, left, right));
  }
}

function onFloats(target: Target, operator: CBinaryOperator, a: CNumber, b: CNumber): Value {
  const left = Number(a.value);
  const right = Number(b.value);
  const number = (value: number): Value => numberValue(target, { kind: 'float', value });
  switch (operator) {
    case '+':
      return number(left + right);
    case '-':
      return number(left - right);
    case '*':
      return number(left * right);
    case '/':
      return number(left / right);
    case '%':
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>':
      throw new LookupError(`${operator} needs integers`);
    default:
      return truth(target, compare(operator, left, right));
  }
}

function shift(target: Target, operator: '<<' | '>>', a: CNumber, by: bigint): Value {
  if (a.kind === 'float') throw new LookupError(`${operator} needs integers`);
  if (by < 0n || by >= BigInt(a.bits))
    throw new LookupError(`a shift by ${by} is undefined for ${a.bits} bits`);
  return numberValue(target, { ...a, value: operator === '<<' ? a.value << by : a.value >> by });
}

function compare<T extends bigint | number>(operator: CBinaryOperator, left: T, right: T): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      throw new LookupError(`${operator} is no comparison`);
  }
}

/** Pointer plus integer, and the difference of two pointers; undefined for everything else. */
function pointerOperation(
  target: Target,
  operator: CBinaryOperator,
  left: Value,
  right: Value,
): Value | undefined {
  if (operator !== '+' && operator !== '-') return undefined;
  const leftTo = pointedType(left.type);
  const rightTo = pointedType(right.type);
  const size = (to: typeof leftTo): bigint => BigInt(Math.max(to?.size ?? 1, 1));
  if (leftTo && rightTo) {
    if (operator === '+') throw new LookupError("two pointers can't be added");
    if (leftTo.size !== rightTo.size)
      throw new LookupError(
        `pointers to ${typeName(leftTo)} and ${typeName(rightTo)} can't be subtracted`,
      );
    const bytes = BigInt.asIntN(64, word(target, left) - word(target, right));
    return integerValue(target, bytes / size(leftTo), integerTypeNamed('long'));
  }
  if (leftTo) {
    const by = word(target, right) * size(leftTo);
    return pointerValue(target, leftTo, word(target, left) + (operator === '+' ? by : -by));
  }
  if (!rightTo) return undefined;
  if (operator === '-') throw new LookupError("a pointer can't be subtracted from a number");
  return pointerValue(target, rightTo, word(target, right) + word(target, left) * size(rightTo));
}

function word(target: Target, value: Value): bigint {
  const number = numberOf(target, value);
  switch (number.kind) {
    case 'integer':
      return number.value;
    case 'float':
      throw new LookupError('pointer arithmetic needs integers');
    default:
      return unreachable(number);
  }
}
