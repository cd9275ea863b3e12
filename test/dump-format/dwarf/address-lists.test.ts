/** Range lists and location lists: every kind of entry, before and since DWARF 5. */
import assert from 'node:assert/strict';
import { rangesOf, readLocationList } from '../../../dump-format/dwarf/address-lists.ts';
import { Budget } from '../../../dump-format/dwarf/budget.ts';
import { DW_AT, DW_FORM, DW_LLE, DW_RLE, DW_TAG } from '../../../dump-format/dwarf/constants.ts';
import { rootOf } from '../../../dump-format/dwarf/die.ts';
import type { Die } from '../../../dump-format/dwarf/die.ts';
import { DwarfFile } from '../../../dump-format/dwarf/file.ts';
import { Units } from '../../../dump-format/dwarf/units.ts';
import { ByteBuilder } from './byte-builder.ts';
import { testSections } from './test-sections.ts';

/**
 * A unit at 0x4000 whose attribute names a list.
 *
 * @param reference how the list is named: its offset in its section, or its index
 */
function unitWith(
  version: number,
  attribute: number,
  reference: { readonly offset: number } | { readonly index: number },
  sections: Readonly<Record<string, Uint8Array>>,
): Die {
  const isRanges = attribute === DW_AT.ranges;
  const indexForm = isRanges ? DW_FORM.rnglistx : DW_FORM.loclistx;
  const abbreviations = new ByteBuilder().uleb(1).uleb(DW_TAG.compile_unit).bytes(0);
  abbreviations.uleb(attribute).uleb('index' in reference ? indexForm : DW_FORM.sec_offset);
  abbreviations.uleb(DW_AT.low_pc).uleb(DW_FORM.addr);
  const base = isRanges ? DW_AT.rnglists_base : DW_AT.loclists_base;
  abbreviations.uleb(base).uleb(DW_FORM.sec_offset).bytes(0, 0, 0);
  const body = new ByteBuilder().number(version, 2);
  if (version >= 5) body.bytes(1, 8).number(0, 4);
  else body.number(0, 4).bytes(8);
  body.uleb(1);
  if ('index' in reference) body.uleb(reference.index);
  else body.number(reference.offset, 4);
  body.number(0x4000, 8).number(12, 4);
  const info = new ByteBuilder().number(body.length, 4).bytes(...body.build());
  const units = new Units(
    new DwarfFile(
      testSections({
        '.debug_info': info.build(),
        '.debug_abbrev': abbreviations.build(),
        '.debug_addr': new ByteBuilder().number(0, 8).number(0x8000, 8).number(0x9000, 8).build(),
        ...sections,
      }),
    ),
  );
  const [unit] = units.all();
  assert.ok(unit);
  const die = rootOf(units, unit);
  assert.ok(die);
  return die;
}

function showRanges(die: Die): readonly string[] {
  const ranges = rangesOf(die, new Budget(1000, 'too many'));
  return ranges.map(({ low, high }) => `${low.toString(16)}-${high.toString(16)}`);
}

function showLocations(die: Die): readonly string[] {
  return [...readLocationList(die, DW_AT.location)].map(
    ({ low, high, expression, isDefault }) =>
      `${isDefault ? 'default' : `${low.toString(16)}-${high.toString(16)}`} ${expression.join()}`,
  );
}

/** A table of one list: the header, one offset, the entries. */
function table(write: (builder: ByteBuilder) => ByteBuilder): Uint8Array {
  return write(
    new ByteBuilder().number(0, 4).number(5, 2).bytes(8, 0).number(1, 4).number(4, 4),
  ).build();
}

const rangeEntries = (builder: ByteBuilder): ByteBuilder =>
  builder
    .bytes(DW_RLE.offset_pair)
    .uleb(0x10)
    .uleb(0x20)
    .bytes(DW_RLE.base_addressx)
    .uleb(1)
    .bytes(DW_RLE.offset_pair)
    .uleb(1)
    .uleb(0x301)
    .bytes(DW_RLE.base_address)
    .number(0xffffffff80000000n, 8)
    .bytes(DW_RLE.offset_pair)
    .uleb(0)
    .uleb(4)
    .bytes(DW_RLE.offset_pair)
    .uleb(4)
    .uleb(4)
    .bytes(DW_RLE.startx_endx)
    .uleb(0)
    .uleb(1)
    .bytes(DW_RLE.startx_length)
    .uleb(0)
    .uleb(0x80)
    .bytes(DW_RLE.start_end)
    .number(0x5000, 8)
    .number(0x5008, 8)
    .bytes(DW_RLE.start_length)
    .number(0x6000, 8)
    .uleb(0x100)
    .bytes(DW_RLE.end_of_list)
    .bytes(0x77);

