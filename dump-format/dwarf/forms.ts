/** Attribute values by their form (DWARF 5, section 7.5.6): how long one is and what it says. */
import { DW_FORM } from './constants.ts';
import type { DwarfCursor } from './cursor.ts';

/** What decides the sizes of forms; the same for all entries of a unit. */
export interface UnitFormat {
  readonly version: number;
  /** Bytes of a section offset: 4 in 32-bit DWARF, 8 in 64-bit DWARF. */
  readonly offsetSize: 4 | 8;
  readonly addressSize: 4 | 8;
}

/** A value as it stands in the file; what needs another section is resolved by `Die`. */
export type FormValue =
  | { readonly kind: 'address'; readonly value: bigint }
  | { readonly kind: 'address-index'; readonly index: number }
  /** `isSigned` only if the form says so; the unsigned ones leave it to the type. */
  | { readonly kind: 'constant'; readonly value: bigint; readonly isSigned: boolean }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'block'; readonly bytes: Uint8Array; readonly isExpression: boolean }
  | { readonly kind: 'unit-reference'; readonly offset: number }
  | { readonly kind: 'section-reference'; readonly offset: number }
  | { readonly kind: 'signature'; readonly value: bigint }
  | { readonly kind: 'section-offset'; readonly offset: number }
  | { readonly kind: 'list-index'; readonly index: number }
  /** Text at an offset of that section, of the value's own one when undefined. */
  | { readonly kind: 'text'; readonly section: string | undefined; readonly offset: number }
  | { readonly kind: 'text-index'; readonly index: number }
  /** In a supplementary file, which we don't have. */
  | { readonly kind: 'foreign' };

/** Bytes of a form that is always as long, or -1 when the value itself must be read to know. */
export function fixedFormSize(form: number, format: UnitFormat): number {
  const size = constantSizes.get(form);
  if (size !== undefined) return size;
  switch (form) {
    case DW_FORM.addr:
      return format.addressSize;
    case DW_FORM.ref_addr:
      return format.version <= 2 ? format.addressSize : format.offsetSize;
    case DW_FORM.strp:
    case DW_FORM.line_strp:
    case DW_FORM.strp_sup:
    case DW_FORM.sec_offset:
    case DW_FORM.GNU_ref_alt:
    case DW_FORM.GNU_strp_alt:
      return format.offsetSize;
    default:
      return -1;
  }
}

/** Moves over a value. @throws FormatError at the end of the unit, or for a form that is not known */
export function skipForm(cursor: DwarfCursor, form: number, format: UnitFormat): void {
  const size = fixedFormSize(form, format);
  if (size >= 0) cursor.skip(size);
  else skipVariableForm(cursor, form, format);
}

function skipVariableForm(cursor: DwarfCursor, form: number, format: UnitFormat): void {
  switch (form) {
    case DW_FORM.udata:
    case DW_FORM.sdata:
    case DW_FORM.ref_udata:
    case DW_FORM.strx:
    case DW_FORM.addrx:
    case DW_FORM.loclistx:
    case DW_FORM.rnglistx:
    case DW_FORM.GNU_addr_index:
    case DW_FORM.GNU_str_index:
      while (cursor.u8() >= 0x80);
      return;
    case DW_FORM.string:
      while (cursor.u8() !== 0);
      return;
    case DW_FORM.indirect:
      return skipForm(cursor, indirectForm(cursor), format);
    default:
      readBlock(cursor, form);
  }
}

/**
 * Reads a value.
 *
 * @param constant value of `DW_FORM_implicit_const`
 * @throws FormatError at the end of the unit, or for a form that is not known
 */
export function readForm(
  cursor: DwarfCursor,
  form: number,
  constant: bigint,
  format: UnitFormat,
): FormValue {
  switch (form) {
    case DW_FORM.addr:
      return { kind: 'address', value: cursor.unsigned(format.addressSize) };
    case DW_FORM.indirect:
      return readForm(cursor, indirectForm(cursor), 0n, format);
    case DW_FORM.flag:
      return { kind: 'flag', value: cursor.u8() !== 0 };
    case DW_FORM.flag_present:
      return { kind: 'flag', value: true };
    case DW_FORM.implicit_const:
      return { kind: 'constant', value: constant, isSigned: true };
    case DW_FORM.sdata:
      return { kind: 'constant', value: cursor.slebBig(), isSigned: true };
    case DW_FORM.udata:
      return { kind: 'constant', value: cursor.ulebBig(), isSigned: false };
    case DW_FORM.data1:
    case DW_FORM.data2:
    case DW_FORM.data4:
    case DW_FORM.data8:
      return {
        kind: 'constant',
        value: cursor.unsigned(fixedFormSize(form, format)),
        isSigned: false,
      };
    case DW_FORM.sec_offset:
      return { kind: 'section-offset', offset: cursor.offset(format.offsetSize) };
    case DW_FORM.loclistx:
    case DW_FORM.rnglistx:
      return { kind: 'list-index', index: cursor.uleb() };
    default:
      return (
        readText(cursor, form, format) ??
        readReference(cursor, form, format) ??
        readIndex(cursor, form) ?? {
          kind: 'block',
          bytes: readBlock(cursor, form),
          isExpression: form === DW_FORM.exprloc,
        }
      );
  }
}

