/** Debugging information entries: their attributes, what they refer to, and their children. */
import type { Abbreviation } from './abbreviations.ts';
import type { Budget } from './budget.ts';
import { DW_AT } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import type { SectionBytes } from './cursor.ts';
import { readForm, skipForm } from './forms.ts';
import type { FormValue } from './forms.ts';
import type { Unit, Units } from './units.ts';

/** Steps through `DW_AT_abstract_origin` and `DW_AT_specification` before a chain counts as endless. */
export const originLimit = 8;

/** One entry. Nothing is read until it is asked for; every reader throws FormatError on damaged bytes. */
export class Die {
  readonly units: Units;
  readonly unit: Unit;
  readonly tag: number;
  /** Of the entry in its section. */
  readonly offset: number;
  private readonly abbreviation: Abbreviation;
  private readonly attributesOffset: number;

  constructor(
    units: Units,
    unit: Unit,
    offset: number,
    abbreviation: Abbreviation,
    behind: number,
  ) {
    this.units = units;
    this.unit = unit;
    this.offset = offset;
    this.tag = abbreviation.tag;
    this.abbreviation = abbreviation;
    this.attributesOffset = behind;
  }

  /** Unique over `.debug_info` and `.debug_types`. */
  get key(): number {
    return this.unit.base + this.offset;
  }

  has(attribute: number): boolean {
    return this.abbreviation.attributes.includes(attribute);
  }

  value(attribute: number): FormValue | undefined {
    const { attributes, forms, constants } = this.abbreviation;
    const wanted = attributes.indexOf(attribute);
    if (wanted < 0) return undefined;
    const cursor = new DwarfCursor(this.unit.section, this.attributesOffset, this.unit.end);
    for (let index = 0; index < wanted; index++) skipForm(cursor, forms[index] ?? 0, this.unit);
    return readForm(cursor, forms[wanted] ?? 0, constants[wanted] ?? 0n, this.unit);
  }

  text(attribute: number): string | undefined {
    const place = this.textPlace(attribute);
    return place && new DwarfCursor(place.section, place.offset).text();
  }

  /** Where the text of an attribute lies. */
  textPlace(attribute: number): { section: SectionBytes; offset: number } | undefined {
    const value = this.value(attribute);
    const { file } = this.units;
    if (value?.kind === 'text') {
      const { section, offset } = value;
      return { section: section ? file.requiredSection(section) : this.unit.section, offset };
    }
    if (value?.kind !== 'text-index') return undefined;
    const { offsetSize } = this.unit;
    const at = this.units.bases(this.unit).stringOffsets + value.index * offsetSize;
    const cursor = new DwarfCursor(file.requiredSection('.debug_str_offsets'), at);
    return { section: file.requiredSection('.debug_str'), offset: cursor.offset(offsetSize) };
  }

  /** A constant as the form gives it: signed only when the form is. */
  constant(attribute: number): bigint | undefined {
    const value = this.value(attribute);
    return value?.kind === 'constant' ? value.value : undefined;
  }

  /** A constant that is an offset, size, count or line; undefined when it is none or beyond 2^53. */
  number(attribute: number): number | undefined {
    const value = Number(this.constant(attribute) ?? Number.NaN);
    return Number.isSafeInteger(value) ? value : undefined;
  }

  flag(attribute: number): boolean {
    const value = this.value(attribute);
    return value?.kind === 'flag' && value.value;
  }

  address(attribute: number): bigint | undefined {
    const value = this.value(attribute);
    if (value?.kind === 'address-index') return this.units.indexedAddress(this.unit, value.index);
    return value?.kind === 'address' ? value.value : undefined;
  }

  /** The bytes of a location expression. DWARF 2 and 3 have no form of their own for one. */
  expression(attribute: number): Uint8Array | undefined {
    const value = this.value(attribute);
    if (value?.kind !== 'block') return undefined;
    return value.isExpression || this.unit.version < 4 ? value.bytes : undefined;
  }

  /** An offset into another section. DWARF 2 and 3 have no form of their own for one. */
  sectionOffset(attribute: number): number | undefined {
    const value = this.value(attribute);
    if (value?.kind === 'section-offset') return value.offset;
    return value?.kind === 'constant' && this.unit.version < 4 ? Number(value.value) : undefined;
  }

