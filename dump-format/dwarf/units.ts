/** Units of `.debug_info` and `.debug_types`: their headers, abbreviations, and the bases that their indexed forms count from. */
import { FormatError } from '../errors.ts';
import { readAbbreviations } from './abbreviations.ts';
import type { Abbreviation, AbbreviationTable } from './abbreviations.ts';
import { Budget } from './budget.ts';
import { DW_AT, DW_UT } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import type { SectionBytes } from './cursor.ts';
import type { DwarfFile } from './file.ts';
import { readForm, skipForm } from './forms.ts';
import type { FormValue, UnitFormat } from './forms.ts';

/** One unit. Offsets are into its section; `base` + offset is a key, unique over both sections. */
export interface Unit extends UnitFormat {
  readonly section: SectionBytes;
  readonly base: number;
  /** Of the header. */
  readonly offset: number;
  readonly firstEntry: number;
  /** One past the last byte. */
  readonly end: number;
  readonly abbreviationsOffset: number;
  /** Of a type unit: what `DW_FORM_ref_sig8` names it by, and the offset of the type from the header. */
  readonly type: { readonly signature: bigint; readonly offset: number } | undefined;
}

/** Where the indexed forms of a unit count from: offsets into the sections of those names. */
export interface UnitBases {
  readonly stringOffsets: number;
  readonly addresses: number;
  readonly rangeLists: number | undefined;
  readonly locationLists: number | undefined;
  /** `DW_AT_low_pc` of the unit: what offsets in its range and location lists are relative to. */
  readonly lowAddress: bigint;
}

/** All units of a file, in order of their keys. */
export class Units {
  readonly file: DwarfFile;
  private scanned: readonly Unit[] | undefined;
  private bySignature: Map<bigint, Unit> | undefined;
  private readonly tables = new Map<number, AbbreviationTable | FormatError>();
  private readonly basesOf = new Map<Unit, UnitBases>();
  private abbreviationBudget: Budget | undefined;

  constructor(file: DwarfFile) {
    this.file = file;
  }

  all(): readonly Unit[] {
    this.scanned ??= scanUnits(this.file);
    return this.scanned;
  }

  /** The unit that holds a key. */
  at(key: number): Unit | undefined {
    return this.all()[this.indexAt(key)];
  }

  /** Its index in `all()`; -1 when no unit holds the key. */
  indexAt(key: number): number {
    const units = this.all();
    let low = 0;
    let high = units.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const unit = units[middle];
      if (unit && unit.base + unit.offset <= key) low = middle + 1;
      else high = middle;
    }
    const unit = units[low - 1];
    return unit && key < unit.base + unit.end ? low - 1 : -1;
  }

  /** The type unit that a `DW_FORM_ref_sig8` means. */
  withSignature(signature: bigint): Unit | undefined {
    if (!this.bySignature) {
      this.bySignature = new Map();
      for (const unit of this.all()) if (unit.type) this.bySignature.set(unit.type.signature, unit);
    }
    return this.bySignature.get(signature);
  }

  /** @throws FormatError if the table is damaged */
  abbreviations(unit: Unit): AbbreviationTable {
    const offset = unit.abbreviationsOffset;
    let table = this.tables.get(offset);
    if (!table) {
      table = this.readTable(offset);
      this.tables.set(offset, table);
    }
    if (table instanceof FormatError) throw table;
    return table;
  }

  /** A damaged table is remembered as its error, so that it is read once. */
  private readTable(offset: number): AbbreviationTable | FormatError {
    const section = this.file.requiredSection('.debug_abbrev');
    // Units share tables or have their own; only a hostile file has many that overlap.
    this.abbreviationBudget ??= new Budget(
      16 * section.bytes.length + 4096,
      `${section.name}: its tables overlap one another too often`,
    );
    try {
      return readAbbreviations(section, offset, this.abbreviationBudget);
    } catch (error) {
      if (error instanceof FormatError) return error;
      throw error;
    }
  }

  /** @throws FormatError if the first entry of the unit is damaged */
  bases(unit: Unit): UnitBases {
    const known = this.basesOf.get(unit);
    if (known) return known;
    const bases = this.readBases(unit);
    this.basesOf.set(unit, bases);
    return bases;
  }

  /** Entry `index` of the unit's part of `.debug_addr`. */
  indexedAddress(unit: Unit, index: number): bigint {
    return this.addressAt(unit, this.bases(unit).addresses, index);
  }

  private addressAt(unit: Unit, base: number, index: number): bigint {
    const section = this.file.requiredSection('.debug_addr');
    return new DwarfCursor(section, base + index * unit.addressSize).unsigned(unit.addressSize);
  }

  private readBases(unit: Unit): UnitBases {
    const values = this.rootValues(unit);
    // GNU's split DWARF 4 counts from the start of the section, DWARF 5 from behind the header of the first part.
    const header = unit.version >= 5 ? 2 * unit.offsetSize : 0;
    const addresses =
      sectionOffset(values.get(DW_AT.addr_base) ?? values.get(DW_AT.GNU_addr_base)) ?? header;
    return {
      stringOffsets: sectionOffset(values.get(DW_AT.str_offsets_base)) ?? header,
      addresses,
      rangeLists: sectionOffset(values.get(DW_AT.rnglists_base)),
      locationLists: sectionOffset(values.get(DW_AT.loclists_base)),
      lowAddress: this.lowAddress(unit, values.get(DW_AT.low_pc), addresses),
    };
  }

  private lowAddress(unit: Unit, value: FormValue | undefined, addresses: number): bigint {
    if (value?.kind === 'address') return value.value;
    if (value?.kind === 'address-index') return this.addressAt(unit, addresses, value.index);
    return 0n;
  }

  /** Attributes of the unit's first entry that bases are made of. */
  private rootValues(unit: Unit): Map<number, FormValue> {
    const cursor = new DwarfCursor(unit.section, unit.firstEntry, unit.end);
    const values = new Map<number, FormValue>();
    const abbreviation = cursor.isAtEnd ? undefined : this.abbreviation(unit, cursor.uleb());
    for (const [index, attribute] of (abbreviation?.attributes ?? []).entries()) {
      const form = abbreviation?.forms[index] ?? 0;
      if (baseAttributes.has(attribute)) values.set(attribute, readForm(cursor, form, 0n, unit));
      else skipForm(cursor, form, unit);
    }
    return values;
  }

  private abbreviation(unit: Unit, code: number): Abbreviation | undefined {
    return this.abbreviations(unit).get(code);
  }
}

