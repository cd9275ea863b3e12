/** Line tables: every row as readelf decodes it, addresses of lines as gdb finds them, and a table written by hand. */
import assert from 'node:assert/strict';
import { openDwarf } from '../../../dump-format/dwarf/dwarf.ts';
import { endsInPath, joinPath } from '../../../dump-format/dwarf/paths.ts';
import { elfSections } from './elf-sections.ts';
import { askGdb, build, hasTools, run, sourcePath } from './toolchain.ts';

interface Row {
  readonly file: string;
  /** 0 for code of no line, and behind the end of a sequence. */
  readonly line: number;
  readonly isStatement: boolean;
}

/** The last word on each address in `readelf --debug-dump=decodedline`. */
function readRows(program: string): ReadonlyMap<bigint, Row> {
  const rows = new Map<bigint, Row>();
  const ends = new Set<bigint>();
  let last = -1n;
  for (const text of run('readelf', '--debug-dump=decodedline', '-W', program).split('\n')) {
    const [, file = '', line = '', address = '', rest = ''] =
      /^(\S+)\s+(\d+|-)\s+(0x[0-9a-f]+|0)(.*)$/.exec(text) ?? [];
    if (address === '') continue;
    const key = BigInt(address);
    if (line === '-') {
      // What starts where its sequence ends has no code.
      if (last === key) rows.delete(key);
      ends.add(key);
      continue;
    }
    last = key;
    const before = rows.get(key);
    const row = { file, line: Number(line), isStatement: rest.includes('x') };
    // Of rows at one address gdb takes the last, unless only one before it starts a statement.
    if (row.isStatement || before?.isStatement !== true || before.line === 0) rows.set(key, row);
  }
  for (const end of ends)
    if (!rows.has(end)) rows.set(end, { file: '', line: 0, isStatement: false });
  return rows;
}

describe('dwarf: lines', function () {
  this.timeout(60_000);

  before(function () {
    if (!hasTools('gcc', 'gdb', 'readelf')) this.skip();
  });

  for (const flags of ['-gdwarf-5', '-gdwarf-4', '-gdwarf-3', '-gdwarf-2', '-gdwarf-5 -gdwarf64']) {
    it(`gives every address the line that readelf gives it, built with -O2 ${flags}`, () => {
      const program = build(`-g -O2 ${flags}`, 'frames.c');
      const info = openDwarf(elfSections(program));
      const rows = readRows(program);
      for (const [address, row] of rows) {
        const found = info.lineAt(address);
        assert.equal(found?.line ?? 0, row.line, `at ${address.toString(16)}`);
        if (found) assert.equal(found.file.split('/').at(-1), row.file);
      }
      assert.ok(rows.size > 200);
      assert.deepEqual(info.warnings, []);
    });
  }

  for (const flags of ['-O0', '-O2']) {
    it(`finds the addresses of a line that gdb finds, built with ${flags}`, () => {
      const program = build(`-g ${flags} -no-pie`, 'frames.c');
      const info = openDwarf(elfSections(program));
      const file = sourcePath('frames.c');
      const entries = askGdb(
        program,
        `table = gdb.decode_line('main')[1][0].symtab.linetable()
emit([[line, [str(each.pc) for each in table.line(line) or []]] for line in range(1, 250)])`,
      );
      assert.ok(Array.isArray(entries));
      let count = 0;
      for (const [line, addresses] of entries) {
        const known = new Set<bigint>(addresses.map(BigInt));
        const found = info.addressesOf(file, line);
        const isStart = (address: bigint): boolean =>
          info.lineAt(address)?.line === line && info.lineAt(address - 1n)?.line !== line;
        assert.ok(found.every(isStart), `line ${line}: ${found}`);
        // A line that starts no statement where it has code is found by its code; gdb gives an address without any.
        const areStatements = found.some((address) => known.has(address));
        if (areStatements)
          assert.ok(
            found.every((address) => known.has(address)),
            `line ${line}: ${found}`,
          );
        assert.ok(areStatements || ![...known].some(isStart), `line ${line}: ${addresses}`);
        for (const address of known) {
          if (isStart(address))
            assert.ok(found.includes(address), `line ${line} at ${address.toString(16)}`);
        }
        count += found.length;
      }
      assert.ok(count > 100);
    });
  }

  it('names sources as the compiler recorded them', () => {
    const program = build('-g -O0 -no-pie', 'types.c', 'types-other.c');
    const info = openDwarf(elfSections(program));
    const files = info.sourceFiles();
    assert.ok(files.includes(sourcePath('types.c')) && files.includes(sourcePath('types-other.c')));
    assert.deepEqual(files, [...files].sort());
    const mapped = build(
      `-g -O0 -no-pie -ffile-prefix-map=${sourcePath('')}=/src/`,
      'types.c',
      'types-other.c',
    );
    const names = openDwarf(elfSections(mapped)).sourceFiles();
    assert.ok(names.includes('/src/types.c') && names.includes('/src/types-other.c'), names.join());
  });

  it('finds lines by the last parts of a path, whole components only', () => {
    const info = openDwarf(elfSections(build('-g -O0 -no-pie', 'frames.c')));
    const line = info.functionNamed('leaf')?.declaredAt?.line ?? 0;
    const whole = info.addressesOf(sourcePath('frames.c'), line);
    assert.equal(whole.length, 1);
    assert.deepEqual(info.addressesOf('frames.c', line), whole);
    assert.deepEqual(info.addressesOf('sources/frames.c', line), whole);
    assert.deepEqual(info.addressesOf('rames.c', line), []);
    assert.deepEqual(info.addressesOf('frames.c', 1), []);
  });

  it('reads columns and statements as they were written', () => {
    const program = build('-Wa,-gdwarf-4 -no-pie', 'lines.S');
    const info = openDwarf(elfSections(program));
    const symbols = run('nm', program);
    const address = (name: string): bigint =>
      BigInt(`0x${new RegExp(`^(\\w+) . ${name}$`, 'm').exec(symbols)?.[1]}`);
    const main = address('main');
    const other = address('other');
    const first = '/compiled/in/first.c';
    const shown = Array.from({ length: 7 }, (_, index) => info.lineAt(main + BigInt(index)));
    assert.deepEqual(shown, [
      { file: first, line: 10, column: 5 },
      { file: first, line: 11, column: 7 },
      { file: first, line: 11, column: 9 },
      { file: '/absolute/second.c', line: 200, column: 1 },
      { file: first, line: 13, column: 1 },
      { file: first, line: 10, column: 1 },
      { file: first, line: 70000, column: 300 },
    ]);
    assert.deepEqual(info.lineAt(other), { file: first, line: 10, column: 2 });
    assert.deepEqual(
      info.addressesOf(first, 10),
      [main, main + 5n, other].sort((a, b) => Number(a - b)),
    );
    // Line 11 starts before its statement; line 12 has no code.
    assert.deepEqual(info.addressesOf(first, 11), [main + 1n]);
    assert.deepEqual(info.addressesOf(first, 12), []);
    assert.deepEqual(info.warnings, []);
  });

  it('joins and normalises paths', () => {
    assert.equal(joinPath('/a/b', '../c/./d.c'), '/a/c/d.c');
    assert.equal(joinPath('/a', '/b//c.c'), '/b/c.c');
    assert.equal(joinPath('a/b', '../../../c'), '../c');
    assert.equal(joinPath('/', '../c'), '/c');
    assert.ok(endsInPath('/a/b.c', 'b.c') && !endsInPath('/a/bb.c', 'b.c'));
  });
});
