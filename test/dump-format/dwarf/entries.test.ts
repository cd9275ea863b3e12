/** Entries and names: every entry that readelf finds, at the same place with the same name, and the index of names. */
import assert from 'node:assert/strict';
import type { FrameRegisters } from '../../../dump-format/debug-info.ts';
import { DW_AT, DW_TAG } from '../../../dump-format/dwarf/constants.ts';
import { sectionBytes } from '../../../dump-format/dwarf/cursor.ts';
import { rootOf } from '../../../dump-format/dwarf/die.ts';
import type { Die } from '../../../dump-format/dwarf/die.ts';
import { openDwarf } from '../../../dump-format/dwarf/dwarf.ts';
import { DwarfFile } from '../../../dump-format/dwarf/file.ts';
import { NameTable } from '../../../dump-format/dwarf/name-table.ts';
import { Units } from '../../../dump-format/dwarf/units.ts';
import { elfSections } from './elf-sections.ts';
import { testSections } from './test-sections.ts';
import { build, hasTools, run } from './toolchain.ts';

/** `depth offset tag name` of every entry in `readelf --debug-dump=info`. */
function readelfEntries(program: string): readonly string[] {
  const entries: string[] = [];
  for (const line of run('readelf', '--debug-dump=info', '-W', program).split('\n')) {
    const entry =
      /^ <(\w+)><(\w+)>: Abbrev Number: \d+ \((?:DW_TAG_|User TAG value: #?)(\w+)\)/.exec(line);
    if (entry) entries.push(`${entry[1]} ${entry[2]} ${entry[3]}`);
    const name = /^ +<\w+> +DW_AT_name +: (?:\([^)]*\):? )*(.*?)\s*$/.exec(line);
    if (name && entries.length > 0) entries.push(`${entries.pop()} ${name[1]}`);
  }
  return entries;
}

function ourEntries(program: string): readonly string[] {
  const units = new Units(new DwarfFile(elfSections(program)));
  const tagNames = new Map<number, string>(
    Object.entries(DW_TAG).map(([name, tag]) => [tag, name]),
  );
  const entries: string[] = [];
  const visit = (die: Die, depth: number): void => {
    const tag = tagNames.get(die.tag) ?? (die.tag === 0x0a ? 'label' : die.tag.toString(16));
    const name = die.text(DW_AT.name);
    const place = `${depth.toString(16)} ${die.offset.toString(16)} ${tag}`;
    entries.push(name === undefined ? place : `${place} ${name}`.trimEnd());
    for (const child of die.children()) visit(child, depth + 1);
  };
  for (const unit of units.all()) {
    const root = rootOf(units, unit);
    if (root) visit(root, 0);
  }
  assert.deepEqual(units.file.warnings, []);
  return entries;
}

describe('dwarf: entries', function () {
  this.timeout(60_000);

  for (const flags of [
    '-gdwarf-5',
    '-gdwarf-4',
    '-gdwarf-2 -gstrict-dwarf',
    '-gdwarf-5 -gdwarf64',
    '-gdwarf-5 -fdebug-types-section',
  ]) {
    it(`walks the tree as readelf does, built with -O2 ${flags}`, function () {
      if (!hasTools('gcc', 'readelf')) this.skip();
      const program = build(
        `-g -O2 ${flags} -fno-eliminate-unused-debug-types`,
        'types.c',
        'types-other.c',
      );
      const found = ourEntries(program);
      assert.deepEqual(found, readelfEntries(program));
      assert.ok(found.length > 300);
    });
  }

  it('finds functions and variables by name, definitions before declarations', function () {
    if (!hasTools('gcc', 'nm')) this.skip();
    for (const [flags, ...sources] of [
      ['-g -O2 -no-pie', 'frames.c'],
      ['-g -O0 -no-pie -gdwarf-4', 'types.c', 'types-other.c'],
    ] as const) {
      const program = build(flags, ...sources);
      const info = openDwarf(elfSections(program));
      let count = 0;
      for (const line of run('nm', '--defined-only', program).split('\n')) {
        const [address = '', kind = '', name = ''] = line.split(' ');
        if (kind === 'T' && info.functionNamed(name)) {
          assert.equal(info.functionNamed(name)?.low, BigInt(`0x${address}`), name);
          count += 1;
        }
        const isOurs =
          /^[BD]$/.test(kind) && !name.includes('_start') && !/^(_|stdin|completed)/.test(name);
        if (!isOurs) continue;
        const variable = info.variable(name);
        const frame = unusedFrame();
        assert.deepEqual(
          variable?.locate(frame),
          { kind: 'memory', address: BigInt(`0x${address}`) },
          name,
        );
        count += 1;
      }
      assert.ok(count >= 10, `${count} names in ${sources.join()}`);
      assert.equal(
        info.functionNamed('twice'),
        undefined,
        'a function that is only inlined has no code',
      );
      assert.equal(info.functionNamed('no_such_function'), undefined);
      assert.deepEqual(info.warnings, []);
    }
  });
});

/** A frame for what does not depend on any. */
function unusedFrame(): FrameRegisters {
  const refuse = (): never => {
    throw new Error('a global variable asked for a frame');
  };
  const memory = {
    read: refuse,
    readAvailable: refuse,
    readU8: refuse,
    readU16: refuse,
    readU32: refuse,
    readU64: refuse,
    rangeAtOrAbove: refuse,
  };
  return { lookupAddress: 0n, pc: 0n, register: refuse, cfa: refuse, memory, caller: refuse };
}

describe('dwarf: name table', () => {
  it('keeps the best of each name and kind, like a map', () => {
    let state = 12345;
    const random = (limit: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % limit;
    };
    const names = Array.from({ length: 5000 }, (_, index) => `name_${random(3000)}_${index % 7}`);
    const text = new TextEncoder().encode(names.join('\0') + '\0');
    const section = sectionBytes(testSections({}), '.debug_str', text);
    const table = new NameTable([section]);
    const expected = new Map<string, { key: number; rank: number }>();
    let offset = 0;
    for (const [index, name] of names.entries()) {
      const [kind, rank] = [index % 2, random(4)];
      table.add(kind, 0, offset, index, rank);
      const known = expected.get(`${kind} ${name}`);
      if (!known || rank > known.rank) expected.set(`${kind} ${name}`, { key: index, rank });
      offset += name.length + 1;
    }
    for (const [id, { key }] of expected) {
      const [kind = '', name = ''] = id.split(' ');
      assert.equal(table.find(kind === '0' ? 'struct' : 'union', name)?.key, key, id);
    }
    assert.equal([...table.entries()].length, expected.size);
    assert.equal(table.find('struct', 'name_0'), undefined);
    assert.equal(table.find('enum', names[0] ?? ''), undefined);
  });
});
