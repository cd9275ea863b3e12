/** Abbreviation tables (`.debug_abbrev`): which tag, attributes and forms an entry has. */
import { DW_FORM } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import type { SectionBytes } from './cursor.ts';
import type { Budget } from './budget.ts';

/** Attributes of one entry; gcc needs about 25. Bounds the work that one byte of `.debug_info` can cause. */
export const attributeLimit = 256;

/** One kind of entry. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** `DW_AT_*` and `DW_FORM_*`, in pairs by index. */
  readonly attributes: readonly number[];
  readonly forms: readonly number[];
  /** Values of `DW_FORM_implicit_const`, by index; 0 or nothing elsewhere. */
  readonly constants: readonly bigint[];
}

/** Abbreviations of one unit by their code. */
export type AbbreviationTable = ReadonlyMap<number, Abbreviation>;

/**
 * Reads the table at an offset.
 *
 * @throws FormatError if it is damaged or has a form that is not known
 */
export function readAbbreviations(
  section: SectionBytes,
  offset: number,
  budget: Budget,
): AbbreviationTable {
  const cursor = new DwarfCursor(section, offset);
  const table = new Map<number, Abbreviation>();
  for (;;) {
    const start = cursor.position;
    // A table at the end of its section may lack its final 0 (seen in hand-made files).
    const code = cursor.isAtEnd ? 0 : cursor.uleb();
    if (code === 0) return table;
    const abbreviation = readAbbreviation(cursor);
    if (!table.has(code)) table.set(code, abbreviation);
    budget.spend(cursor.position - start);
  }
}

function readAbbreviation(cursor: DwarfCursor): Abbreviation {
  const tag = cursor.uleb();
  const hasChildren = cursor.u8() !== 0;
  const attributes: number[] = [];
  const forms: number[] = [];
  let constants: bigint[] | undefined;
  for (;;) {
    const attribute = cursor.uleb();
    const form = cursor.uleb();
    if (attribute === 0 && form === 0) break;
    if (!knownForms.has(form)) throw cursor.damage(`form 0x${form.toString(16)} is not known`);
    if (form === DW_FORM.implicit_const) {
      constants ??= [];
      while (constants.length < forms.length) constants.push(0n);
      constants.push(cursor.slebBig());
    }
    attributes.push(attribute);
    forms.push(form);
    if (attributes.length > attributeLimit)
      throw cursor.damage(`more than ${attributeLimit} attributes`);
  }
  return { tag, hasChildren, attributes, forms, constants: constants ?? noConstants };
}

const noConstants: readonly bigint[] = [];

const knownForms: ReadonlySet<number> = new Set(Object.values(DW_FORM));
