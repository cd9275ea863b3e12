/** The index of names: whatever was asked before, an answer is that of all units read in order; and it reads few of them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DwarfFile } from '../../../dump-format/dwarf/file.ts';
import { NameIndex } from '../../../dump-format/dwarf/name-index.ts';
import type { NameKind } from '../../../dump-format/dwarf/name-table.ts';
import type { DwarfSections } from '../../../dump-format/dwarf/sections.ts';
import { Units } from '../../../dump-format/dwarf/units.ts';
import { projectRoot } from '../../support/grammars.ts';
import { elfSections } from './elf-sections.ts';
import { build, hasTools } from './toolchain.ts';

interface Name {
  readonly kind: NameKind;
  readonly name: string;
}

const open = (sections: DwarfSections): NameIndex =>
  new NameIndex(new Units(new DwarfFile(sections)));

/** Every name, in the order in which the index lists them. */
function listed(index: NameIndex): readonly Name[] {
  return [...index.entries()].map(({ kind, source, offset }) => {
    const bytes = source.bytes.subarray(offset);
    return { kind, name: new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))) };
  });
}

/** Every name of a file, its units read in order, and the answer to it. */
function allNames(sections: DwarfSections): readonly (Name & { readonly key: number })[] {
  const index = open(sections);
  return listed(index).map(({ kind, name }) => {
    const key = index.find(kind, name);
    assert.ok(key !== undefined, name);
    return { kind, name, key };
  });
}

function shuffled<Item extends object>(items: readonly Item[], seed: number): Item[] {
  let state = seed;
  const list = [...items];
  for (let index = list.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const other = (state >>> 8) % (index + 1);
    const [moved] = list.splice(other, 1);
    if (moved !== undefined) list.push(moved);
  }
  return list;
}

/** Each name alone, and all of them in an order that is nobody's. */
function checkAnswers(sections: DwarfSections): void {
  const names = allNames(sections);
  assert.ok(names.length > 30);
  for (const { kind, name, key } of shuffled(names, 7).slice(0, 60))
    assert.equal(open(sections).find(kind, name), key, `${kind} ${name}, alone`);
  const index = open(sections);
  for (const { kind, name, key } of shuffled(names, 11))
    assert.equal(index.find(kind, name), key, `${kind} ${name}, among others`);
  assert.deepEqual(listed(index), listed(open(sections)));
}

const kernel = join(projectRoot, 'sample-dumps/kernels/illumos/images/buggy.elf');

describe('dwarf: index of names', function () {
  this.timeout(60_000);

  it('answers the same in any order: a kernel', () => {
    checkAnswers(elfSections(kernel));
  });

  for (const flags of [
    '-gdwarf-5',
    '-gdwarf-4 -fdebug-types-section',
    '-gdwarf-5 -gdwarf64',
    '-gdwarf-2 -gstrict-dwarf',
    '-g -flto',
  ])
    it(`answers the same in any order: built with -O2 ${flags}`, function () {
      if (!hasTools('gcc')) this.skip();
      checkAnswers(elfSections(build(`-O2 ${flags}`, 'types.c', 'types-other.c')));
    });

  it('reads no unit for a name that no unit has, and few for another', () => {
    const sections = elfSections(kernel);
    // Without a table of abbreviations, a unit that is read is damaged.
    const file = new DwarfFile({
      ...sections,
      section: (name) =>
        name === '.debug_abbrev' ? new Uint8Array([0x7f]) : sections.section(name),
    });
    const index = new NameIndex(new Units(file));
    assert.equal(index.find('struct', 'no_such_structure'), undefined);
    assert.equal(index.find('typedef', 'char_that_is_none'), undefined);
    assert.deepEqual(file.warnings, []);
    assert.equal(index.find('variable', 'panicstr'), undefined);
    assert.ok(file.warnings.length > 0);
  });
});
