/** Range lists and location lists: `.debug_rnglists`, `.debug_loclists`, and `.debug_ranges`, `.debug_loc` before DWARF 5. */
import { FormatError } from '../errors.ts';
import type { Budget } from './budget.ts';
import { DW_AT, DW_LLE, DW_RLE } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import type { Die } from './die.ts';
import type { Unit, Units } from './units.ts';

/** Code addresses `[low, high)`. */
export interface AddressRange {
  readonly low: bigint;
  readonly high: bigint;
}

/** Where a variable is, while the pc is in a range. */
export interface LocationEntry extends AddressRange {
  readonly expression: Uint8Array;
  /** For every pc that no other entry covers. */
  readonly isDefault: boolean;
}

/** The code of an entry: `DW_AT_ranges`, or from `DW_AT_low_pc` to `DW_AT_high_pc`. Empty ranges are left out. */
export function rangesOf(die: Die, budget: Budget): readonly AddressRange[] {
  const ranges: AddressRange[] = [];
  if (die.has(DW_AT.ranges)) {
    for (const each of readRangeList(die)) {
      budget.spend(1);
      if (each.low < each.high) ranges.push(each);
    }
    return ranges;
  }
  const low = die.address(DW_AT.low_pc);
  if (low === undefined) return [];
  const end = die.value(DW_AT.high_pc);
  const length = end?.kind === 'constant' ? end.value : undefined;
  const high =
    length === undefined
      ? (die.address(DW_AT.high_pc) ?? low + 1n)
      : BigInt.asUintN(64, low + length);
  return low < high ? [{ low, high }] : [];
}

/** Whether an entry says at all where its code is. */
export function hasRanges(die: Die): boolean {
  return die.has(DW_AT.ranges) || die.has(DW_AT.low_pc);
}

function* readRangeList(die: Die): Generator<AddressRange> {
  const { unit, units } = die;
  const isNew = unit.version >= 5;
  const offset = listOffset(die, DW_AT.ranges, '.debug_rnglists', units.bases(unit).rangeLists);
  const section = units.file.requiredSection(isNew ? '.debug_rnglists' : '.debug_ranges');
  const cursor = new DwarfCursor(section, offset);
  if (!isNew) yield* readOldList(cursor, units, unit, false);
  else yield* new ListReader(cursor, units, unit, false).entries();
}

/** The list of an attribute of class loclist. */
export function* readLocationList(die: Die, attribute: number): Generator<LocationEntry> {
  const { unit, units } = die;
  const isNew = unit.version >= 5;
  const base = units.bases(unit).locationLists;
  const offset = listOffset(die, attribute, '.debug_loclists', base);
  const section = units.file.requiredSection(isNew ? '.debug_loclists' : '.debug_loc');
  const cursor = new DwarfCursor(section, offset);
  if (!isNew) yield* readOldList(cursor, units, unit, true);
  else yield* new ListReader(cursor, units, unit, true).entries();
}

function listOffset(
  die: Die,
  attribute: number,
  sectionName: string,
  base: number | undefined,
): number {
  const value = die.value(attribute);
  if (value?.kind === 'list-index' && base !== undefined) {
    const section = die.units.file.requiredSection(sectionName);
    const { offsetSize } = die.unit;
    return base + new DwarfCursor(section, base + value.index * offsetSize).offset(offsetSize);
  }
  const offset = die.sectionOffset(attribute);
  if (offset !== undefined) return offset;
  const at = `0x${die.offset.toString(16)}`;
  throw new FormatError(`${die.unit.section.name}: no address list for the entry at ${at}`);
}

/** Lists of DWARF 2 to 4 (DWARF 4, sections 2.6.2 and 2.17.3). */
function* readOldList(
  cursor: DwarfCursor,
  units: Units,
  unit: Unit,
  hasExpressions: boolean,
): Generator<LocationEntry> {
  const size = unit.addressSize;
  const selectsBase = BigInt.asUintN(size * 8, -1n);
  let base = units.bases(unit).lowAddress;
  for (;;) {
    const start = cursor.unsigned(size);
    const end = cursor.unsigned(size);
    if (start === 0n && end === 0n) return;
    if (start === selectsBase) {
      base = end;
      continue;
    }
    const expression = hasExpressions ? cursor.bytes(cursor.u16()) : noBytes;
    yield {
      low: BigInt.asUintN(size * 8, base + start),
      high: BigInt.asUintN(size * 8, base + end),
      expression,
      isDefault: false,
    };
  }
}

/** Lists of DWARF 5 (sections 2.6.2, 2.17.3, 7.7.3 and 7.25). The two kinds share all codes but one. */
class ListReader {
  private readonly cursor: DwarfCursor;
  private readonly units: Units;
  private readonly unit: Unit;
  private readonly hasExpressions: boolean;
  private base: bigint;

  constructor(cursor: DwarfCursor, units: Units, unit: Unit, hasExpressions: boolean) {
    this.cursor = cursor;
    this.units = units;
    this.unit = unit;
    this.hasExpressions = hasExpressions;
    this.base = units.bases(unit).lowAddress;
  }

  *entries(): Generator<LocationEntry> {
    for (;;) {
      const code = this.kind(this.cursor.u8());
      if (code === DW_LLE.end_of_list) return;
      const range = this.range(code);
      if (!range) continue;
      const expression = this.hasExpressions ? this.cursor.bytes(this.cursor.uleb()) : noBytes;
      yield { ...range, expression, isDefault: code === DW_LLE.default_location };
    }
  }

  /** A code as the location list has it: range lists lack the default, so three of theirs are one lower. */
  private kind(code: number): number {
    if (this.hasExpressions || code < DW_RLE.base_address) return code;
    return code <= DW_RLE.start_length ? code + 1 : -1;
  }

  /** The range of an entry; undefined for one that only changes the base. */
  private range(code: number): AddressRange | undefined {
    const { cursor, unit } = this;
    switch (code) {
      case DW_LLE.base_addressx:
        this.base = this.indexed();
        return undefined;
      case DW_LLE.base_address:
        this.base = cursor.unsigned(unit.addressSize);
        return undefined;
      case DW_LLE.GNU_view_pair:
        cursor.uleb();
        cursor.uleb();
        return undefined;
      case DW_LLE.startx_endx:
        return { low: this.indexed(), high: this.indexed() };
      case DW_LLE.startx_length:
        return this.sized(this.indexed());
      case DW_LLE.offset_pair: {
        const low = this.wrap(this.base + cursor.ulebBig());
        return { low, high: this.wrap(this.base + cursor.ulebBig()) };
      }
      case DW_LLE.default_location:
        return { low: 0n, high: 0n };
      case DW_LLE.start_end: {
        const low = cursor.unsigned(unit.addressSize);
        return { low, high: cursor.unsigned(unit.addressSize) };
      }
      case DW_LLE.start_length:
        return this.sized(cursor.unsigned(unit.addressSize));
      default:
        throw cursor.damage(`an address list entry of unknown kind ${code}`);
    }
  }

  private indexed(): bigint {
    return this.units.indexedAddress(this.unit, this.cursor.uleb());
  }

  private sized(low: bigint): AddressRange {
    return { low, high: this.wrap(low + this.cursor.ulebBig()) };
  }

  private wrap(address: bigint): bigint {
    return BigInt.asUintN(this.unit.addressSize * 8, address);
  }
}

const noBytes = new Uint8Array(0);
