/** Programs that end where they should not: out of memory, or killed in the middle of a line. Who opens the dump again finds all as it was. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { memoryLimit } from '../../dump-format/spill-file.ts';
import { buildElf } from '../dump-format/elf-builder.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { sampleDump } from '../support/sample-dump.ts';

/** A heap that holds an engine and a small dump, and little more; MiB. */
const smallHeap = '--max-old-space-size=16';

/** Prints one structure again and again: minutes of work, and more text than a small heap holds. */
const endless = '<thread,ffffff::print kthread_t';

describe('a program that ends before its time', function () {
  this.timeout(60_000);
  let folder: string;
  let temporary: string;
  let dump: string;
  let adapter: string;
  let before_: string;
  const clients: DapClient[] = [];
  const outer = process.env['TMPDIR'];

  before(async () => {
    adapter = join(await builtPrograms(), 'adapter.cjs');
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-ending-'));
    temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    dump = join(folder, 'panic.vmcore');
    copyFileSync(sampleDump('illumos/ctxop-panic-run', 'buggy'), dump);
    before_ = hashOf(dump);
    process.env['TMPDIR'] = temporary;
  });
  afterEach(() => {
    if (outer === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = outer;
    for (const client of clients.splice(0)) client.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  function client(...words: readonly string[]): DapClient {
    const [first = adapter, ...rest] = [...words, adapter];
    const made = new DapClient(first, rest);
    clients.push(made);
    return made;
  }

  /** A new adapter answers what it answered before, and nothing lies about. */
  async function assertAsBefore(file: string): Promise<void> {
    const again = client();
    await again.open({ coreFile: file });
    const { result } = await again.ask('evaluate', { expression: '::status', context: 'repl' });
    assert.match(String(result), /^debugging crash dump/);
    assert.equal(await again.close(), 0);
    assert.equal(hashOf(dump), before_);
    assert.deepEqual(readdirSync(temporary), []);
  }

  it('(the engine of an adapter, out of memory) says so, and the dump can be opened again', async () => {
    const small = client(smallHeap);
    await small.open({ coreFile: dump });
    void small.request('evaluate', { expression: endless, context: 'repl' });
    assert.equal(await small.exit, 1);
    const texts = small.events.map(({ body }) => String(body['output']));
    assert.match(
      texts.join(''),
      /the debug adapter ended after .*"evaluate".*: it had not enough memory; the dump can be opened again/,
    );
    assert.equal(small.events.at(-1)?.event, 'terminated');
    await assertAsBefore(dump);
  });

  it('(an adapter, killed in the middle of a line) leaves nothing, and the dump can be opened again', async () => {
    const killed = client();
    await killed.open({ coreFile: dump }, { supportsProgressReporting: true });
    void killed.request('evaluate', { expression: endless, context: 'repl' });
    await killed.event('progressStart');
    killed.child.kill('SIGKILL');
    assert.equal(await killed.exit, null);
    await assertAsBefore(dump);
  });

  it('(an adapter that has unpacked a large dump, killed) leaves no part of it on the disk', async () => {
    const large = buildElf({
      segments: [{ virtualAddress: 0x1000n, bytes: new Uint8Array(memoryLimit + 2 ** 20) }],
    });
    const packed = join(folder, 'large.vmcore.gz');
    writeFileSync(packed, gzipSync(large, { level: 1 }));
    const killed = client();
    await killed.open({ coreFile: packed });
    assert.deepEqual(readdirSync(temporary), []);
    killed.child.kill('SIGKILL');
    assert.equal(await killed.exit, null);
    assert.deepEqual(readdirSync(temporary), []);
    await assertAsBefore(dump);
  });

  it('(the command line, out of memory) ends, and changes nothing', async () => {
    const program = join(await builtPrograms(), 'corewalk.cjs');
    const run = (...words: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [smallHeap, program, ...words], {
        cwd: folder,
        encoding: 'utf8',
      });
    for (const words of [
      ['-e', `${endless} | ::sort`, dump],
      ['report', '-o', 'report.md', '-e', `${endless} | ::sort`, dump],
    ]) {
      const { status, signal, stderr } = run(...words);
      assert.ok(status !== 0, `${status} ${signal}`);
      assert.match(String(stderr), /heap out of memory|not enough memory/, words.join(' '));
      assert.deepEqual(readdirSync(folder).sort(), ['panic.vmcore', 'tmp']);
      assert.equal(hashOf(dump), before_);
    }
  });
});

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
