/** Every form of DWARF 2 to 5 and GNU's own: its value, and where the next attribute starts. */
import assert from 'node:assert/strict';
import { DW_AT, DW_FORM, DW_TAG } from '../../../dump-format/dwarf/constants.ts';
import { DwarfFile } from '../../../dump-format/dwarf/file.ts';
import { rootOf } from '../../../dump-format/dwarf/die.ts';
import type { Die } from '../../../dump-format/dwarf/die.ts';
import { Units } from '../../../dump-format/dwarf/units.ts';
import { ByteBuilder } from './byte-builder.ts';
import { testSections } from './test-sections.ts';

interface Format {
  readonly version: number;
  readonly offsetSize: 4 | 8;
  readonly byteOrder: 'little' | 'big';
}

/** Writes a value of a form. */
type Write = (builder: ByteBuilder, format: Format) => void;

const attribute = DW_AT.const_value;

/**
 * The first entry of a unit with one attribute of a form between two names, of which the second shows where the value ended.
 */
function entryWith(form: number, write: Write, format: Format, constant?: number): Die {
  const { version, offsetSize, byteOrder } = format;
  const abbreviations = new ByteBuilder().uleb(1).uleb(DW_TAG.compile_unit).bytes(0);
  abbreviations.uleb(attribute).uleb(form);
  if (constant !== undefined) abbreviations.sleb(constant);
  abbreviations.uleb(DW_AT.comp_dir).uleb(DW_FORM.string).bytes(0, 0, 0);
  const body = new ByteBuilder(byteOrder).number(version, 2);
  if (version >= 5) body.bytes(1, 8).number(0, offsetSize);
  else body.number(0, offsetSize).bytes(8);
  body.uleb(1);
  write(body, format);
  body.text('behind');
  const info = new ByteBuilder(byteOrder);
  if (offsetSize === 8) info.number(0xffffffff, 4);
  info.number(body.length, offsetSize).bytes(...body.build());
  const strings = new ByteBuilder().text('').text('zero').text('one').text('two').build();
  const sections = testSections(
    {
      '.debug_info': info.build(),
      '.debug_abbrev': abbreviations.build(),
      '.debug_str': strings,
      '.debug_line_str': strings,
      '.debug_str_offsets': stringOffsets(format),
      '.debug_addr': addresses(format),
    },
    byteOrder,
  );
  const units = new Units(new DwarfFile(sections));
  const [unit] = units.all();
  assert.ok(unit);
  const die = rootOf(units, unit);
  assert.ok(die);
  return die;
}

/** Strings by index: a header since DWARF 5, then the offsets of `zero`, `one` and `two`. */
function stringOffsets({ version, offsetSize, byteOrder }: Format): Uint8Array {
  const builder = new ByteBuilder(byteOrder);
  if (version >= 5) builder.bytes(...new Array<number>(2 * offsetSize).fill(0));
  for (const offset of [1, 6, 10]) builder.number(offset, offsetSize);
  return builder.build();
}

function addresses({ version, offsetSize, byteOrder }: Format): Uint8Array {
  const builder = new ByteBuilder(byteOrder);
  if (version >= 5) builder.bytes(...new Array<number>(2 * offsetSize).fill(0));
  return builder.number(0x1000, 8).number(0xffffffff80001000n, 8).number(0x3000, 8).build();
}

const fixed =
  (value: bigint | number, size: number): Write =>
  (builder) =>
    builder.number(value, size);
const offset =
  (value: number): Write =>
  (builder, format) =>
    builder.number(value, format.offsetSize);
const uleb =
  (value: number): Write =>
  (builder) =>
    builder.uleb(value);
const block =
  (write: (builder: ByteBuilder) => void): Write =>
  (builder) => {
    write(builder);
    builder.bytes(1, 2, 3);
  };

/** What a debugger asks of the attribute, and what it must get. */
type Expectation = (die: Die) => unknown;

const number: Expectation = (die) => die.constant(attribute);
const text: Expectation = (die) => die.text(attribute);
const address: Expectation = (die) => die.address(attribute);
const bytes: Expectation = (die) => {
  const value = die.value(attribute);
  return value?.kind === 'block' ? [...value.bytes] : value;
};
const raw: Expectation = (die) => die.value(attribute);

