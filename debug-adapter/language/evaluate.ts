/** The value of an expression: unsigned 64-bit arithmetic, symbols, variables and loads, by mdb's rules. */
import { FaultError, unreachable } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';
import type { BinaryExpression, Expression, LoadExpression, NameReference } from './ast.ts';
import { LineError } from './line-error.ts';
import { parseNumber } from './number.ts';

/** What an expression can refer to. */
export interface Scope {
  readonly target: Target;
  readonly dot: bigint;
  readonly increment: bigint;
  readonly recentAddress: bigint;
  readonly radix: number;
  readonly variables: { get(name: string): bigint | undefined };
}

/**
 * The value of an expression, unsigned.
 *
 * @throws LineError in mdb's words: unknown names, division by zero, loads that fault, digits outside the radix
 */
export function evaluate(expression: Expression, scope: Scope): bigint {
  switch (expression.kind) {
    case 'number':
      return atPlace(expression, () => parseNumber(expression.text, scope.radix));
    case 'character':
      return expression.value;
    case 'name':
      return nameValue(expression, scope);
    case 'variable': {
      const value = scope.variables.get(expression.name);
      if (value !== undefined) return value;
      throw new LineError(`variable '${expression.name}' is not defined`, {
        near: `<${expression.name}`,
        place: expression,
      });
    }
    case 'dot':
      return scope.dot;
    case 'next':
      return BigInt.asUintN(64, scope.dot + scope.increment);
    case 'previous':
      return BigInt.asUintN(64, scope.dot - scope.increment);
    case 'recent':
      return scope.recentAddress;
    case 'unary': {
      const value = evaluate(expression.operand, scope);
      if (expression.operator === '#') return value === 0n ? 1n : 0n;
      return BigInt.asUintN(64, expression.operator === '-' ? -value : ~value);
    }
    case 'load':
      return load(expression, scope);
    case 'binary':
      return binary(expression, scope);
    default:
      return unreachable(expression);
  }
}

function binary(expression: BinaryExpression, scope: Scope): bigint {
  const left = evaluate(expression.left, scope);
  const right = evaluate(expression.right, scope);
  switch (expression.operator) {
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '&':
      return left & right;
    case '==':
      return left === right ? 1n : 0n;
    case '!=':
      return left === right ? 0n : 1n;
    case '<<':
      return right >= 64n ? 0n : BigInt.asUintN(64, left << right);
    case '>>':
      return right >= 64n ? 0n : left >> right;
    case '-':
      return BigInt.asUintN(64, left - right);
    case '+':
      return BigInt.asUintN(64, left + right);
    case '*':
      return BigInt.asUintN(64, left * right);
    case '%':
      return divide(left, right, expression);
    case '#':
      return roundUp(left, right, expression);
    case '%%':
      if (right === 0n) throw arithmeticError(byZero, expression);
      return left % right;
    default:
      return unreachable(expression.operator);
  }
}

/** mdb's `%` is the division of signed numbers. */
function divide(left: bigint, right: bigint, expression: BinaryExpression): bigint {
  if (right === 0n) throw arithmeticError(byZero, expression);
  const dividend = BigInt.asIntN(64, left);
  const divisor = BigInt.asIntN(64, right);
  if (divisor === -1n && dividend === -(1n << 63n))
    throw arithmeticError('divide overflow', expression);
  return BigInt.asUintN(64, dividend / divisor);
}

/** `left` rounded up to a multiple of `right`. */
function roundUp(left: bigint, right: bigint, expression: BinaryExpression): bigint {
  if (right === 0n) throw arithmeticError(byZero, expression);
  const quotient = divide(BigInt.asUintN(64, left + right - 1n), right, expression);
  return BigInt.asUintN(64, quotient * right);
}

const byZero = 'attempted to divide by zero';

/** mdb has read one token more when it divides, and names that one. */
function arithmeticError(message: string, expression: BinaryExpression): LineError {
  const { lookahead } = expression;
  return new LineError(message, {
    ...(lookahead !== '' && { near: lookahead }),
    place: expression.right,
  });
}

/** Bytes that a cast letter loads; `l` is a pointer's size. */
const castSizes: Readonly<Record<string, 1 | 2 | 4 | 8>> = {
  c: 1,
  s: 2,
  i: 4,
  l: 8,
  1: 1,
  2: 2,
  4: 4,
  8: 8,
};

function load(expression: LoadExpression, scope: Scope): bigint {
  const size = expression.cast === undefined ? 8 : castSizes[expression.cast];
  if (size === undefined) {
    const sign = expression.space === 'core' ? '*' : '%';
    throw new LineError(`invalid cast -- ${sign}/${expression.cast ?? ''}/`, { place: expression });
  }
  const address = evaluate(expression.operand, scope);
  try {
    return readUnsigned(scope.target, address, size);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw new LineError(`failed to read from address ${address.toString(16)}: ${error.reason}`, {
      place: expression,
    });
  }
}

/** @throws FaultError */
function readUnsigned(target: Target, address: bigint, size: 1 | 2 | 4 | 8): bigint {
  switch (size) {
    case 1:
      return BigInt(target.memory.readU8(address));
    case 2:
      return BigInt(target.memory.readU16(address));
    case 4:
      return BigInt(target.memory.readU32(address));
    case 8:
      return target.memory.readU64(address);
    default:
      return unreachable(size);
  }
}

/** A symbol's address; digits that name no symbol are a number. */
function nameValue(expression: NameReference, scope: Scope): bigint {
  const { text } = expression;
  const mark = text.lastIndexOf('`');
  const symbol = scope.target.symbols.byName(mark < 0 ? text : text.slice(mark + 1));
  if (mark >= 0 && !isKnownObject(text.slice(0, mark), scope.target))
    throw new LineError('failed to dereference symbol: unknown object file name', {
      place: expression,
    });
  if (symbol !== undefined) return symbol.address;
  if (expression.mayBeNumber) return atPlace(expression, () => parseNumber(text, scope.radix));
  throw new LineError('failed to dereference symbol: unknown symbol name', {
    place: expression,
    hint: nearestSymbol(text, scope.target),
  });
}

/**
 * A dump of ours is one object. mdb users scope by the module they know the symbol from, so the usual names of a
 * kernel's primary object are taken for it; a source file may follow the object: ``a.out`main.c`static_fn``.
 */
function isKnownObject(scopeName: string, target: Target): boolean {
  const [object] = scopeName.split('`');
  const names = ['unix', 'genunix', 'kernel', 'a.out', target.dump.name, target.kernel?.name];
  return object !== undefined && object !== '' && names.includes(object);
}

/** Symbols that share the longest beginning, for a hint. */
function nearestSymbol(name: string, target: Target): string | undefined {
  for (let length = name.length; length >= Math.max(3, name.length - 3); length--) {
    const found = target.symbols.withPrefix(name.slice(0, length), 3);
    if (found.length > 0) return `did you mean ${found.join(', ')}?`;
  }
  return undefined;
}

/** Gives an error of a literal the place where the literal stands. */
function atPlace(
  place: { readonly start: number; readonly end: number },
  read: () => bigint,
): bigint {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    throw new LineError(error.message, { place });
  }
}
