/** Literals of C. */
import type { CNode } from './c-ast.ts';
import { LineError } from './line-error.ts';

const wordLimit = 1n << 64n;

/** An integer or a floating-point number. Source: C11, 6.4.4.1 and 6.4.4.2. @throws LineError */
export function readNumber(text: string): CNode {
  // The grammar takes a sign into the literal where nothing stands before it.
  const sign = /^[-+]/.exec(text)?.[0];
  if (sign === '-' || sign === '+')
    return { kind: 'unary', operator: sign, operand: readNumber(text.slice(1).trim()) };
  const plain = text.replaceAll("'", '').toLowerCase();
  const match = /^(0x[\da-f]+|0b[01]+|\d+)(u?l{0,2}|l{1,2}u)$/.exec(plain);
  if (!match) return readFloat(plain, text);
  const [, digits = '', suffix = ''] = match;
  const isDecimal = !/^0./.test(digits);
  const value = /^0\d/.test(digits) ? readOctal(digits, text) : BigInt(digits);
  if (value >= wordLimit) throw new LineError(`${text} does not fit in 64 bits`);
  return { kind: 'integer', value, type: integerType(value, isDecimal, suffix) };
}

/** The first type that holds the value: decimal ones without a `u` stay signed as long as they can. */
function integerType(value: bigint, isDecimal: boolean, suffix: string): string {
  const isUnsigned = suffix.includes('u');
  const isLong = suffix.includes('l');
  if (!isUnsigned && !isLong && value < 1n << 31n) return 'int';
  if (!isLong && (isUnsigned || !isDecimal) && value < 1n << 32n) return 'unsigned int';
  if (!isUnsigned && value < 1n << 63n) return 'long';
  return 'unsigned long';
}

function readOctal(digits: string, text: string): bigint {
  if (!/^[0-7]+$/.test(digits)) throw new LineError(`invalid octal number ${text}`);
  return BigInt(`0o${digits}`);
}

function readFloat(plain: string, text: string): CNode {
  const match = /^((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)[fl]?$/.exec(plain);
  const value = match ? Number(match[1]) : Number.NaN;
  if (Number.isNaN(value)) throw new LineError(`invalid number ${text}`);
  return { kind: 'float', value };
}

/** A character constant: an `int`. @throws LineError */
export function readCharacter(text: string): CNode {
  const match = /^(?:L|u8|u|U)?'(.*)'$/s.exec(text);
  const codes = match ? [...unescape(match[1] ?? '')] : [];
  if (codes.length !== 1) throw new LineError(`invalid character constant ${text}`);
  const code = codes[0]?.codePointAt(0) ?? 0;
  const value = code > 0x7f && code < 0x100 ? BigInt(code) - 0x100n : BigInt(code);
  return { kind: 'integer', value: BigInt.asUintN(32, value), type: 'int' };
}

/** The text of a string literal. */
export function readString(text: string): string {
  return unescape(text.replace(/^(?:L|u8|u|U)?"/, '').replace(/"$/, ''));
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescape(text: string): string {
  return text.replace(/\\(x[\da-fA-F]+|[0-7]{1,3}|.)/gs, (_, escape: string) => {
    if (escape.length > 1 && escape.startsWith('x'))
      return String.fromCharCode(Number.parseInt(escape.slice(1), 16) & 0xff);
    if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8) & 0xff);
    return simpleEscapes[escape] ?? escape;
  });
}