const baseAttributes: ReadonlySet<number> = new Set([
  DW_AT.low_pc,
  DW_AT.str_offsets_base,
  DW_AT.addr_base,
  DW_AT.GNU_addr_base,
  DW_AT.rnglists_base,
  DW_AT.loclists_base,
]);

function sectionOffset(value: FormValue | undefined): number | undefined {
  if (value?.kind === 'section-offset') return value.offset;
  return value?.kind === 'constant' ? Number(value.value) : undefined;
}

function scanUnits(file: DwarfFile): readonly Unit[] {
  const units: Unit[] = [];
  let base = 0;
  for (const name of ['.debug_info', '.debug_types']) {
    const section = file.section(name);
    if (!section) continue;
    file.orWarn(undefined, () => scanSection(file, section, base, units));
    base += section.bytes.length;
  }
  if (base > 0xffffffff) throw new FormatError(`${file.sections.name}: more than 4 GiB of DWARF`);
  return units;
}

/** Adds the units of a section; one that can't be read is passed over with a warning. */
function scanSection(file: DwarfFile, section: SectionBytes, base: number, units: Unit[]): void {
  const cursor = new DwarfCursor(section, 0);
  while (!cursor.isAtEnd) {
    const offset = cursor.position;
    const { offsetSize, end: claimedEnd } = readUnitLength(cursor);
    const end = Math.min(claimedEnd, section.bytes.length);
    if (end < claimedEnd) {
      file.warn(`${section.name}: the unit at 0x${offset.toString(16)} is cut off`);
    }
    const header = new DwarfCursor(section, cursor.position, end);
    file.orWarn(undefined, () => {
      if (header.isAtEnd) return;
      units.push({ section, base, offset, end, ...readUnitHeader(header, offsetSize, section) });
    });
    cursor.position = end;
  }
}

/** Reads the initial length of a unit, table or entry, and where that length ends (DWARF 5, section 7.4). */
export function readUnitLength(cursor: DwarfCursor): { offsetSize: 4 | 8; end: number } {
  const length = cursor.u32();
  if (length < 0xfffffff0) return { offsetSize: 4, end: cursor.position + length };
  if (length !== 0xffffffff) throw cursor.damage(`a unit length of 0x${length.toString(16)}`);
  const longLength = cursor.offset(8);
  return { offsetSize: 8, end: cursor.position + longLength };
}

type UnitHeader = Omit<Unit, 'section' | 'base' | 'offset' | 'end'>;

function readUnitHeader(cursor: DwarfCursor, offsetSize: 4 | 8, section: SectionBytes): UnitHeader {
  const version = cursor.u16();
  if (version < 2 || version > 5) throw cursor.damage(`a unit of DWARF version ${version}`);
  let unitType: number = section.name.endsWith('.debug_types') ? DW_UT.type : DW_UT.compile;
  let addressSize = 0;
  let abbreviationsOffset = 0;
  if (version >= 5) {
    unitType = cursor.u8();
    addressSize = cursor.u8();
    abbreviationsOffset = cursor.offset(offsetSize);
  } else {
    abbreviationsOffset = cursor.offset(offsetSize);
    addressSize = cursor.u8();
  }
  if (addressSize !== 4 && addressSize !== 8)
    throw cursor.damage(`a unit with addresses of ${addressSize} bytes`);
  let type: Unit['type'];
  if (unitType === DW_UT.type || unitType === DW_UT.split_type)
    type = { signature: cursor.u64(), offset: cursor.offset(offsetSize) };
  else if (unitType === DW_UT.skeleton || unitType === DW_UT.split_compile) cursor.skip(8);
  else if (unitType !== DW_UT.compile && unitType !== DW_UT.partial)
    throw cursor.damage(`a unit of type ${unitType}`);
  const firstEntry = cursor.position;
  return { version, offsetSize, addressSize, abbreviationsOffset, type, firstEntry };
}