const expectedRanges = [
  '4010-4020',
  '9001-9301',
  'ffffffff80000000-ffffffff80000004',
  '8000-9000',
  '8000-8080',
  '5000-5008',
  '6000-6100',
];

describe('dwarf: address lists', () => {
  it('reads every kind of range, by offset and by index', () => {
    const sections = { '.debug_rnglists': table(rangeEntries) };
    assert.deepEqual(
      showRanges(unitWith(5, DW_AT.ranges, { offset: 16 }, sections)),
      expectedRanges,
    );
    assert.deepEqual(showRanges(unitWith(5, DW_AT.ranges, { index: 0 }, sections)), expectedRanges);
  });

  it('reads every kind of location, by offset and by index', () => {
    const lists = table((builder) =>
      builder
        .bytes(DW_LLE.GNU_view_pair)
        .uleb(1)
        .uleb(300)
        .bytes(DW_LLE.offset_pair)
        .uleb(0x10)
        .uleb(0x20)
        .bytes(1, 0x50)
        .bytes(DW_LLE.base_addressx)
        .uleb(1)
        .bytes(DW_LLE.offset_pair)
        .uleb(0)
        .uleb(1)
        .bytes(1, 0x51)
        .bytes(DW_LLE.base_address)
        .number(0x7000, 8)
        .bytes(DW_LLE.offset_pair)
        .uleb(0)
        .uleb(1)
        .bytes(0)
        .bytes(DW_LLE.startx_endx)
        .uleb(0)
        .uleb(1)
        .bytes(2, 0x91, 0)
        .bytes(DW_LLE.startx_length)
        .uleb(0)
        .uleb(0x80)
        .bytes(1, 0x52)
        .bytes(DW_LLE.default_location)
        .bytes(1, 0x53)
        .bytes(DW_LLE.start_end)
        .number(0x5000, 8)
        .number(0x5008, 8)
        .bytes(1, 0x54)
        .bytes(DW_LLE.start_length)
        .number(0x6000, 8)
        .uleb(0x100)
        .bytes(1, 0x55)
        .bytes(DW_LLE.end_of_list),
    );
    const expected = [
      '4010-4020 80',
      '9000-9001 81',
      '7000-7001 ',
      '8000-9000 145,0',
      '8000-8080 82',
      'default 83',
      '5000-5008 84',
      '6000-6100 85',
    ];
    const sections = { '.debug_loclists': lists };
    assert.deepEqual(
      showLocations(unitWith(5, DW_AT.location, { offset: 16 }, sections)),
      expected,
    );
    assert.deepEqual(showLocations(unitWith(5, DW_AT.location, { index: 0 }, sections)), expected);
  });

  it('reads the lists of DWARF 4', () => {
    const ranges = new ByteBuilder();
    for (const [start, end] of [
      [0x10, 0x20],
      [-1, 0x7000],
      [1, 2],
      [2, 2],
      [0, 0],
    ] as const)
      ranges.number(start, 8).number(end, 8);
    const sections = { '.debug_ranges': ranges.build() };
    assert.deepEqual(showRanges(unitWith(4, DW_AT.ranges, { offset: 0 }, sections)), [
      '4010-4020',
      '7001-7002',
    ]);
    const locations = new ByteBuilder().number(0x10, 8).number(0x20, 8).number(2, 2).bytes(0x91, 8);
    locations.number(-1, 8).number(0x7000, 8).number(1, 8).number(2, 8).number(0, 2).number(0, 16);
    const lists = { '.debug_loc': locations.build() };
    assert.deepEqual(showLocations(unitWith(4, DW_AT.location, { offset: 0 }, lists)), [
      '4010-4020 145,8',
      '7001-7002 ',
    ]);
  });

  it('refuses entries that it does not know and lists without an end', () => {
    const unknown = { '.debug_rnglists': table((builder) => builder.bytes(8)) };
    assert.throws(
      () => showRanges(unitWith(5, DW_AT.ranges, { offset: 16 }, unknown)),
      /unknown kind/,
    );
    const open = { '.debug_rnglists': table((builder) => builder.bytes(DW_RLE.start_end, 1)) };
    assert.throws(
      () => showRanges(unitWith(5, DW_AT.ranges, { offset: 16 }, open)),
      /need 8 bytes, have 1/,
    );
    assert.throws(
      () => showRanges(unitWith(5, DW_AT.ranges, { offset: 0 }, {})),
      /section is missing/,
    );
  });

  it('stops at lists that are longer than any honest one', () => {
    const long = table((builder) => {
      for (let count = 0; count < 2000; count++) builder.bytes(DW_RLE.offset_pair, 0, 1);
      return builder.bytes(0);
    });
    const die = unitWith(5, DW_AT.ranges, { offset: 16 }, { '.debug_rnglists': long });
    assert.throws(() => showRanges(die), { name: 'FormatError', message: 'too many' });
  });
});
