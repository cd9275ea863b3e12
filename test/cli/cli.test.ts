/** The command line: its table, its help, its exit statuses and its one-line errors. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { commandEntries } from '../../cli/commands.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { buildProgram, hasGcc } from '../support/c-program.ts';
import { projectRoot } from '../support/grammars.ts';
import { runCorewalk } from '../support/run-corewalk.ts';

const source = `
struct node { struct node *next; int id; };
struct node nodes[3] = {{nodes + 1, 7}, {nodes + 2, 8}, {0, 9}};
char evil[] = "\\x1b]0;title\\x07";
int main(void) { return nodes[0].id; }
`;

describe('corewalk', () => {
  let folder = '';
  let dump = '';

  before(function () {
    if (!hasGcc) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'corewalk-cli-'));
    dump = buildProgram('cli', source);
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  it('has a line in the table for every command file', () => {
    const files = readdirSync(join(projectRoot, 'cli')).filter(
      (file) =>
        file.endsWith('.ts') &&
        /^export const command: Command/m.test(
          readFileSync(join(projectRoot, 'cli', file), 'utf8'),
        ),
    );
    const names = commandEntries.map(({ name }) => `${name}.ts`);
    assert.deepEqual([...files].sort(), names.sort());
  });

  it('says how each command is used, with examples', async () => {
    const general = await runCorewalk(['--help']);
    assert.equal(general.status, 0);
    for (const { name, summary } of commandEntries) {
      assert.ok(general.output.includes(summary), name);
      const { output, status } = await runCorewalk([name, '--help']);
      assert.equal(status, 0, name);
      assert.match(output, /^Usage: corewalk .*\n\n[^]+\n\nExamples:\n {2}corewalk /, name);
      assert.equal((await runCorewalk(['help', name])).output, output);
    }
  });

  it('answers an empty command line with its usage, as a mistake', async () => {
    const { output, errors, status } = await runCorewalk([]);
    assert.deepEqual({ output, status }, { output: '', status: 2 });
    assert.match(errors, /^Corewalk: .*\n\nUsage: corewalk DUMP/);
  });

  it('offers the nearest command', async () => {
    const { errors, status } = await runCorewalk(['scenarois']);
    assert.equal(status, 2);
    assert.match(errors, /^corewalk: no command and no file 'scenarois'; did you mean scenarios\?/);
  });

  it('exits with 2 for wrong words', async () => {
    const wrong: [string[], RegExp][] = [
      [['--nosuch', dump], /Unknown option '--nosuch'/],
      [['-e'], /argument missing/],
      [['-e', '::status'], /no dump is given/],
      [[dump, 'another'], /one dump at a time: 'another' is too much/],
      [['--color', 'blue', dump], /--color: 'blue' is none of auto, always, never/],
      [['extract-kernel', dump], /no output file is given/],
      [['dap', '--port=1'], /unknown option '--port=1'/],
      [['scenarios', 'x'], /no operand is wanted/],
      [['help', 'nosuch'], /no command 'nosuch'/],
    ];
    for (const [words, message] of wrong) {
      const { output, errors, status } = await runCorewalk(words);
      assert.deepEqual({ words, output, status }, { words, output: '', status: 2 });
      assert.match(errors, message);
      assert.match(errors, /^corewalk: [^\n]+\ncorewalk: try `corewalk --help`\n$/);
    }
  });

  it('says in one line why a file can not be opened, and exits with 1', async () => {
    const program = readFileSync(dump);
    writeFileSync(join(folder, 'text.core'), 'just some text');
    writeFileSync(join(folder, 'empty.core'), '');
    writeFileSync(join(folder, 'cut.core'), program.subarray(0, 40));
    const wrong: [string, RegExp][] = [
      ['nowhere.core', /nowhere\.core: no such file/],
      ['text.core', /text\.core: not an ELF file/],
      ['empty.core', /empty\.core: /],
      ['cut.core', /cut\.core: .*(need|have|offset|truncated)/],
      ['.', /not a regular file/],
    ];
    for (const [name, message] of wrong) {
      for (const command of [['-e', '::status'], ['check']]) {
        const { output, errors, status } = await runCorewalk([...command, join(folder, name)]);
        assert.deepEqual({ name, output, status }, { name, output: '', status: 1 });
        assert.match(errors, /^corewalk: [^\n]+\n$/);
        assert.match(errors, message);
      }
    }
  });

  it('exits as mdb does: by how the last command came out', async () => {
    const cases: [string[], number][] = [
      [['::commandthatdoesnotexist'], 1],
      [['::dcmds'], 0],
      [['0xbaddcafe/v 0x02'], 1],
      [['0xbaddcafe/X'], 1],
      [['0t2 << 0t10=K'], 0],
      [['::nosuch', '1=X'], 0],
      [['1=X', '::nosuch'], 1],
      [['::nosuch', '::quit', '1=X'], 0],
      [['1 +'], 1],
    ];
    for (const [lines, expected] of cases) {
      const words = lines.flatMap((line) => ['-e', line]);
      const { status } = await runCorewalk([...words, dump]);
      assert.deepEqual({ lines, status }, { lines, status: expected });
    }
  });

  it('keeps output and messages apart', async () => {
    const { output, errors } = await runCorewalk(['-e', '0t2 << 0t10=K', '-e', '::nosuch', dump]);
    assert.equal(output, '                800             \n');
    assert.match(errors, /^mdb: invalid command '::nosuch': unknown dcmd name\n/);
  });

  it('takes a script from standard input, up to ::quit', async () => {
    const input = '// a script\n1=X\n::quit\n2=X\n';
    const { output, status } = await runCorewalk([dump], { input });
    assert.deepEqual([output.trim(), status], ['1', 0]);
  });

  it('runs ~/.corewalkrc first, unless told not to', async () => {
    writeFileSync(join(folder, '.corewalkrc'), '0t10=X\n');
    const environment = { HOME: folder };
    const words = ['-e', '0t11=X', dump];
    const both = await runCorewalk(words, { environment });
    assert.deepEqual(both.output.trim().split(/\s+/), ['a', 'b']);
    const one = await runCorewalk(['-S', ...words], { environment });
    assert.deepEqual(one.output.trim().split(/\s+/), ['b']);
  });

  it('prints rows as JSON by its schema', async () => {
    const schema: object = JSON.parse(
      readFileSync(join(projectRoot, 'docs/rows.schema.json'), 'utf8'),
    );
    const validate = new Ajv({ strict: false }).compile(schema);
    const lines = [
      '::nm',
      'nodes::print struct node',
      'nodes::list "struct node" next',
      '::nosuch',
    ];
    const words = lines.flatMap((line) => ['-e', line]);
    const { output } = await runCorewalk(['--json', ...words, dump]);
    const rows: { text: string; value?: string; isError?: true }[] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const row of rows) assert.ok(validate(row), JSON.stringify([row, validate.errors]));
    const last = rows.slice(-4).map(({ isError }) => isError);
    assert.ok(last.includes(true), 'a message is a row too');
    assert.ok(rows.some(({ value }) => value !== undefined));
  });

  it('colours for a terminal only, or as it is told', async () => {
    const words = ['-e', '::nosuch', '-e', '::nm', dump];
    const plain = await runCorewalk(words);
    assert.ok(!`${plain.output}${plain.errors}`.includes('\x1b'));
    const coloured = await runCorewalk(['--color', 'always', ...words]);
    assert.ok(coloured.errors.includes('\x1b[31mmdb: invalid command'));
    // Colours come between words and never change them.
    // oxlint-disable-next-line no-control-regex
    const without = coloured.output.replace(/\x1b\[[0-9;]*m/g, '');
    assert.equal(without, plain.output);
  });

  it('prints what a dump holds without letting it drive the terminal', async () => {
    const lines = ['evil/s', 'evil/c', 'evil::print char [16]', 'evil::dump'];
    const words = lines.flatMap((line) => ['-e', line]);
    const { output, errors } = await runCorewalk([...words, dump]);
    assert.match(output, /title/);
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(output + errors, /[\0-\x08\x0b-\x1f\x7f-\x9f]/);
  });

  it('is content with a reader that has had enough', async () => {
    const program = join(await builtPrograms(), 'corewalk.cjs');
    const words = ['-S', '-e', '0,0t2000000::eval "::echo line"', dump];
    const child = spawn(process.execPath, [program, ...words], { stdio: 'pipe' });
    let errors = '';
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString('utf8')));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.once('exit', resolve));
    assert.deepEqual({ status, errors }, { status: 0, errors: '' });
  });

  it('lists scenarios, and each of them loads', async () => {
    const { output, status } = await runCorewalk(['scenarios', '--json']);
    assert.equal(status, 0);
    const list: { name: string; summary: string; variants: { name: string; end: string }[] }[] =
      JSON.parse(output);
    const names = list.map(({ name }) => name);
    assert.ok(names.includes('illumos/ctxop-panic-run'), names.join(' '));
    for (const { variants, summary } of list) assert.ok(variants.length > 0 && summary !== '');
    const plain = await runCorewalk(['scenarios']);
    for (const name of names) assert.ok(plain.output.includes(name));
  });

  it('tells its version', async () => {
    assert.match((await runCorewalk(['--version'])).output, /^corewalk [0-9]+\.[0-9]+\.[0-9]+\n$/);
  });

  it('adds types of headers, and looks for files in directories', async () => {
    const header = join(folder, `it's "odd".h`);
    writeFileSync(header, '#include "size.h"\nstruct mine { int ids[SIZE]; };\n');
    writeFileSync(join(folder, 'size.h'), '#define SIZE 6\n');
    writeFileSync(join(folder, 'my.macro'), '::sizeof struct mine\n');
    const words = ['-S', '-I', folder, '-H', header, '-e', '$<my.macro', dump];
    const { output, status } = await runCorewalk(words);
    assert.equal(status, 0);
    assert.match(output, /odd"\.h: 1 type\nsizeof \(struct mine\) = 0x18\n$/);
    const missing = await runCorewalk(['-S', '-H', 'nosuch.h', '-e', '1=X', dump]);
    assert.equal(missing.status, 1);
    assert.match(missing.errors, /failed to open nosuch\.h: no such file/);
  });
});