function readText(cursor: DwarfCursor, form: number, format: UnitFormat): FormValue | undefined {
  switch (form) {
    case DW_FORM.string: {
      const offset = cursor.position;
      while (cursor.u8() !== 0);
      return { kind: 'text', section: undefined, offset };
    }
    case DW_FORM.strp: {
      const offset = cursor.offset(format.offsetSize);
      return { kind: 'text', section: '.debug_str', offset };
    }
    case DW_FORM.line_strp: {
      const offset = cursor.offset(format.offsetSize);
      return { kind: 'text', section: '.debug_line_str', offset };
    }
    case DW_FORM.strp_sup:
    case DW_FORM.GNU_strp_alt:
      cursor.skip(format.offsetSize);
      return { kind: 'foreign' };
    default:
      return undefined;
  }
}

function readReference(
  cursor: DwarfCursor,
  form: number,
  format: UnitFormat,
): FormValue | undefined {
  switch (form) {
    case DW_FORM.ref1:
    case DW_FORM.ref2:
    case DW_FORM.ref4:
    case DW_FORM.ref8:
      return {
        kind: 'unit-reference',
        offset: Number(cursor.unsigned(fixedFormSize(form, format))),
      };
    case DW_FORM.ref_udata:
      return { kind: 'unit-reference', offset: cursor.uleb() };
    case DW_FORM.ref_addr:
      return {
        kind: 'section-reference',
        offset: Number(cursor.unsigned(fixedFormSize(form, format))),
      };
    case DW_FORM.ref_sig8:
      return { kind: 'signature', value: cursor.u64() };
    case DW_FORM.ref_sup4:
    case DW_FORM.ref_sup8:
    case DW_FORM.GNU_ref_alt:
      cursor.skip(fixedFormSize(form, format));
      return { kind: 'foreign' };
    default:
      return undefined;
  }
}

/** Indexes into the unit's part of `.debug_str_offsets` and `.debug_addr`. */
function readIndex(cursor: DwarfCursor, form: number): FormValue | undefined {
  switch (form) {
    case DW_FORM.strx:
    case DW_FORM.GNU_str_index:
      return { kind: 'text-index', index: cursor.uleb() };
    case DW_FORM.strx1:
      return { kind: 'text-index', index: cursor.u8() };
    case DW_FORM.strx2:
      return { kind: 'text-index', index: cursor.u16() };
    case DW_FORM.strx3:
      return { kind: 'text-index', index: cursor.u24() };
    case DW_FORM.strx4:
      return { kind: 'text-index', index: cursor.u32() };
    case DW_FORM.addrx:
    case DW_FORM.GNU_addr_index:
      return { kind: 'address-index', index: cursor.uleb() };
    case DW_FORM.addrx1:
      return { kind: 'address-index', index: cursor.u8() };
    case DW_FORM.addrx2:
      return { kind: 'address-index', index: cursor.u16() };
    case DW_FORM.addrx3:
      return { kind: 'address-index', index: cursor.u24() };
    case DW_FORM.addrx4:
      return { kind: 'address-index', index: cursor.u32() };
    default:
      return undefined;
  }
}

function readBlock(cursor: DwarfCursor, form: number): Uint8Array {
  switch (form) {
    case DW_FORM.block1:
      return cursor.bytes(cursor.u8());
    case DW_FORM.block2:
      return cursor.bytes(cursor.u16());
    case DW_FORM.block4:
      return cursor.bytes(cursor.u32());
    case DW_FORM.block:
    case DW_FORM.exprloc:
      return cursor.bytes(cursor.uleb());
    case DW_FORM.data16:
      return cursor.bytes(16);
    default:
      throw cursor.damage(`form 0x${form.toString(16)} is not known`);
  }
}

/** The form that `DW_FORM_indirect` announces; neither of the two that would need the abbreviation or never end. */
function indirectForm(cursor: DwarfCursor): number {
  const form = cursor.uleb();
  if (form === DW_FORM.indirect || form === DW_FORM.implicit_const)
    throw cursor.damage(`an indirect form 0x${form.toString(16)}`);
  return form;
}

const constantSizes: ReadonlyMap<number, number> = new Map([
  [DW_FORM.flag_present, 0],
  [DW_FORM.implicit_const, 0],
  [DW_FORM.data1, 1],
  [DW_FORM.data2, 2],
  [DW_FORM.data4, 4],
  [DW_FORM.data8, 8],
  [DW_FORM.data16, 16],
  [DW_FORM.flag, 1],
  [DW_FORM.ref1, 1],
  [DW_FORM.ref2, 2],
  [DW_FORM.ref4, 4],
  [DW_FORM.ref8, 8],
  [DW_FORM.ref_sig8, 8],
  [DW_FORM.ref_sup4, 4],
  [DW_FORM.ref_sup8, 8],
  [DW_FORM.strx1, 1],
  [DW_FORM.strx2, 2],
  [DW_FORM.strx3, 3],
  [DW_FORM.strx4, 4],
  [DW_FORM.addrx1, 1],
  [DW_FORM.addrx2, 2],
  [DW_FORM.addrx3, 3],
  [DW_FORM.addrx4, 4],
]);
