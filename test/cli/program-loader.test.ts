/** The loader of a program: what it keeps makes no run differ from another, whatever becomes of the file. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';

/** Says what it is and does; the second function is large, and only compiled when it is called, in a run that takes a while. */
const program = `(function (exports, require, module, __filename) {
const answer = () => 41 + 1;
const large = (a) => { ${Array.from({ length: 2000 }, (_, index) => `a = (a * ${index}) % 7;`).join(' ')} return a; };
while (process.argv[2] === 'large' && process.uptime() < 0.2);
console.log([answer(), process.argv[2] === 'large' ? large(3) : 'small', __filename, require('node:path').sep].join(' '));
})`;

let folder: string;
let loader: string;
let source: string;

const run = (...words: string[]): string =>
  execFileSync(process.execPath, [loader, ...words], { encoding: 'utf8' }).trim();
const keptFiles = (): string[] =>
  readdirSync(folder).filter((name) => !/^small\.(program\.)?cjs$/.test(name));
const keptFile = (): string => join(folder, keptFiles()[0] ?? 'none');
const written = (): number => statSync(keptFile()).mtimeMs;

describe('the loader of a program', function () {
  this.timeout(60_000);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-loader-'));
    loader = join(folder, 'small.cjs');
    source = join(folder, 'small.program.cjs');
    cpSync(join(await builtPrograms(), 'corewalk.cjs'), loader);
  });

  beforeEach(() => {
    for (const name of keptFiles()) rmSync(join(folder, name), { recursive: true });
    writeFileSync(source, program);
  });

  after(() => rmSync(folder, { recursive: true }));

  it('runs the program in the place of the loader, and keeps its bytecode once', () => {
    assert.equal(run(), `42 small ${loader} /`);
    assert.equal(keptFiles().length, 1);
    const first = written();
    assert.equal(run(), `42 small ${loader} /`);
    assert.equal(written(), first);
  });

  it('keeps more when a run needed much more', () => {
    run();
    const { size } = statSync(keptFile());
    assert.match(run('large'), /^42 \d /);
    assert.ok(statSync(keptFile()).size > size);
    const second = written();
    run('large');
    run();
    assert.equal(written(), second);
  });

  it('never runs the bytecode of another program, though it is as long', () => {
    run();
    writeFileSync(source, program.replace('41 + 1', '41 + 2'));
    assert.match(run(), /^43 /);
    utimesSync(source, 1, 1);
    assert.match(run(), /^43 /);
  });

  it('does without what is damaged, and replaces it', () => {
    run();
    for (const length of [0, 10, 24, 100, statSync(keptFile()).size - 1]) {
      truncateSync(keptFile(), length);
      assert.match(run(), /^42 /, `${length} bytes`);
      assert.ok(statSync(keptFile()).size > 200);
    }
    writeFileSync(keptFile(), readFileSync(source));
    assert.match(run(), /^42 /);
  });

  it('runs where it can keep nothing, and leaves nothing behind', () => {
    run();
    const [name = ''] = keptFiles();
    rmSync(join(folder, name));
    mkdirSync(join(folder, name));
    assert.match(run(), /^42 /);
    assert.deepEqual(keptFiles(), [name]);
  });

  it('keeps nothing of a run with flags for the engine', () => {
    const words = ['--stack-trace-limit=20', loader];
    assert.match(execFileSync(process.execPath, words, { encoding: 'utf8' }), /^42 /);
    assert.deepEqual(keptFiles(), []);
  });
});