const cases: readonly (readonly [keyof typeof DW_FORM, Write, Expectation, unknown])[] = [
  ['addr', fixed(0xffffffff80000000n, 8), address, 0xffffffff80000000n],
  ['block1', block((builder) => builder.bytes(3)), bytes, [1, 2, 3]],
  ['block2', block((builder) => builder.number(3, 2)), bytes, [1, 2, 3]],
  ['block4', block((builder) => builder.number(3, 4)), bytes, [1, 2, 3]],
  ['block', block((builder) => builder.bytes(0x83, 0)), bytes, [1, 2, 3]],
  ['exprloc', block((builder) => builder.uleb(3)), (die) => die.expression(attribute)?.length, 3],
  ['data1', fixed(0xfe, 1), number, 0xfen],
  ['data2', fixed(0xfedc, 2), number, 0xfedcn],
  ['data4', fixed(0xfedcba98, 4), number, 0xfedcba98n],
  ['data8', fixed(0xfedcba9876543210n, 8), number, 0xfedcba9876543210n],
  [
    'data16',
    (builder) => builder.number(1, 8).number(2, 8),
    (die) => bytes(die) !== undefined,
    true,
  ],
  ['string', (builder) => builder.text('né'), text, 'né'],
  ['flag', fixed(1, 1), (die) => die.flag(attribute), true],
  ['flag_present', () => {}, (die) => die.flag(attribute), true],
  ['sdata', (builder) => builder.sleb(-12345678901n), number, -12345678901n],
  ['udata', (builder) => builder.uleb(2n ** 64n - 1n), number, 2n ** 64n - 1n],
  ['strp', offset(6), text, 'one'],
  ['line_strp', offset(10), text, 'two'],
  ['ref1', fixed(0x12, 1), raw, { kind: 'unit-reference', offset: 0x12 }],
  ['ref2', fixed(0x1234, 2), raw, { kind: 'unit-reference', offset: 0x1234 }],
  ['ref4', fixed(0x12345678, 4), raw, { kind: 'unit-reference', offset: 0x12345678 }],
  ['ref8', fixed(0x123456789an, 8), raw, { kind: 'unit-reference', offset: 0x123456789a }],
  ['ref_udata', uleb(300), raw, { kind: 'unit-reference', offset: 300 }],
  [
    'ref_sig8',
    fixed(0xabcdef0123456789n, 8),
    raw,
    { kind: 'signature', value: 0xabcdef0123456789n },
  ],
  ['sec_offset', offset(0x77), (die) => die.sectionOffset(attribute), 0x77],
  ['strx', uleb(2), text, 'two'],
  ['strx1', fixed(0, 1), text, 'zero'],
  ['strx2', fixed(1, 2), text, 'one'],
  ['strx3', fixed(2, 3), text, 'two'],
  ['strx4', fixed(0, 4), text, 'zero'],
  ['GNU_str_index', uleb(1), text, 'one'],
  ['addrx', uleb(1), address, 0xffffffff80001000n],
  ['addrx1', fixed(0, 1), address, 0x1000n],
  ['addrx2', fixed(1, 2), address, 0xffffffff80001000n],
  ['addrx3', fixed(2, 3), address, 0x3000n],
  ['addrx4', fixed(0, 4), address, 0x1000n],
  ['GNU_addr_index', uleb(2), address, 0x3000n],
  ['loclistx', uleb(200), raw, { kind: 'list-index', index: 200 }],
  ['rnglistx', uleb(3), raw, { kind: 'list-index', index: 3 }],
  ['ref_sup4', fixed(1, 4), raw, { kind: 'foreign' }],
  ['ref_sup8', fixed(1, 8), raw, { kind: 'foreign' }],
  ['strp_sup', offset(1), raw, { kind: 'foreign' }],
  ['GNU_ref_alt', offset(1), raw, { kind: 'foreign' }],
  ['GNU_strp_alt', offset(1), raw, { kind: 'foreign' }],
  ['indirect', (builder) => builder.uleb(DW_FORM.data2).number(0x55aa, 2), number, 0x55aan],
];

const formats: readonly Format[] = [
  { version: 5, offsetSize: 4, byteOrder: 'little' },
  { version: 5, offsetSize: 8, byteOrder: 'big' },
  { version: 4, offsetSize: 8, byteOrder: 'little' },
  { version: 3, offsetSize: 4, byteOrder: 'big' },
];

describe('dwarf: forms', () => {
  for (const format of formats) {
    const { version, offsetSize, byteOrder } = format;
    it(`reads and skips every form of ${offsetSize * 8}-bit DWARF ${version}, ${byteOrder} endian`, () => {
      for (const [name, write, expectation, expected] of cases) {
        const die = entryWith(DW_FORM[name], write, format);
        assert.deepEqual(expectation(die), expected, name);
        assert.equal(die.text(DW_AT.comp_dir), 'behind', `skipping ${name}`);
      }
    });
  }

  it('knows the form of each case and a case for each form', () => {
    const covered = new Set<string>([...cases.map(([name]) => name), 'implicit_const', 'ref_addr']);
    assert.deepEqual(
      Object.keys(DW_FORM).filter((name) => !covered.has(name)),
      [],
    );
  });

  it('takes an implicit constant from the abbreviation', () => {
    for (const format of formats) {
      const die = entryWith(DW_FORM.implicit_const, () => {}, format, -200);
      assert.equal(die.constant(attribute), -200n);
      assert.equal(die.text(DW_AT.comp_dir), 'behind');
    }
  });

  it('reads a reference to any unit, as long as an address in DWARF 2 and as an offset since', () => {
    for (const format of [
      ...formats,
      { version: 2, offsetSize: 4, byteOrder: 'little' } as const,
    ]) {
      const size = format.version === 2 ? 8 : format.offsetSize;
      const die = entryWith(DW_FORM.ref_addr, fixed(0x21, size), format);
      assert.deepEqual(die.value(attribute), { kind: 'section-reference', offset: 0x21 });
      assert.equal(die.text(DW_AT.comp_dir), 'behind');
    }
  });

  it('refuses a form that it does not know, and says where', () => {
    const [format] = formats;
    assert.ok(format);
    assert.throws(() => entryWith(0x2d, () => {}, format), {
      name: 'FormatError',
      message: /^test: \.debug_abbrev: form 0x2d is not known at offset 0x/,
    });
    for (const form of [DW_FORM.indirect, DW_FORM.implicit_const]) {
      const die = entryWith(DW_FORM.indirect, uleb(form), format);
      assert.throws(() => die.value(attribute), {
        name: 'FormatError',
        message: /an indirect form/,
      });
    }
  });
});
