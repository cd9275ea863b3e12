/** The head of a line of `::print`: address, type, name, width of a bit-field. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import type { Span } from '../commands/command.ts';
import { bitFieldTypeName, declaration, typeName } from '../target/type-names.ts';
import type { Value } from '../target/value.ts';
import type { PrintStyle } from './style.ts';

/** Blanks per level. */
export const indentStep = 4;

/** What one line of a printed object is about. */
export interface PrintItem {
  readonly value: Value;
  /** As the user wrote the path, the member's name, `<anon>`, or undefined for a whole object and an array element. */
  readonly name: string | undefined;
  /** Blanks before the line. */
  readonly indent: number;
  /** Aggregates around it. */
  readonly depth: number;
  /** What stands before the names of its own members: `p_lock.`; empty below the first level. */
  readonly prefix: string;
  /** After the closing bracket: `,` for an element of an array of records. */
  readonly suffix: string;
}

/** The head without the ` = `. Ends in no blank. */
export function headSpans({ value, name, indent }: PrintItem, style: PrintStyle): Span[] {
  const spans: Span[] = indent > 0 ? [{ kind: 'text', text: ' '.repeat(indent) }] : [];
  const address = style.addresses ? addressText(value) : undefined;
  const type = style.types === 'none' ? undefined : typeText(value, style);
  if (address !== undefined) {
    spans.push({
      kind: 'address',
      text: address,
      ...(value.address !== undefined && { address: value.address }),
    });
    if (type !== undefined || name !== undefined) spans.push({ kind: 'text', text: ' ' });
  }
  if (type !== undefined) {
    const separator = name === undefined ? '' : declaration(type, '').slice(type.length);
    spans.push({ kind: 'type', text: type + separator });
  }
  if (name !== undefined) {
    spans.push({ kind: 'member', text: name });
    if (type !== undefined && value.bitField)
      spans.push({ kind: 'text', text: ` :${value.bitField.sizeBits}` });
  }
  return spans;
}

/** True when `headSpans` gives more than blanks. */
export function hasHead({ name }: PrintItem, style: PrintStyle): boolean {
  return name !== undefined || style.addresses || style.types !== 'none';
}

/** The member's address without `0x`; of a bit-field, with the bit when it starts inside a byte. */
function addressText({ address, bitField }: Value): string | undefined {
  if (address === undefined) return undefined;
  if (!bitField) return address.toString(16);
  const byte = address + BigInt(Math.floor(bitField.offsetBits / 8));
  const bit = bitField.offsetBits % 8;
  return bit === 0 ? byte.toString(16) : `${byte.toString(16)}.${bit.toString(16)}`;
}

function typeText({ type, bitField }: Value, style: PrintStyle): string {
  const declared = bitField ? bitFieldTypeName(type, bitField.sizeBits) : typeName(type);
  if (style.types !== 'base' || bitField || isAnonymous(type)) return declared;
  const base = typeName(strip(type));
  return base === declared ? declared : `${declared} <<${base}>>`;
}

function isAnonymous(type: CType): boolean {
  const base = strip(type);
  return (
    (base.kind === 'struct' || base.kind === 'union' || base.kind === 'enum') &&
    base.name === undefined
  );
}
