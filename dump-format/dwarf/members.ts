/** What stands inside a type's entry: members and their bit-fields, enumerators, array dimensions, base encodings. */
import type { BaseType, CType, EnumType, Member } from '../ctype.ts';
import { DW_AT, DW_ATE, DW_OP, DW_TAG } from './constants.ts';
import { DwarfCursor, sectionBytes } from './cursor.ts';
import type { Die } from './die.ts';
import { lazy } from './lazy.ts';

/** Dimensions of an array. */
export const dimensionLimit = 64;

/** Members in declaration order; static members of C++ and base classes are none. */
export function readMembers(record: Die, typeOf: (die: Die) => CType): readonly Member[] {
  const members: Member[] = [];
  for (const die of record.children()) {
    const isStatic = die.has(DW_AT.declaration) || die.has(DW_AT.external);
    if (die.tag === DW_TAG.member && !isStatic) members.push(readMember(die, typeOf));
  }
  return members;
}

function readMember(die: Die, typeOf: (die: Die) => CType): Member {
  const type = lazy(() => typeOf(die));
  const bitField = readBitField(die, type);
  return {
    name: die.text(DW_AT.name),
    get type() {
      return type();
    },
    offset: bitField ? Math.floor(bitField.offsetBits / 8) : memberOffset(die),
    ...(bitField && { bitField }),
  };
}

/** `DW_AT_data_member_location`: a constant, or in DWARF 2 an expression that adds one. */
function memberOffset(die: Die): number {
  const offset = die.number(DW_AT.data_member_location);
  if (offset !== undefined) return offset;
  const value = die.value(DW_AT.data_member_location);
  if (value?.kind !== 'block' || value.bytes[0] !== DW_OP.plus_uconst) return 0;
  const section = sectionBytes(die.units.file.sections, 'DW_AT_data_member_location', value.bytes);
  return new DwarfCursor(section, 1).uleb();
}

function readBitField(die: Die, type: () => CType): Member['bitField'] {
  const sizeBits = die.number(DW_AT.bit_size);
  if (sizeBits === undefined) return undefined;
  const offsetBits = die.number(DW_AT.data_bit_offset);
  if (offsetBits !== undefined) return { offsetBits, sizeBits };
  const unitOffsetBits = memberOffset(die) * 8;
  const bitOffset = die.constant(DW_AT.bit_offset);
  if (bitOffset === undefined) return { offsetBits: unitOffsetBits, sizeBits };
  // DWARF 2 and 3 count from the most significant bit of a storage unit; a field that straddles it has a negative offset.
  const fromTop = Number(BigInt.asIntN(64, bitOffset));
  if (die.units.file.sections.byteOrder === 'big')
    return { offsetBits: unitOffsetBits + fromTop, sizeBits };
  const unitBits = (byteSize(die) || type().size) * 8;
  return { offsetBits: unitOffsetBits + unitBits - fromTop - sizeBits, sizeBits };
}

/** Enumerators in order. Constants without a sign of their own are not negative: gcc writes negative ones signed. */
export function readEnumerators(die: Die): EnumType['enumerators'] {
  const enumerators: { name: string; value: bigint }[] = [];
  for (const child of die.children()) {
    if (child.tag !== DW_TAG.enumerator) continue;
    const value = child.constant(DW_AT.const_value) ?? 0n;
    enumerators.push({ name: child.text(DW_AT.name) ?? '', value });
  }
  return enumerators;
}

/** Elements of each dimension, outermost first; undefined where the count is open or computed at run time. */
export function readDimensions(die: Die): readonly (number | undefined)[] {
  const dimensions: (number | undefined)[] = [];
  for (const child of die.children()) {
    if (child.tag !== DW_TAG.subrange_type && child.tag !== DW_TAG.enumeration_type) continue;
    if (dimensions.length === dimensionLimit) break;
    dimensions.push(dimension(child));
  }
  return dimensions.length > 0 ? dimensions : [undefined];
}

function dimension(die: Die): number | undefined {
  const count = die.number(DW_AT.count);
  if (count !== undefined) return count < 0 ? undefined : count;
  const bound = die.value(DW_AT.upper_bound);
  if (bound?.kind !== 'constant') return undefined;
  // An array of no elements has the bound -1, which some compilers write without a sign.
  const upper = bound.value === 0xffffffffn ? -1n : BigInt.asIntN(64, bound.value);
  const elements = Number(upper) - (die.number(DW_AT.lower_bound) ?? 0) + 1;
  return Number.isSafeInteger(elements) && elements >= 0 ? elements : undefined;
}

/** Bytes of a type; 0 when its entry does not say, or says what can't be. */
export function byteSize(die: Die): number {
  return Math.max(0, die.number(DW_AT.byte_size) ?? 0);
}

/** A `DW_TAG_base_type`. Encodings that C lacks are shown as the bits that they are. */
export function baseType(die: Die): BaseType {
  const size = byteSize(die);
  const encoding = die.number(DW_AT.encoding) ?? 0;
  const known = encodings.get(encoding);
  const fallback = size === 1 ? 'unsigned-char' : 'unsigned';
  return { kind: 'base', name: die.text(DW_AT.name) ?? '', size, encoding: known ?? fallback };
}

/** Whether a number of that `DW_AT_encoding` has a sign. */
export function isSignedEncoding(encoding: number): boolean {
  return encoding === DW_ATE.signed || encoding === DW_ATE.signed_char;
}

const encodings: ReadonlyMap<number, BaseType['encoding']> = new Map([
  [DW_ATE.boolean, 'boolean'],
  [DW_ATE.complex_float, 'complex'],
  [DW_ATE.float, 'float'],
  [DW_ATE.signed, 'signed'],
  [DW_ATE.signed_char, 'signed-char'],
  [DW_ATE.unsigned, 'unsigned'],
  [DW_ATE.unsigned_char, 'unsigned-char'],
]);
