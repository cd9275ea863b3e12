/** Shapes that only a hostile file has: circles, depth, overlaps. Each ends soon, in an answer and a warning. */
import assert from 'node:assert/strict';
import { strip } from '../../../dump-format/ctype.ts';
import { DW_AT, DW_ATE, DW_OP, DW_TAG } from '../../../dump-format/dwarf/constants.ts';
import { openDwarf } from '../../../dump-format/dwarf/dwarf.ts';
import type { DwarfInfo } from '../../../dump-format/dwarf/dwarf.ts';
import { ByteBuilder } from './byte-builder.ts';
import { StoppedFrame, rangesMemory } from './stopped-frame.ts';
import { testSections } from './test-sections.ts';
import {
  UnitBuilder,
  address,
  expression,
  flag,
  reference,
  sectionOffset,
  signature,
  small,
  text,
} from './unit-builder.ts';
import type { Attribute } from './unit-builder.ts';

/** Opens one unit, and whatever other sections there are. */
function openUnit(unit: UnitBuilder, others: Readonly<Record<string, Uint8Array>> = {}): DwarfInfo {
  return openDwarf(
    testSections({
      '.debug_info': unit.info(),
      '.debug_abbrev': unit.abbreviationTable(),
      ...others,
    }),
  );
}

/** A unit whose entry has code in [0x1000, 0x2000). */
function codeUnit(...more: readonly Attribute[]): UnitBuilder {
  const bounds = [address(DW_AT.low_pc, 0x1000), address(DW_AT.high_pc, 0x2000)];
  return new UnitBuilder().entry(DW_TAG.compile_unit, true, ...bounds, ...more);
}

function frameAt(info: DwarfInfo, pc: bigint): StoppedFrame {
  return new StoppedFrame(info.unwind, rangesMemory([]), pc, true, () => 0n);
}

