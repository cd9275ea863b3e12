/** The letters of mdb's format verbs: how many bytes each takes and how it prints them. `::formats` lists them. */

/** What prints a value of `size` bytes. */
export interface NumericLetter {
  readonly kind: 'numeric';
  readonly size: 1 | 2 | 4 | 8;
  readonly help: string;
  /** The text and the width it is padded to. `value` is unsigned, of `size` bytes. */
  print(value: bigint, style: LetterStyle): { readonly text: string; readonly width: number };
  /** What the text is about. */
  readonly spanKind: 'number' | 'symbol' | 'text';
}

/** Letters that need memory, a cursor or lines of their own; `format.ts` does them. */
export interface SpecialLetter {
  readonly kind: 'special';
  readonly size: number | 'variable' | undefined;
  readonly help: string;
}

export type FormatLetter = NumericLetter | SpecialLetter;

/** What a letter's text depends on beside the value. */
export interface LetterStyle {
  readonly radix: number;
  /** mdb's `%a`. */
  formatAddress(address: bigint): string;
}

/** By letter, in the order of `::formats`. */
export const formatLetters: ReadonlyMap<string, FormatLetter> = new Map<string, FormatLetter>([
  ['+', special('increment dot by the count', 'variable')],
  ['-', special('decrement dot by the count', 'variable')],
  ['B', hexadecimal(1, 'hexadecimal int')],
  ['C', special('character using C character notation', 1)],
  ['D', signed(4, 16, 'decimal signed int')],
  ['E', unsigned(8, 21, 'decimal unsigned long long')],
  ['F', numeric(8, 'double', 0, (value) => floatText(doubleOf(value), 16))],
  ['G', octal(8, 23, 'octal unsigned long long')],
  ['H', swapped(4, 'swap bytes and shorts')],
  ['I', special('address and disassembled instruction', 'variable')],
  ['J', wide('hexadecimal long long')],
  ['K', wide('hexadecimal uintptr_t')],
  ['L', special('match int', 4)],
  ['M', special('match long long', 8)],
  ['N', special('newline', undefined)],
  ['O', octal(4, 16, 'octal unsigned int')],
  ['P', symbol()],
  ['Q', octalSigned(4, 16, 'octal signed int')],
  ['R', numeric(8, 'binary int', 64, (value) => value.toString(2))],
  ['S', special('string using C string notation', 'variable')],
  ['T', special('horizontal tab', undefined)],
  ['U', unsigned(4, 16, 'decimal unsigned int')],
  ['V', unsigned(1, 8, 'decimal unsigned int')],
  ['W', inRadix(4, 16, 'default radix unsigned int')],
  ['X', hexadecimal(4, 'hexadecimal int')],
  ['Y', numeric(4, 'decoded time32_t', 24, (value) => timeText(BigInt.asIntN(32, value)) ?? '')],
  ['Z', wide('hexadecimal long long')],
  ['^', special('decrement dot by increment * count', 'variable')],
  ['a', special('dot as symbol+offset', undefined)],
  ['b', octal(1, 8, 'octal unsigned int')],
  ['c', special('character', 1)],
  ['d', signed(2, 8, 'decimal signed short')],
  ['e', signed(8, 21, 'decimal signed long long')],
  ['f', numeric(4, 'float', 0, (value) => floatText(singleOf(value), 7))],
  ['g', octalSigned(8, 23, 'octal signed long long')],
  ['h', swapped(2, 'swap bytes')],
  ['i', special('disassembled instruction', 'variable')],
  ['j', special('hexadecimal and annotated binary', 8)],
  ['l', special('match short', 2)],
  ['n', special('newline', undefined)],
  ['o', octal(2, 8, 'octal unsigned short')],
  ['p', symbol()],
  ['q', octalSigned(2, 8, 'octal signed short')],
  ['r', special('whitespace', undefined)],
  ['s', special('raw string', 'variable')],
  ['t', special('horizontal tab', undefined)],
  ['u', unsigned(2, 8, 'decimal unsigned short')],
  ['v', signed(1, 8, 'decimal signed int')],
  ['w', inRadix(2, 8, 'default radix unsigned short')],
  ['x', hexadecimal(2, 'hexadecimal short')],
  ['y', numeric(8, 'decoded time64_t', 24, time64)],
]);

/** Letters that write memory when they stand right behind a verb, and what they write. */
export const writeLetters: ReadonlyMap<string, 1 | 2 | 4 | 8> = new Map([
  ['v', 1],
  ['w', 2],
  ['W', 4],
  ['Z', 8],
]);

