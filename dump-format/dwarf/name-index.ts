/** The index of names: a fast pass over the entries at the top level of a unit, of as many units as the names that are asked for need. */
import type { Abbreviation } from './abbreviations.ts';
import { DW_AT, DW_FORM, DW_TAG } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import type { SectionBytes } from './cursor.ts';
import { dieAt } from './die.ts';
import { fixedFormSize, skipForm } from './forms.ts';
import type { UnitFormat } from './forms.ts';
import { NameSearch } from './name-search.ts';
import { NameTable, nameKinds } from './name-table.ts';
import type { NameKind } from './name-table.ts';
import type { Unit, Units } from './units.ts';

/** Answers that are kept. */
const keptAnswers = 4096;

/**
 * Names of all units. A damaged unit gives the names before the damage, and a warning once it is reached.
 *
 * Units whose bytes hold a name are read before all others. What comes of it is the same as if every unit had been read, in order.
 */
export class NameIndex {
  private readonly units: Units;
  private opened: Opened | undefined;
  private readonly answers = new Map<string, number | undefined>();

  constructor(units: Units) {
    this.units = units;
  }

  /** Key of the best entry of that name; of equals the first. */
  find(kind: NameKind, name: string): number | undefined {
    const question = `${kind} ${name}`;
    const known = this.answers.get(question);
    if (known !== undefined || this.answers.has(question)) return known;
    if (this.answers.size >= keptAnswers) this.answers.clear();
    const answer = this.search(kind, name);
    this.answers.set(question, answer);
    return answer;
  }

  /** Every name, in the order of its best entry. */
  entries(): ReturnType<NameTable['entries']> {
    const opened = this.open();
    while (this.readNext(opened));
    return opened.pass.names.entries();
  }

  private search(kind: NameKind, name: string): number | undefined {
    const opened = this.open();
    const { names } = opened.pass;
    const best = kind === 'function' || kind === 'variable' ? globalRank : definedRank;
    // Units up to this one are read, as far as they can have the name.
    const isFirst = (last: number): boolean => {
      const found = names.find(kind, name);
      return found !== undefined && found.rank >= best && this.units.indexAt(found.key) <= last;
    };
    const isWhole = opened.next === opened.isRead.length;
    const candidates = isWhole ? undefined : opened.search.unitsWith(name);
    if (candidates?.length === 0) return undefined;
    for (const index of candidates ?? []) {
      this.read(opened, index);
      if (isFirst(index)) return names.find(kind, name)?.key;
    }
    // Not there, not as good as can be, or by a name that another unit has.
    while (!isFirst(opened.next - 1) && this.readNext(opened));
    return names.find(kind, name)?.key;
  }

  private open(): Opened {
    this.opened ??= {
      pass: new NamePass(this.units),
      search: new NameSearch(this.units),
      isRead: new Uint8Array(this.units.all().length),
      next: 0,
    };
    return this.opened;
  }

  /** False when every unit was read. */
  private readNext(opened: Opened): boolean {
    if (opened.next === opened.isRead.length) return false;
    this.read(opened, opened.next);
    opened.next += 1;
    return true;
  }

  private read({ pass, isRead }: Opened, index: number): void {
    const unit = this.units.all()[index];
    if (!unit || isRead[index] === 1) return;
    isRead[index] = 1;
    this.units.file.orWarn(undefined, () => pass.scan(unit));
  }
}

interface Opened {
  readonly pass: NamePass;
  readonly search: NameSearch;
  /** By unit: 1 when it was. */
  readonly isRead: Uint8Array;
  /** All units before this one were read. */
  next: number;
}

/** An abbreviation made ready for the pass: what is looked for, and how far it is when that is constant. */
interface Plan {
  /** Index into `nameKinds`, or -1 for an entry that is passed over. */
  readonly kind: number;
  readonly rank: number;
  readonly hasChildren: boolean;
  readonly forms: readonly number[];
  /** By attribute: bytes, or -1 when the value must be read to know. */
  readonly sizes: readonly number[];
  /** All attributes together, or -1. */
  readonly size: number;
  /** Places in the list, or -1; the offset is only valid when `size` is not -1. */
  readonly name: number;
  readonly nameOffset: number;
  readonly sibling: number;
  readonly siblingOffset: number;
  /** The name is in another entry: an instance of an inline function, a variable declared before. */
  readonly isNamedElsewhere: boolean;
}

