/** What goes wrong around a dump: it shrinks, vanishes, can't be read, is slow, is read twice, and what is written finds no room. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { openInspector } from '../../debug-adapter/dap/open-inspector.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import type { ByteSource } from '../../dump-format/byte-source.ts';
import { FormatError } from '../../dump-format/errors.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';
import { sampleDump } from '../support/sample-dump.ts';

const lines = ['::status', '$C', '::threadlist', '::ps', '::check', '<thread::ctxop', '::msgbuf'];

describe('faults', function () {
  this.timeout(60_000);
  let folder: string;
  let dump: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-faults-'));
    dump = join(folder, 'panic.vmcore');
    copyFileSync(sampleDump('illumos/ctxop-panic-run', 'buggy'), dump);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (inspector: Inspector, line: string): string =>
    [...inspector.execute(line)].map(rowText).join('\n');

  it('a dump that shrinks while it is open: what is gone is an error, the session goes on', async () => {
    const inspector = await openInspector(dump, { allows: 'nothing' });
    truncateSync(dump, Math.floor(statSync(dump).size / 3));
    for (const line of lines) run(inspector, line);
    assert.equal(run(inspector, '1+1=D').trim(), '2');
    // Nothing is made up for what can't be read any more.
    assert.doesNotMatch(run(inspector, '::status'), /undefined|NaN/);
    inspector.target.dump.close();
  });

  it('a dump that vanishes while it is open is read to the end', async () => {
    const before = await answers(dump);
    const inspector = await openInspector(dump, { allows: 'nothing' });
    unlinkSync(dump);
    assert.deepEqual(
      lines.map((line) => run(inspector, line)),
      before,
    );
    inspector.target.dump.close();
  });

  async function answers(file: string): Promise<string[]> {
    const inspector = await openInspector(file, { allows: 'nothing' });
    const texts = lines.map((line) => run(inspector, line));
    inspector.target.dump.close();
    return texts;
  }

  it('a sector that can not be read: an error names the place, all else is answered', () => {
    const file = openFile(dump);
    for (let sector = 0; sector < 12; sector++) {
      const start = Math.floor((file.size * (sector + 0.5)) / 12);
      const source = failing(file, start, start + 4096);
      try {
        const opened = openDump(source);
        const inspector = createInspector(opened, { grammar: mdbGrammar, cGrammar });
        for (const line of lines) run(inspector, line);
        assert.equal(run(inspector, '1+1=D').trim(), '2', `sector at ${start}`);
      } catch (error) {
        // The headers themselves: there is nothing to show.
        assert.ok(error instanceof FormatError, String(error));
        assert.match(error.message, /input\/output error/);
      }
    }
    file.close();
  });

  it('a slow disk: a line is given up at its next checkpoint', () => {
    let isSlow = false;
    const file = openFile(dump);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const source: ByteSource = {
      ...delegate(file),
      read: (offset, length) => {
        if (isSlow) Atomics.wait(pause, 0, 0, 5);
        return file.read(offset, length);
      },
    };
    let asked = 0;
    const inspector = createInspector(openDump(source), {
      grammar: mdbGrammar,
      isCancelled: () => isSlow && ++asked > 3,
    });
    isSlow = true;
    assert.match(run(inspector, '::walk thread | ::whatis -a'), /cancelled by user/);
    file.close();
  });

  it('two sessions on one dump do not disturb one another', async () => {
    const alone = await answers(dump);
    const [one, other] = await Promise.all([
      openInspector(dump, { allows: 'nothing' }),
      openInspector(dump, { allows: 'nothing' }),
    ]);
    for (const [index, line] of lines.entries()) {
      const rows = [one.execute(line)[Symbol.iterator](), other.execute(line)[Symbol.iterator]()];
      const texts = rows.map(() => [] as string[]);
      // A row of the one, a row of the other.
      for (let isOver = false; !isOver;) {
        isOver = true;
        for (const [session, iterator] of rows.entries()) {
          const { done, value } = iterator.next();
          if (done === true) continue;
          isOver = false;
          texts[session]?.push(rowText(value));
        }
      }
      assert.deepEqual(
        texts.map((each) => each.join('\n')),
        [alone[index], alone[index]],
        line,
      );
    }
    one.target.dump.close();
    other.target.dump.close();
  });

  it('no room for what is written: an error, and nothing is left of it', async () => {
    const program = join(await builtPrograms(), 'corewalk.cjs');
    const write = (words: string): ReturnType<typeof spawnSync> =>
      // A limit on the size of files is the disk that everybody has; its signal is not to end the program.
      spawnSync(
        'bash',
        [
          '-c',
          `trap '' XFSZ; ulimit -f 8; exec "$0" "$@"`,
          process.execPath,
          program,
          ...words.split(' '),
        ],
        {
          cwd: folder,
          encoding: 'utf8',
        },
      );
    for (const words of [
      'simulate illumos/ctxop-panic-run --variant buggy -o new.vmcore',
      'report --html -e ::nm -e ::nm -o report.html panic.vmcore',
    ]) {
      const { status, stderr } = write(words);
      assert.equal(status, 2, String(stderr));
      assert.match(String(stderr), /new\.vmcore|report\.html/);
      assert.match(String(stderr), /EFBIG|too large/i);
      assert.deepEqual(readdirSync(folder), ['panic.vmcore'], words);
    }
  });

  it('an interrupt while lines run ends the program and changes nothing', async () => {
    const program = join(await builtPrograms(), 'corewalk.cjs');
    const lines_ = Array.from({ length: 400 }, () => ['-e', '::walk thread | ::whatis -a']).flat();
    const child = spawn(process.execPath, [program, ...lines_, dump], { cwd: folder });
    await new Promise((done) => child.stdout.once('data', done));
    child.kill('SIGINT');
    const [status, signal] = await new Promise<[number | null, string | null]>((done) =>
      child.once('exit', (code, by) => done([code, by])),
    );
    assert.ok(signal === 'SIGINT' || status === 130, `${status} ${signal}`);
    assert.deepEqual(readdirSync(folder), ['panic.vmcore']);
  });
});

/** A source whose medium gives nothing in a range. */
function failing(source: ByteSource, from: number, to: number): ByteSource {
  return {
    ...delegate(source),
    read(offset, length) {
      if (offset < to && offset + length > from)
        throw new FormatError(
          `${source.name}: input/output error at offset 0x${from.toString(16)}`,
        );
      return source.read(offset, length);
    },
  };
}

/** Closing is the test's own affair. */
function delegate(source: ByteSource): ByteSource {
  return {
    name: source.name,
    size: source.size,
    read: (offset, length) => source.read(offset, length),
    close: () => {},
  };
}
