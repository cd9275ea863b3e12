/** Scalars of a dump as spans: integers, characters, enums, pointers, floats, and the few types mdb knows by name. */
import { strip, type BaseType, type CType } from '../../dump-format/ctype.ts';
import type { Span } from '../commands/command.ts';
import { formatAddress, formatFrame, symbolize, type CodePlace } from '../target/symbolize.ts';
import type { Target } from '../target/target.ts';
import { textBytesAt } from '../target/typed-value.ts';
import type { Value } from '../target/value.ts';
import { enumText } from './enums.ts';
import { escapeByte, escapeBytes, isText } from './escape.ts';
import { floatAt } from './floats.ts';
import { dottedQuad } from './network.ts';
import { decimalNumber, floatNumber, hexNumber, timeText } from './numbers.ts';
import type { PrintStyle } from './style.ts';

/** Bytes of text shown after a `char *`, as in mdb: 255, the last four ` ...` when there is more. */
export const pointedTextLimit = 255;

/** True for what one line says in full: everything but structs, unions and arrays. */
export function isScalar(type: CType): boolean {
  const { kind } = strip(type);
  return kind !== 'struct' && kind !== 'union' && kind !== 'array';
}

/** The text of a scalar. @throws FaultError when its bytes are absent */
export function scalarSpans(target: Target, value: Value, style: PrintStyle): readonly Span[] {
  return scalarPrinter(target, value.type, style)(value);
}

/** Text of values of one type. What the type alone decides is decided here: the printer may be kept for all of them. */
export function scalarPrinter(
  target: Target,
  declared: CType,
  style: PrintStyle,
): (value: Value) => readonly Span[] {
  const type = strip(declared);
  switch (type.kind) {
    case 'base':
      return basePrinter(target, declared, type, style);
    case 'enum':
      return (value) => number(enumText(type, value.signed(), style.integers));
    case 'pointer':
      return (value) => pointerSpans(target, value, style);
    case 'function':
      return (value) => [addressSpan(target, value.unsigned(), style)];
    default:
      return () => [{ kind: 'text', text: '' }];
  }
}

function number(text: string): readonly Span[] {
  return [{ kind: 'number', text }];
}

/** An address as a symbol where it is one and the style allows it, `0x` hexadecimal elsewhere. */
export function addressSpan(target: Target, address: bigint, style: PrintStyle): Span {
  const { symbolDistance: distance, radix } = style;
  const name = style.symbols ? symbolize(target.symbols, address, { distance, radix }) : undefined;
  if (name !== undefined && address !== 0n) return { kind: 'symbol', text: name, address };
  return { kind: 'address', text: hexNumber(address), address };
}

/** mdb's `%a` in the style's radix and distance. */
export function addressText(target: Target, address: bigint, style: PrintStyle): string {
  const { symbolDistance: distance, radix } = style;
  return formatAddress(target.symbols, address, { distance, radix });
}

/** The same for a frame: the function that called, even where the return address lies behind its end. */
export function frameText(target: Target, place: CodePlace, style: PrintStyle): string {
  const { symbolDistance: distance, radix } = style;
  return formatFrame(target.symbols, place, { distance, radix });
}

/** A `char` of any spelling; `unsigned char` is a number, as in mdb. */
export function isCharacter(type: CType): boolean {
  const base = strip(type);
  return (
    base.kind === 'base' &&
    base.size === 1 &&
    (base.encoding === 'signed-char' || base.name === 'char')
  );
}

/** True when a typedef on the way to the base type has this name. */
export function isNamed(type: CType, name: string): boolean {
  let current = type;
  for (let depth = 0; depth < 64; depth++) {
    switch (current.kind) {
      case 'typedef':
        if (current.name === name) return true;
        current = current.target;
        break;
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'atomic':
        current = current.target;
        break;
      default:
        return false;
    }
  }
  return false;
}