  /** The entry that an attribute refers to; undefined without one, or when it is in a file that we don't have. */
  reference(attribute: number): Die | undefined {
    const value = this.value(attribute);
    switch (value?.kind) {
      case 'unit-reference':
        return dieAt(this.units, this.unit.base + this.unit.offset + value.offset);
      case 'section-reference':
        return dieAt(this.units, value.offset);
      case 'signature': {
        const unit = this.units.withSignature(value.value);
        return unit?.type && dieAt(this.units, unit.base + unit.offset + unit.type.offset);
      }
      default:
        return undefined;
    }
  }

  /** The entry that this one completes or is an instance of. */
  origin(): Die | undefined {
    return this.reference(DW_AT.abstract_origin) ?? this.reference(DW_AT.specification);
  }

  /** The nearest entry that has an attribute: this one, or one that it completes or is an instance of. */
  holderOf(attribute: number, steps = originLimit): Die | undefined {
    if (this.has(attribute)) return this;
    return steps > 0 ? this.origin()?.holderOf(attribute, steps - 1) : undefined;
  }

  name(): string | undefined {
    return this.holderOf(DW_AT.name)?.text(DW_AT.name);
  }

  /**
   * Children in order. Ends at the end of the unit too, when the bytes lack the null entry.
   *
   * @param budget spent by one for each entry that is passed, grandchildren included where they must be walked
   */
  *children(budget?: Budget): Generator<Die> {
    if (!this.abbreviation.hasChildren) return;
    let offset = this.attributesEnd();
    while (offset < this.unit.end) {
      const child = readDie(this.units, this.unit, offset);
      if (!child) return;
      budget?.spend(1);
      yield child;
      offset = child.siblingOffset(budget);
    }
  }

  /** Where the entry behind this one and its children starts. */
  private siblingOffset(budget: Budget | undefined): number {
    const behind = this.attributesEnd();
    if (!this.abbreviation.hasChildren) return behind;
    const value = this.value(DW_AT.sibling);
    if (value?.kind === 'unit-reference') {
      const sibling = this.unit.offset + value.offset;
      if (sibling > behind && sibling <= this.unit.end) return sibling;
    }
    let offset = behind;
    for (let depth = 1; depth > 0 && offset < this.unit.end;) {
      const die = readDie(this.units, this.unit, offset);
      budget?.spend(1);
      if (!die) depth -= 1;
      else if (die.abbreviation.hasChildren) depth += 1;
      offset = die ? die.attributesEnd() : nullEntryEnd(this.unit, offset);
    }
    return offset;
  }

  private attributesEnd(): number {
    const cursor = new DwarfCursor(this.unit.section, this.attributesOffset, this.unit.end);
    for (const form of this.abbreviation.forms) skipForm(cursor, form, this.unit);
    return cursor.position;
  }
}

/**
 * The entry at a key.
 *
 * @throws FormatError if no unit has it, or there is no entry
 */
export function dieAt(units: Units, key: number): Die {
  const unit = units.at(key);
  const die = unit && readDie(units, unit, key - unit.base);
  if (die) return die;
  const info = units.file.requiredSection('.debug_info');
  throw new DwarfCursor(info, 0).damage(`a reference to 0x${key.toString(16)}, which is no entry`);
}

/** The first entry of a unit. @throws FormatError if it is damaged */
export function rootOf(units: Units, unit: Unit): Die | undefined {
  return unit.firstEntry < unit.end ? readDie(units, unit, unit.firstEntry) : undefined;
}

/** The entry at an offset, or undefined for the null entry that ends a list of children. */
function readDie(units: Units, unit: Unit, offset: number): Die | undefined {
  if (offset < unit.firstEntry) return undefined;
  const cursor = new DwarfCursor(unit.section, offset, unit.end);
  const code = cursor.uleb();
  if (code === 0) return undefined;
  const abbreviation = units.abbreviations(unit).get(code);
  if (!abbreviation) {
    cursor.position = offset;
    throw cursor.damage(`abbreviation ${code} is not defined`);
  }
  return new Die(units, unit, offset, abbreviation, cursor.position);
}

/** A null entry is a zero, which hostile bytes may pad. */
function nullEntryEnd(unit: Unit, offset: number): number {
  const cursor = new DwarfCursor(unit.section, offset, unit.end);
  cursor.uleb();
  return cursor.position;
}