/** Bytes of what the match letters look for. */
export const matchLetters: ReadonlyMap<string, 2 | 4 | 8> = new Map([
  ['l', 2],
  ['L', 4],
  ['M', 8],
]);

/** mdb's `%Y`, in UTC: `2020 Apr 16 19:19:12`; undefined outside the calendar. */
export function timeText(seconds: bigint): string | undefined {
  const limit = 8_640_000_000_000n;
  if (seconds > limit || seconds < -limit) return undefined;
  const date = new Date(Number(seconds) * 1000);
  if (date.getUTCFullYear() > 9999 || date.getUTCFullYear() < 0) return undefined;
  const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';
  const month = months.slice(date.getUTCMonth() * 3, date.getUTCMonth() * 3 + 3);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${date.getUTCFullYear()} ${month} ${String(date.getUTCDate()).padStart(2, ' ')} ${clock}`;
}

/** mdb's `%e` and `%g`: a sign, one digit, the fraction, an exponent of two digits at least. */
export function floatText(value: number, fractionDigits: 7 | 16): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '+';
  if (!Number.isFinite(value)) return `${sign}Inf`;
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential(fractionDigits).split('e');
  return `${sign}${mantissa}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, '0')}`;
}

/** Characters in C notation, one byte each: `\n`, `\0`, `\252`. */
export function cEscape(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte >= 0x20 && byte < 0x7f && byte !== 0x5c) text += String.fromCharCode(byte);
    else text += cNames.get(byte) ?? `\\${byte.toString(8)}`;
  }
  return text;
}

const cNames: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x5c, '\\\\'],
]);

function special(help: string, size: SpecialLetter['size']): SpecialLetter {
  return { kind: 'special', size, help };
}

function numeric(
  size: NumericLetter['size'],
  help: string,
  width: number,
  text: (value: bigint, style: LetterStyle) => string,
): NumericLetter {
  const print: NumericLetter['print'] = (value, style) => ({ text: text(value, style), width });
  return { kind: 'numeric', size, help, print, spanKind: 'number' };
}

function hexadecimal(size: 1 | 2 | 4, help: string): NumericLetter {
  return numeric(size, help, size === 4 ? 16 : 8, (value) => value.toString(16));
}

/** Sixteen digits need a column more, or they would touch the next item. */
function wide(help: string): NumericLetter {
  const print: NumericLetter['print'] = (value) => ({
    text: value.toString(16),
    width: value >> 60n === 0n ? 16 : 17,
  });
  return { kind: 'numeric', size: 8, help, print, spanKind: 'number' };
}

function signed(size: NumericLetter['size'], width: number, help: string): NumericLetter {
  return numeric(size, help, width, (value) => BigInt.asIntN(size * 8, value).toString());
}

function unsigned(size: NumericLetter['size'], width: number, help: string): NumericLetter {
  return numeric(size, help, width, (value) => value.toString());
}

/** A leading zero marks the base, but for the 64-bit letters, whose columns have no room for it. */
function octal(size: NumericLetter['size'], width: number, help: string): NumericLetter {
  const prefix = size === 8 ? '' : '0';
  return numeric(size, help, width, (value) =>
    value === 0n ? '0' : `${prefix}${value.toString(8)}`,
  );
}

function octalSigned(size: NumericLetter['size'], width: number, help: string): NumericLetter {
  const prefix = size === 8 ? '' : '0';
  return numeric(size, help, width, (value) => {
    const number = BigInt.asIntN(size * 8, value);
    if (number === 0n) return '0';
    return number < 0n ? `-${prefix}${(-number).toString(8)}` : `${prefix}${number.toString(8)}`;
  });
}

function inRadix(size: NumericLetter['size'], width: number, help: string): NumericLetter {
  return numeric(size, help, width, (value, style) => value.toString(style.radix));
}

function swapped(size: 2 | 4, help: string): NumericLetter {
  return numeric(size, help, size === 4 ? 16 : 8, (value) => {
    let result = 0n;
    for (let index = 0; index < size; index++)
      result = (result << 8n) | ((value >> BigInt(8 * index)) & 0xffn);
    return result.toString(16);
  });
}

function symbol(): NumericLetter {
  const print: NumericLetter['print'] = (value, style) => ({
    text: style.formatAddress(value),
    width: 19,
  });
  return { kind: 'numeric', size: 8, help: 'symbol', print, spanKind: 'symbol' };
}

/** What is no date is printed as a signed number. */
function time64(value: bigint, style: LetterStyle): string {
  const seconds = BigInt.asIntN(64, value);
  return timeText(seconds) ?? seconds.toString(style.radix);
}

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function singleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, Number(bits));
  return view.getFloat32(0);
}
