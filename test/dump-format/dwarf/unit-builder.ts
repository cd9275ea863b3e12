/** Builds `.debug_info` and `.debug_abbrev` of DWARF 4 entry by entry, for shapes that no compiler makes. */
import { DW_FORM } from '../../../dump-format/dwarf/constants.ts';
import { ByteBuilder } from './byte-builder.ts';

/** Bytes of the header of a unit: entries of the first unit are behind it. */
export const unitHeaderSize = 11;

/** One attribute: its number, its form, its bytes. */
export type Attribute = readonly [
  attribute: number,
  form: number,
  write: (builder: ByteBuilder) => void,
];

export class UnitBuilder {
  private readonly body = new ByteBuilder();
  private readonly abbreviations = new ByteBuilder();
  private readonly codes = new Map<string, number>();
  private readonly before: number;

  /** @param before bytes of `.debug_info` in front of this unit */
  constructor(before = 0) {
    this.before = before;
  }

  /** Offset in `.debug_info` of the entry to come. */
  get offset(): number {
    return this.before + unitHeaderSize + this.body.length;
  }

  /** Offset of the entry to come from the start of the unit: what references are. */
  get unitOffset(): number {
    return unitHeaderSize + this.body.length;
  }

  /** Adds an entry; one with children is ended by `end`. */
  entry(tag: number, hasChildren: boolean, ...attributes: readonly Attribute[]): this {
    this.body.uleb(this.code(tag, hasChildren, attributes));
    for (const [, , write] of attributes) write(this.body);
    return this;
  }

  end(): this {
    this.body.bytes(0);
    return this;
  }

  info(): Uint8Array {
    const header = new ByteBuilder().number(this.body.length + 7, 4).number(4, 2);
    return Uint8Array.from([...header.number(0, 4).bytes(8).build(), ...this.body.build()]);
  }

  abbreviationTable(): Uint8Array {
    return Uint8Array.from([...this.abbreviations.build(), 0]);
  }

  private code(tag: number, hasChildren: boolean, attributes: readonly Attribute[]): number {
    const name = `${tag} ${hasChildren} ${attributes.map(([at, form]) => `${at}:${form}`).join()}`;
    const known = this.codes.get(name);
    if (known !== undefined) return known;
    const code = this.codes.size + 1;
    this.codes.set(name, code);
    this.abbreviations
      .uleb(code)
      .uleb(tag)
      .bytes(hasChildren ? 1 : 0);
    for (const [at, form] of attributes) this.abbreviations.uleb(at).uleb(form);
    this.abbreviations.bytes(0, 0);
    return code;
  }
}

/** An attribute that is a string in place. */
export function text(attribute: number, value: string): Attribute {
  return [attribute, DW_FORM.string, (builder) => builder.text(value)];
}

/** An attribute that is a number of one byte. */
export function small(attribute: number, value: number): Attribute {
  return [attribute, DW_FORM.data1, (builder) => builder.bytes(value)];
}

/** An attribute that is there. */
export function flag(attribute: number): Attribute {
  return [attribute, DW_FORM.flag_present, () => {}];
}

/** An attribute that refers to an entry of the unit. */
export function reference(attribute: number, unitOffset: number): Attribute {
  return [attribute, DW_FORM.ref4, (builder) => builder.number(unitOffset, 4)];
}

/** An attribute that refers to the type unit of a signature. */
export function signature(attribute: number, value: number): Attribute {
  return [attribute, DW_FORM.ref_sig8, (builder) => builder.number(value, 8)];
}

/** An attribute that is a code address. */
export function address(attribute: number, value: number): Attribute {
  return [attribute, DW_FORM.addr, (builder) => builder.number(value, 8)];
}

/** An attribute that is an offset into another section. */
export function sectionOffset(attribute: number, value: number): Attribute {
  return [attribute, DW_FORM.sec_offset, (builder) => builder.number(value, 4)];
}

/** An attribute that is a location expression. */
export function expression(attribute: number, ...bytes: readonly number[]): Attribute {
  return [attribute, DW_FORM.exprloc, (builder) => builder.uleb(bytes.length).bytes(...bytes)];
}
