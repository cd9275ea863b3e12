/** `::printf`: mdb's format conversions over typed members. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';
import { formatAddress, symbolize, withPrefix } from '../target/symbolize.ts';
import type { Value } from '../target/value.ts';
import { enumNames } from './enums.ts';
import { escapeControls } from './escape.ts';
import { dottedQuad, ipv6Text } from './network.ts';
import { hexNumber, sizeText, timeText } from './numbers.ts';

/** Columns a width may ask for. */
export const widthLimit = 4096;

/** Characters of a string that is printed. */
const stringLimit = 1024;

/** Digits of a pointer: what `?` as a width means. */
const pointerDigits = 16;

export type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'conversion';
      readonly letter: string;
      readonly width: number;
      readonly isLeft: boolean;
      readonly isZeroFilled: boolean;
      readonly isAlternate: boolean;
    };

/** Takes a format apart. @throws UsageError in mdb's words */
export function parseFormat(format: string): readonly FormatPart[] {
  const parts: FormatPart[] = [];
  const pattern = /%([-#0]*)(\?|\d*)(l{0,2})(.?)|[^%]+/gsu;
  for (const match of format.matchAll(pattern)) {
    const [whole, flags, width = '', , letter] = match;
    if (flags === undefined) {
      parts.push({ kind: 'text', text: whole });
    } else if (letter === '%') {
      parts.push({ kind: 'text', text: '%' });
    } else if (letter === undefined || letter === '' || !'aApdqRuoxXrHINsY'.includes(letter)) {
      const position = match.index + whole.length;
      throw new UsageError(
        `illegal format string at or near '${letter ?? ''}' (position ${position})`,
      );
    } else {
      parts.push({
        kind: 'conversion',
        letter,
        width: width === '?' ? pointerDigits : Math.min(Number(width), widthLimit),
        isLeft: flags.includes('-'),
        isZeroFilled: flags.includes('0'),
        isAlternate: flags.includes('#'),
      });
    }
  }
  return parts;
}

/** How many members a format takes. */
export function conversionCount(parts: readonly FormatPart[]): number {
  return parts.filter((part) => part.kind === 'conversion').length;
}

/**
 * The text of a format over its values, one per conversion.
 *
 * @param radix of `%r` and `%R`
 * @throws LookupError when a value has the wrong kind of type for its conversion
 * @throws FaultError when a value is absent
 */
export function formatValues(
  target: Target,
  parts: readonly FormatPart[],
  values: readonly Value[],
  radix: number,
): string {
  let text = '';
  let next = 0;
  for (const part of parts) {
    if (part.kind === 'text') {
      text += part.text;
      continue;
    }
    const value = values[next++];
    if (!value) throw new LookupError('missing format specifiers');
    text += pad(convert(target, part.letter, part.isAlternate, value, radix), part);
  }
  return text;
}

function pad(text: string, part: Extract<FormatPart, { kind: 'conversion' }>): string {
  if (part.isLeft) return text.padEnd(part.width);
  if (!part.isZeroFilled || part.letter === 's') return text.padStart(part.width);
  const sign = /^-/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(part.width - sign.length, '0');
}

function convert(
  target: Target,
  letter: string,
  isAlternate: boolean,
  value: Value,
  radix: number,
): string {
  switch (letter) {
    case 'a':
      return formatAddress(target.symbols, pointer(value));
    case 'A':
      return symbolize(target.symbols, pointer(value)) ?? '';
    case 'p':
      return pointer(value).toString(16);
    case 'd':
      return prefixed(integer(value, 'signed'), 10, isAlternate);
    case 'q':
      return prefixed(integer(value, 'signed'), 8, isAlternate);
    case 'R':
      return prefixed(integer(value, 'signed'), radix, isAlternate);
    case 'u':
      return prefixed(integer(value, 'unsigned'), 10, isAlternate);
    case 'o':
      return prefixed(integer(value, 'unsigned'), 8, isAlternate);
    case 'x':
    case 'X': {
      const number = integer(value, 'unsigned');
      const text = isAlternate ? hexNumber(number) : number.toString(16);
      return letter === 'X' ? text.toUpperCase() : text;
    }
    case 'r':
      return prefixed(integer(value, 'unsigned'), radix, isAlternate);
    case 'H':
      return sizeText(integer(value, 'unsigned'));
    case 'Y':
      return timeText(integer(value, 'signed'));
    case 'I':
      return internetAddress(value, 4);
    case 'N':
      return internetAddress(value, 16);
    default:
      return stringOf(value);
  }
}

function prefixed(value: bigint, radix: number, isAlternate: boolean): string {
  if (value < 0n) return `-${prefixed(-value, radix, isAlternate)}`;
  if (!isAlternate) return value.toString(radix);
  if (radix === 8) return value === 0n ? '0' : `0${value.toString(8)}`;
  return withPrefix(value, radix);
}

/** Pointers, and whole objects by their address (`.`). */
function pointer(value: Value): bigint {
  const { kind } = strip(value.type);
  if (kind === 'pointer' || kind === 'function') return value.unsigned();
  if (kind === 'struct' || kind === 'union' || kind === 'array') return addressOf(value);
  throw new LookupError('expected pointer type');
}

function addressOf(value: Value): bigint {
  if (value.address === undefined) throw new LookupError('value has no address');
  return value.address;
}

function integer(value: Value, sign: 'signed' | 'unsigned'): bigint {
  const type = strip(value.type);
  const isInteger =
    type.kind === 'enum' ||
    type.kind === 'pointer' ||
    (type.kind === 'base' && type.encoding !== 'float' && type.encoding !== 'complex');
  if (!isInteger) throw new LookupError('expected integer type');
  return sign === 'signed' ? value.signed() : value.unsigned();
}

function internetAddress(value: Value, size: 4 | 16): string {
  if (value.type.size !== size)
    throw new LookupError(size === 4 ? 'expected 32-bit type' : 'expected type of 16 bytes');
  const bytes = value.bytes();
  return size === 4 ? dottedQuad(bytes) : ipv6Text(bytes);
}

function stringOf(value: Value): string {
  const type = strip(value.type);
  if (type.kind === 'enum') {
    const number = value.signed();
    return enumNames(type, number) ?? `<${number}>`;
  }
  const element = type.kind === 'pointer' ? type.target : type.kind === 'array' && type.element;
  if (!element || !isByte(element)) throw new LookupError('expected string or enum type');
  if (type.kind === 'pointer' && value.unsigned() === 0n) return '<NULL>';
  return escapeControls(value.text(stringLimit) ?? '<no mapping for address>');
}

function isByte(type: CType): boolean {
  const base = strip(type);
  return base.kind === 'base' && base.size === 1;
}