describe('dwarf: limits', () => {
  it('ends chains of types that are made of themselves', () => {
    const unit = new UnitBuilder().entry(DW_TAG.compile_unit, true);
    const first = unit.unitOffset;
    unit.entry(DW_TAG.typedef, false, text(DW_AT.name, 'loop'), reference(DW_AT.type, first));
    const constant = unit.unitOffset;
    unit.entry(DW_TAG.const_type, false, reference(DW_AT.type, constant));
    unit.entry(DW_TAG.typedef, false, text(DW_AT.name, 'twisted'), reference(DW_AT.type, constant));
    const array = unit.unitOffset;
    unit.entry(DW_TAG.array_type, true, reference(DW_AT.type, array));
    unit.entry(DW_TAG.subrange_type, false, small(DW_AT.count, 200)).end();
    unit
      .entry(DW_TAG.typedef, false, text(DW_AT.name, 'turtles'), reference(DW_AT.type, array))
      .end();
    const info = openUnit(unit);
    for (const name of ['loop', 'twisted', 'turtles']) {
      const type = info.lookup(name);
      assert.ok(type);
      assert.equal(type.size, 0);
      assert.ok(['void', 'array'].includes(strip(type).kind));
    }
    assert.match(info.warnings.join('\n'), /the type at 0x[0-9a-f]+ is made of itself/);
  });

  it('ends the search for a definition that leads back', () => {
    const unit = new UnitBuilder().entry(DW_TAG.compile_unit, true);
    const name = text(DW_AT.name, 'lost');
    unit.entry(DW_TAG.structure_type, false, name, signature(DW_AT.signature, 77)).end();
    const inType = new UnitBuilder().entry(DW_TAG.type_unit, true);
    const offset = inType.unitOffset + 12;
    inType
      .entry(DW_TAG.structure_type, false, text(DW_AT.name, 'lost'), flag(DW_AT.declaration))
      .end();
    const table = unit.abbreviationTable();
    const body = inType.info();
    const types = new ByteBuilder()
      .number(body.length - 4 + 12, 4)
      .number(4, 2)
      .number(table.length, 4);
    types
      .bytes(8)
      .number(77, 8)
      .number(offset, 4)
      .bytes(...body.subarray(11));
    const info = openDwarf(
      testSections({
        '.debug_info': unit.info(),
        '.debug_types': types.build(),
        '.debug_abbrev': Uint8Array.from([...table, ...inType.abbreviationTable()]),
      }),
    );
    assert.equal(info.lookup('struct lost'), undefined);
    assert.match(info.warnings.join('\n'), /is made of itself/);
  });

  it('ends chains of origins', () => {
    const unit = codeUnit();
    const offset = unit.unitOffset;
    const bounds = [address(DW_AT.low_pc, 0x1000), address(DW_AT.high_pc, 0x1100)];
    unit.entry(DW_TAG.subprogram, false, reference(DW_AT.abstract_origin, offset), ...bounds).end();
    const info = openUnit(unit);
    assert.equal(info.functionAt(0x1010n)?.name, '');
    assert.equal(info.scopesAt(0x1010n).length, 1);
    assert.equal(info.functionNamed('f'), undefined);
  });

  it('walks blocks inside one another a hundred thousand deep', () => {
    const unit = codeUnit();
    const depth = 100_000;
    const bounds = [address(DW_AT.low_pc, 0x1000), address(DW_AT.high_pc, 0x1100)];
    unit.entry(DW_TAG.subprogram, true, text(DW_AT.name, 'deep'), ...bounds);
    for (let level = 0; level < depth; level++) unit.entry(DW_TAG.lexical_block, true);
    for (let level = 0; level < depth + 2; level++) unit.end();
    const info = openUnit(unit);
    assert.equal(info.functionNamed('deep')?.low, 0x1000n);
    assert.equal(info.scopesAt(0x1000n).length, 1);
  });

  it('gives up on a function whose blocks share one endless list of ranges', () => {
    const ranges = new ByteBuilder();
    for (let count = 0; count < 20_000; count++) ranges.number(1, 8).number(2, 8);
    ranges.number(0, 16);
    const unit = codeUnit();
    const bounds = [address(DW_AT.low_pc, 0x1000), address(DW_AT.high_pc, 0x1100)];
    unit.entry(DW_TAG.subprogram, true, text(DW_AT.name, 'wide'), ...bounds);
    for (let count = 0; count < 5_000; count++)
      unit.entry(DW_TAG.lexical_block, false, sectionOffset(DW_AT.ranges, 0));
    const info = openUnit(unit.end().end(), { '.debug_ranges': ranges.build() });
    assert.equal(info.scopesAt(0x1050n).length, 1);
    assert.match(info.warnings.join('\n'), /a function with too many blocks/);
    assert.equal(info.functionAt(0x1050n)?.name, 'wide');
  });

  it('refuses an entry of more attributes than any compiler gives', () => {
    const unit = new UnitBuilder();
    const attributes = Array.from({ length: 300 }, () => flag(DW_AT.external));
    unit.entry(DW_TAG.compile_unit, false, ...attributes);
    const info = openUnit(unit);
    assert.deepEqual([...info.names()], []);
    assert.match(info.warnings.join('\n'), /more than 256 attributes/);
  });

  it('refuses abbreviation tables that overlap one another over and over', () => {
    const abbreviations = new ByteBuilder();
    for (let code = 1; code < 4_000; code++) abbreviations.uleb(1).bytes(0x24, 0, 0x3f, 0x19, 0, 0);
    const info = new ByteBuilder();
    for (let offset = 0; offset < 3_000; offset++)
      info
        .number(8, 4)
        .number(4, 2)
        .number(offset * 7, 4)
        .bytes(8, 1);
    const opened = openDwarf(
      testSections({
        '.debug_info': info.build(),
        '.debug_abbrev': abbreviations.bytes(0).build(),
      }),
    );
    assert.deepEqual([...opened.names()], []);
    assert.match(opened.warnings.join('\n'), /overlap one another too often/);
  });

  it('refuses tables of file names that take no room', () => {
    const line = new ByteBuilder().number(5, 2).bytes(8, 0);
    const rest = new ByteBuilder().bytes(1, 1, 1, 0, 1, 1);
    rest
      .bytes(0)
      .uleb(2n ** 40n)
      .bytes(0, 0);
    line.number(rest.length, 4).bytes(...rest.build());
    const table = new ByteBuilder().number(line.length, 4).bytes(...line.build());
    const unit = codeUnit(sectionOffset(DW_AT.stmt_list, 0)).end();
    const info = openUnit(unit, { '.debug_line': table.build() });
    assert.deepEqual(info.sourceFiles(), []);
    assert.equal(info.lineAt(0x1000n), undefined);
    assert.match(info.warnings.join('\n'), /a table of 1099511627776 names/);
  });

  it('refuses paths that grow beyond what the bytes can honestly say', () => {
    const line = new ByteBuilder().number(4, 2);
    const rest = new ByteBuilder().bytes(1, 1, 1, 0, 1, 1);
    rest.text('d'.repeat(30_000)).bytes(0);
    for (let count = 0; count < 10_000; count++) rest.text('f').bytes(1, 0, 0);
    rest.bytes(0);
    line.number(rest.length, 4).bytes(...rest.build());
    const table = new ByteBuilder().number(line.length, 4).bytes(...line.build());
    const unit = codeUnit(sectionOffset(DW_AT.stmt_list, 0)).end();
    const info = openUnit(unit, { '.debug_line': table.build() });
    assert.ok(info.sourceFiles().length <= 1);
    assert.match(info.warnings.join('\n'), /file names take too much room/);
  });

  it('ends a frame base that asks for itself', () => {
    const unit = codeUnit();
    const integer = unit.unitOffset;
    unit.entry(
      DW_TAG.base_type,
      false,
      text(DW_AT.name, 'int'),
      small(DW_AT.byte_size, 4),
      small(DW_AT.encoding, DW_ATE.signed),
    );
    const bounds = [address(DW_AT.low_pc, 0x1000), address(DW_AT.high_pc, 0x1100)];
    const base = expression(DW_AT.frame_base, DW_OP.fbreg, 0, DW_OP.fbreg, 0);
    unit.entry(DW_TAG.subprogram, true, text(DW_AT.name, 'round'), base, ...bounds);
    const place = expression(DW_AT.location, DW_OP.fbreg, 8);
    unit.entry(
      DW_TAG.variable,
      false,
      text(DW_AT.name, 'v'),
      reference(DW_AT.type, integer),
      place,
    );
    const info = openUnit(unit.end().end());
    const [variable] = info.scopesAt(0x1000n)[0]?.variables ?? [];
    assert.deepEqual(variable?.locate(frameAt(info, 0x1000n)), {
      kind: 'unavailable',
      reason: 'expressions are nested too deeply',
    });
  });

  it('keeps frame rules small', () => {
    const cie = new ByteBuilder().number(0xffffffff, 4).bytes(3, 0, 1, 0x78, 16, 0x0c, 7, 8);
    const remembers = new ByteBuilder().number(0, 4).number(0x1000, 8).number(0x1000, 8);
    for (let count = 0; count < 100_000; count++) remembers.bytes(0x0a);
    const register = new ByteBuilder()
      .number(0, 4)
      .number(0x2000, 8)
      .number(0x1000, 8)
      .bytes(5)
      .uleb(400)
      .bytes(1);
    const frames = new ByteBuilder();
    for (const entry of [cie, remembers, register])
      frames.number(entry.length, 4).bytes(...entry.build());
    const info = openDwarf(testSections({ '.debug_frame': frames.build() }));
    assert.equal(frameAt(info, 0x1000n).cfa(), undefined);
    assert.equal(frameAt(info, 0x2000n).cfa(), undefined);
    assert.match(info.warnings.join('\n'), /too many remembered states[^]*a rule for register 400/);
  });

  it('warns of a unit that it does not understand, and reads the others', () => {
    const good = new UnitBuilder().entry(DW_TAG.compile_unit, true);
    good
      .entry(DW_TAG.structure_type, false, text(DW_AT.name, 'good'), small(DW_AT.byte_size, 8))
      .end();
    const strange = new ByteBuilder().number(7, 4).number(9, 2).bytes(0, 0, 0, 0, 8).build();
    const segmented = new ByteBuilder().number(7, 4).number(4, 2).bytes(0, 0, 0, 0, 3).build();
    const info = openDwarf(
      testSections({
        '.debug_info': Uint8Array.from([...strange, ...segmented, ...good.info()]),
        '.debug_abbrev': good.abbreviationTable(),
      }),
    );
    assert.equal(info.lookup('struct good')?.size, 8);
    assert.match(info.warnings.join('\n'), /DWARF version 9[^]*addresses of 3 bytes/);
  });

  it('says that split DWARF is elsewhere', () => {
    const unit = codeUnit(text(DW_AT.dwo_name, 'kernel.dwo')).end();
    const info = openUnit(unit);
    assert.equal(info.functionAt(0x1000n), undefined);
    assert.deepEqual(info.leftOut, ['test: split DWARF is not read: kernel.dwo']);
    assert.deepEqual(info.warnings, []);
  });

  it('shows a type of a tag that it does not know as one whose inside is unknown', () => {
    const unit = new UnitBuilder().entry(DW_TAG.compile_unit, true);
    const strange = unit.unitOffset;
    unit.entry(0x1f, false, small(DW_AT.byte_size, 16));
    unit
      .entry(DW_TAG.typedef, false, text(DW_AT.name, 'strange_t'), reference(DW_AT.type, strange))
      .end();
    const type = openUnit(unit).lookup('strange_t');
    assert.equal(type?.size, 16);
    assert.deepEqual(type && strip(type), {
      kind: 'struct',
      name: '<DWARF tag 0x1f>',
      size: 16,
      members: [],
      isDeclaration: true,
    });
  });
});
