/** Ten thousand threads: listed to a limit for editors, given whole in pages that fit together, within the memory that an adapter may take. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ThreadCursor } from '../../debug-adapter/dap/thread-cursor.ts';
import { listedThreadLimit } from '../../debug-adapter/dap/threads.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { projectRoot } from '../support/grammars.ts';
import { withManyThreads } from '../support/many-threads.ts';
import { coreBytes, simulateAt, simulatedTarget } from '../support/simulated-dumps.ts';
import { lists, type Item } from './items.ts';

const clones = 10_000;

/** KiB of the adapter at its largest, stacks of all threads read. */
const memoryLimit = 300 * 1024;

describe('dap, ten thousand threads', function () {
  this.timeout(120_000);
  let client: DapClient;
  let path: string;
  let originals: number;

  before(async () => {
    const core = coreBytes(simulateAt('illumos/ctxop-panic-run', 'buggy'));
    originals = [...simulatedTarget('illumos/ctxop-panic-run', 'buggy').threads()].length;
    const folder = join(projectRoot, 'out/dumps');
    mkdirSync(folder, { recursive: true });
    path = join(folder, `many-threads.${process.pid}.vmcore`);
    writeFileSync(path, withManyThreads(core, clones));
    client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    await client.open({ coreFile: path });
  });
  after(async () => {
    assert.equal(await client.close(), 0);
    rmSync(path, { force: true });
  });

  it('stands on the CPU that panicked, with its stack', async () => {
    const stack = lists(await client.ask('stackTrace', { threadId: 1 }), 'stackFrames');
    assert.match(String(stack[0]?.['name']), /panic/);
  });

  it('lists as many as an editor can draw', async () => {
    const threads = lists(await client.ask('threads'), 'threads');
    assert.equal(threads.length, listedThreadLimit + 2);
  });

  it('gives all of them in pages without gap or repetition, and selects the last', async () => {
    const all: Item[] = [];
    for (let hasMore = true; hasMore;) {
      const page = await client.ask('corewalk/threads', { start: all.length });
      all.push(...lists(page, 'threads'));
      hasMore = page['hasMore'] === true;
    }
    assert.equal(all.length, originals + clones);
    assert.equal(new Set(all.map(({ address }) => address)).size, all.length);
    const last = all.at(-1);
    assert.ok(Array.isArray(last?.['stack']) && last['stack'].length > 1);
    const { threadId } = await client.ask('corewalk/showThread', { address: last['address'] });
    const frames = lists(await client.ask('stackTrace', { threadId }), 'stackFrames');
    assert.ok(frames.length > 1);
  });

  it('stays within its memory', function () {
    const status = `/proc/${client.child.pid}/status`;
    if (!existsSync(status)) this.skip();
    const peak = Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1]);
    assert.ok(peak > 0 && peak < memoryLimit, `${peak} KiB`);
  });
});

describe('thread cursor', () => {
  const target = simulatedTarget('illumos/ctxop-panic-run', 'buggy');
  const all = [...target.threads()].map(({ address }) => address);
  const idle = { isCancelled: () => false };
  let walks = 0;
  const cursor = new ThreadCursor(() => {
    walks++;
    return target.threads();
  });
  const page = async (start: number, count: number): Promise<[bigint[], boolean]> => {
    const { threads, hasMore } = await cursor.page({ start, count }, idle);
    return [threads.map(({ address }) => address), hasMore];
  };

  it('walks once for pages in order, and anew for any other', async () => {
    assert.deepEqual(await page(0, 3), [all.slice(0, 3), true]);
    assert.deepEqual(await page(3, 4), [all.slice(3, 7), true]);
    assert.deepEqual(await page(7, 1000), [all.slice(7), false]);
    assert.equal(walks, 1);
    assert.deepEqual(await page(1, 2), [all.slice(1, 3), true]);
    assert.equal(walks, 2);
    assert.deepEqual(await page(all.length, 5), [[], false]);
    assert.deepEqual(await page(0, all.length), [all, false]);
  });

  it('keeps pages that are asked for at the same time apart', async () => {
    const [one, other] = await Promise.all([page(0, 5), page(0, 5)]);
    assert.deepEqual(one, other);
    const [left, right] = await Promise.all([page(5, 2), page(5, 3)]);
    assert.deepEqual(left[0], all.slice(5, 7));
    assert.deepEqual(right[0], all.slice(5, 8));
  });
});