function basePrinter(
  target: Target,
  declared: CType,
  type: BaseType,
  style: PrintStyle,
): (value: Value) => readonly Span[] {
  if (type.encoding === 'float') return (value) => number(floatText(target, value, type));
  if (type.encoding === 'complex') return () => number(unsupportedFloat(type));
  const whole = wholePrinter(declared, type, style);
  return (value) =>
    value.bitField && isOddBitField(value.bitField)
      ? number(bitFieldText(value, type, style))
      : whole(value);
}

/** An integer of all its bytes. */
function wholePrinter(
  declared: CType,
  type: BaseType,
  style: PrintStyle,
): (value: Value) => readonly Span[] {
  if (isCharacter(declared))
    return (value) => [
      { kind: 'string', text: `'${escapeByte(Number(value.unsigned() & 0xffn))}'` },
    ];
  const isDecimal = style.integers === 'decimal';
  const plain = (value: Value): readonly Span[] => {
    if (type.size > 8) return number(wideText(value));
    return number(isDecimal ? decimalNumber(value.signed()) : hexNumber(value.unsigned()));
  };
  // Types that mdb prints by their name.
  if (style.integers === 'natural' && declared.kind !== 'base') {
    if (isNamed(declared, 'time_t'))
      return (value) => (value.unsigned() === 0n ? plain(value) : number(timeText(value.signed())));
    if (isNamed(declared, 'ipaddr_t') || isNamed(declared, 'in_addr_t'))
      return (value) => number(dottedQuad(value.bytes()));
  }
  return plain;
}

/** A bit-field that is no whole integer at a byte boundary. */
function isOddBitField(bitField: NonNullable<Value['bitField']>): boolean {
  return bitField.offsetBits % 8 !== 0 || ![8, 16, 32, 64].includes(bitField.sizeBits);
}

/** Unsigned bit-fields in hexadecimal, signed ones in decimal. */
function bitFieldText(value: Value, type: BaseType, style: PrintStyle): string {
  const isSigned = type.encoding === 'signed' || type.encoding === 'signed-char';
  const isDecimal = style.integers === 'decimal' || (isSigned && style.integers !== 'hex');
  return isDecimal ? decimalNumber(value.signed()) : hexNumber(value.unsigned());
}

/** `__int128` and the like: all bytes, most significant first. */
function wideText(value: Value): string {
  const digits = [...value.bytes()]
    .reverse()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .replace(/^0+/, '');
  return digits === '' ? '0' : `0x${digits}`;
}

function floatText(target: Target, value: Value, type: BaseType): string {
  const number = floatAt(value.bytes(), type.size, target.dump.byteOrder);
  if (number === undefined) return unsupportedFloat(type);
  return floatNumber(number, type.size > 8 ? 16 : 7);
}

function unsupportedFloat(type: BaseType): string {
  return `??? (unsupported FP format: ${type.name}, ${type.size} bytes)`;
}

function pointerSpans(target: Target, value: Value, style: PrintStyle): readonly Span[] {
  const address = value.unsigned();
  const span = addressSpan(target, address, style);
  const text = style.symbols && address !== 0n ? pointedText(target, value, address) : undefined;
  return text === undefined ? [span] : [span, { kind: 'string', text: ` "${text}"` }];
}

/** The text that a `char *` points to, escaped; undefined when it points to none. */
function pointedText(target: Target, value: Value, address: bigint): string | undefined {
  const type = strip(value.type);
  if (type.kind !== 'pointer' || !isCharacter(type.target) || isNamed(value.type, 'caddr_t'))
    return undefined;
  const bytes = textBytesAt(target.memory, address, pointedTextLimit);
  if (!bytes || bytes.length === 0 || !isText(bytes)) return undefined;
  if (bytes.length < pointedTextLimit) return escapeBytes(bytes);
  return `${escapeBytes(bytes.subarray(0, pointedTextLimit - 4))} ...`;
}
