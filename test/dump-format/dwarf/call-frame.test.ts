/** Call frame instructions: every row of every entry as readelf interprets it, in our code and in all of the C library's. */
import assert from 'node:assert/strict';
import { frameRulesAt } from '../../../dump-format/dwarf/call-frame-rules.ts';
import type { CfaRule, RegisterRule } from '../../../dump-format/dwarf/call-frame-rules.ts';
import { FrameSection } from '../../../dump-format/dwarf/call-frame.ts';
import { DwarfFile } from '../../../dump-format/dwarf/file.ts';
import { registerName } from '../../../dump-format/dwarf/registers.ts';
import { elfSections } from './elf-sections.ts';
import { build, hasTools, run } from './toolchain.ts';

/** One row of a table that readelf prints. */
interface Row {
  readonly address: bigint;
  readonly cfa: string;
  /** By register name. */
  readonly rules: ReadonlyMap<string, string>;
}

/** The tables of one section in `readelf --debug-dump=frames-interp`, CIEs left out. */
function readRows(text: string, section: string): readonly Row[] {
  const rows: Row[] = [];
  let isWanted = false;
  let isFunction = false;
  let columns: readonly string[] = [];
  for (const line of text.split('\n')) {
    const words = line
      .replaceAll(/\s\((\w+)\)/g, '')
      .trim()
      .split(/\s+/);
    if (line.startsWith('Contents of')) isWanted = line.includes(section);
    else if (/^[0-9a-f]{8} /.test(line)) isFunction = words[3] === 'FDE';
    else if (words[0] === 'LOC') columns = words.slice(2);
    else if (isWanted && isFunction && /^[0-9a-f]{16}$/.test(words[0] ?? '')) {
      const rules = new Map(columns.map((name, index) => [name, words[index + 2] ?? '']));
      rows.push({ address: BigInt(`0x${words[0]}`), cfa: words[1] ?? '', rules });
    }
  }
  return rows;
}

function showCfa(rule: CfaRule): string {
  return rule.kind === 'expression' ? 'exp' : showOffset(registerName(rule.register), rule.offset);
}

function showRule(rule: RegisterRule | undefined): string {
  switch (rule?.kind) {
    case 'same-value':
      return 's';
    case 'offset':
      return showOffset('c', rule.offset);
    case 'value-offset':
      return showOffset('v', rule.offset);
    case 'register':
      return `r${rule.register}`;
    case 'expression':
      return 'exp';
    case 'value-expression':
      return 'vexp';
    default:
      return 'u';
  }
}

function showOffset(base: string, offset: bigint): string {
  return `${base}${offset < 0n ? '' : '+'}${offset}`;
}

/** Compares all rows of a section. @returns how many */
function checkSection(program: string, name: string): number {
  const file = new DwarfFile(elfSections(program));
  const bytes = file.section(name);
  assert.ok(bytes);
  const section = new FrameSection(file, bytes, name === '.eh_frame');
  const rows = readRows(run('readelf', '--debug-dump=frames-interp', '-W', program), name);
  const registers = Array.from({ length: 17 }, (_, number) => number);
  for (const { address, cfa, rules } of rows) {
    const entry = section.at(address);
    assert.ok(entry, `no entry for ${address.toString(16)}`);
    const found = frameRulesAt(entry, address);
    const wanted = { cfa, ...Object.fromEntries(rules) };
    const names = registers.filter((number) => rules.has(columnName(number)));
    const shown = names.map((number) => [
      columnName(number),
      showRule(found.registers.get(number)),
    ]);
    const where = `at ${address.toString(16)}`;
    assert.deepEqual({ cfa: showCfa(found.cfa), ...Object.fromEntries(shown) }, wanted, where);
  }
  assert.deepEqual(file.warnings, []);
  return rows.length;
}

function columnName(register: number): string {
  return register === 16 ? 'ra' : registerName(register);
}

describe('dwarf: call frames', function () {
  this.timeout(60_000);

  before(function () {
    if (!hasTools('gcc', 'readelf')) this.skip();
  });

  it('reads the .eh_frame of a static program, expressions and hand-written code included', () => {
    const program = build('-g -O2 -no-pie -static', 'trap.c', 'trap.S');
    assert.ok(checkSection(program, '.eh_frame') > 5000);
  });

  for (const flags of ['-gdwarf-5', '-gdwarf-4', '-gdwarf-2', '-gdwarf64 -gdwarf-5']) {
    it(`reads .debug_frame as ${flags} makes it`, () => {
      const program = build(
        `-g -Og ${flags} -no-pie -fno-asynchronous-unwind-tables -fno-unwind-tables`,
        'frames.c',
      );
      assert.ok(checkSection(program, '.debug_frame') > 50);
    });
  }
});