/** Where names lie; the order is that of the table's sources. */
const sourceNames = ['.debug_str', '.debug_line_str', '.debug_info', '.debug_types'];

class NamePass {
  readonly names: NameTable;
  private readonly units: Units;
  private readonly sources: readonly SectionBytes[];
  private readonly plans = new Map<string, Map<number, Plan>>();
  /** What `measure` found: offsets of the name and of the sibling reference of one entry, or -1. */
  private nameAt = -1;
  private siblingAt = -1;

  constructor(units: Units) {
    this.units = units;
    this.sources = sourceNames
      .map((name) => units.file.section(name))
      .filter((section) => section !== undefined);
    this.names = new NameTable(this.sources);
  }

  scan(unit: Unit): void {
    const plans = this.plansOf(unit);
    const { bytes } = unit.section;
    const cursor = new DwarfCursor(unit.section, unit.firstEntry, unit.end);
    // Depth 0 is the entry of the unit itself, 1 the level that is indexed.
    let depth = 0;
    while (cursor.position < unit.end) {
      const offset = cursor.position;
      const first = bytes[offset] ?? 0;
      if (first < 0x80) cursor.position = offset + 1;
      const code = first < 0x80 ? first : cursor.uleb();
      if (code === 0) {
        depth -= 1;
        if (depth <= 0) return;
        continue;
      }
      const plan = plans.get(code);
      if (!plan) throw this.undefinedCode(cursor, offset, code);
      this.measure(plan, cursor, unit);
      if (depth === 1 && plan.kind >= 0) this.index(plan, unit, offset);
      if (plan.hasChildren) {
        const sibling = depth > 0 && this.siblingAt >= 0 ? this.siblingOf(unit, plan) : 0;
        if (sibling > cursor.position && sibling <= unit.end) cursor.position = sibling;
        else depth += 1;
      }
      if (depth === 0) return;
    }
  }

  /** Moves the cursor over the attributes and notes where the name and the sibling stand. */
  private measure(plan: Plan, cursor: DwarfCursor, unit: Unit): void {
    const start = cursor.position;
    if (plan.size >= 0) {
      if (plan.size > unit.end - start) cursor.skip(plan.size);
      cursor.position = start + plan.size;
      this.nameAt = plan.name < 0 ? -1 : start + plan.nameOffset;
      this.siblingAt = plan.sibling < 0 ? -1 : start + plan.siblingOffset;
      return;
    }
    this.nameAt = -1;
    this.siblingAt = -1;
    for (let index = 0; index < plan.forms.length; index++) {
      if (index === plan.name) this.nameAt = cursor.position;
      else if (index === plan.sibling) this.siblingAt = cursor.position;
      const size = plan.sizes[index] ?? 0;
      if (size >= 0) cursor.position += size;
      else skipForm(cursor, plan.forms[index] ?? 0, unit);
    }
    if (cursor.position > unit.end) throw cursor.damage('an entry that runs past its unit');
  }

  private siblingOf(unit: Unit, plan: Plan): number {
    // Only the form that gcc and clang use; the children are walked for any other.
    if (plan.forms[plan.sibling] !== DW_FORM.ref4) return 0;
    const { view, isLittleEndian } = unit.section;
    return unit.offset + view.getUint32(this.siblingAt, isLittleEndian);
  }

  private index(plan: Plan, unit: Unit, offset: number): void {
    if (this.nameAt >= 0) this.addNamed(plan, unit, offset);
    else if (plan.isNamedElsewhere) this.addSlowly(plan, unit, offset);
  }

  private addNamed(plan: Plan, unit: Unit, offset: number): void {
    const form = plan.forms[plan.name];
    const key = unit.base + offset;
    const { view, isLittleEndian } = unit.section;
    if (form === DW_FORM.strp && unit.offsetSize === 4) {
      const nameOffset = view.getUint32(this.nameAt, isLittleEndian);
      // `.debug_str` is the first source whenever there is one.
      if (this.sources[0]?.name.endsWith('.debug_str'))
        this.names.add(plan.kind, 0, nameOffset, key, plan.rank);
    } else if (form === DW_FORM.string) {
      const source = this.sources.indexOf(unit.section);
      this.names.add(plan.kind, source, this.nameAt, key, plan.rank);
    } else this.addSlowly(plan, unit, offset);
  }

  /** Names by the rarer forms, and names that another entry has: the entry itself finds the text's place. */
  private addSlowly(plan: Plan, unit: Unit, offset: number): void {
    const key = unit.base + offset;
    const die = dieAt(this.units, key);
    const place = die.holderOf(DW_AT.name)?.textPlace(DW_AT.name);
    if (!place) return;
    const source = this.sources.indexOf(place.section);
    const isGlobal = plan.rank === placedRank && die.holderOf(DW_AT.external) !== undefined;
    const rank = isGlobal ? globalRank : plan.rank;
    this.names.add(plan.kind, source, place.offset, key, rank);
  }

  private plansOf(unit: Unit): Map<number, Plan> {
    const { abbreviationsOffset, version, offsetSize, addressSize } = unit;
    const name = `${abbreviationsOffset} ${version} ${offsetSize} ${addressSize}`;
    let plans = this.plans.get(name);
    if (plans) return plans;
    plans = new Map();
    for (const [code, abbreviation] of this.units.abbreviations(unit))
      plans.set(code, makePlan(abbreviation, unit));
    this.plans.set(name, plans);
    return plans;
  }

  private undefinedCode(cursor: DwarfCursor, offset: number, code: number): Error {
    cursor.position = offset;
    return cursor.damage(`abbreviation ${code} is not defined`);
  }
}

/** One loop: a file has a table for each unit, and no time to become compiled before the first answer. */
function makePlan(abbreviation: Abbreviation, format: UnitFormat): Plan {
  const { tag, attributes, forms } = abbreviation;
  const sizes: number[] = [];
  let size = 0;
  let name = -1;
  let nameOffset = 0;
  let sibling = -1;
  let siblingOffset = 0;
  for (let index = 0; index < forms.length; index++) {
    const attribute = attributes[index];
    if (attribute === DW_AT.name && name < 0) {
      name = index;
      nameOffset = size;
    } else if (attribute === DW_AT.sibling && sibling < 0) {
      sibling = index;
      siblingOffset = size;
    }
    const formSize = fixedFormSize(forms[index] ?? 0, format);
    sizes.push(formSize);
    size = size < 0 || formSize < 0 ? -1 : size + formSize;
  }
  const kind = kindByTag.get(tag);
  return {
    kind: kind === undefined ? -1 : nameKinds.indexOf(kind),
    rank: kind === undefined ? 0 : rankOf(kind, attributes),
    hasChildren: abbreviation.hasChildren,
    forms,
    sizes,
    size,
    name,
    nameOffset,
    sibling,
    siblingOffset,
    isNamedElsewhere:
      name < 0 &&
      (attributes.includes(DW_AT.abstract_origin) || attributes.includes(DW_AT.specification)),
  };
}

/** How good an entry is for its name: a definition beats a declaration, code beats none, global beats static. */
function rankOf(kind: NameKind, attributes: readonly number[]): number {
  if (attributes.includes(DW_AT.declaration)) return 0;
  if (kind !== 'function' && kind !== 'variable') return definedRank;
  const isPlaced = [DW_AT.low_pc, DW_AT.ranges, DW_AT.location, DW_AT.const_value].some((each) =>
    attributes.includes(each),
  );
  if (!isPlaced) return definedRank;
  return attributes.includes(DW_AT.external) ? globalRank : placedRank;
}

const definedRank = 1;
const placedRank = 2;
const globalRank = 3;

const kindByTag: ReadonlyMap<number, NameKind> = new Map([
  [DW_TAG.structure_type, 'struct'],
  [DW_TAG.class_type, 'struct'],
  [DW_TAG.union_type, 'union'],
  [DW_TAG.enumeration_type, 'enum'],
  [DW_TAG.typedef, 'typedef'],
  [DW_TAG.base_type, 'base'],
  [DW_TAG.subprogram, 'function'],
  [DW_TAG.variable, 'variable'],
]);
