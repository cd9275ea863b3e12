/** Long lists and many threads: followed to the end, cancelled in the middle, found to be a loop, in memory that does not grow with them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { defaultChunkLimit } from '../../dump-format/chunk-cache.ts';
import { followChain } from '../../debug-adapter/target/lists.ts';
import { listStart, nodeSize, writeListCore, writeLoop } from '../../scripts/bench/list-core.ts';
import { writeThreadCore } from '../../scripts/bench/thread-core.ts';
import { temporaryDirectory } from '../dump-format/kernel-fixture.ts';
import { sampleDump } from '../support/sample-dump.ts';
import { illumosImage, openCounted } from './counted-dump.ts';

const list = `${listStart.toString(16)}::list "struct ctxop" next`;
const hex = (address: bigint): string => address.toString(16);

describe('a list of a million nodes', function () {
  this.timeout(60_000);
  const nodeCount = 1_000_000;
  const listBytes = nodeCount * nodeSize;
  const lastNode = listStart + BigInt((nodeCount - 1) * nodeSize);

  describe('in order', () => {
    let path: string;
    before(() => {
      path = join(temporaryDirectory(), 'vmcore');
      writeListCore(path, illumosImage, nodeCount, false);
    });

    it('is followed by reading each byte once', () => {
      const { count, bytesRead, dump } = openCounted(path);
      assert.deepEqual(count(`${list} | ::tail -1`), { rows: 1, last: hex(lastNode) });
      assert.ok(bytesRead() < 1.1 * listBytes);
      dump.close();
    });

    it('is counted and filtered as it comes: no stage waits for the one before', () => {
      const { lines, bytesRead, dump } = openCounted(path);
      assert.equal(lines(`${list} | ::head -3`).length, 3);
      assert.ok(bytesRead() < 2 ** 21, 'three nodes are asked for, and few are read');
      dump.close();
    });

    it('is left when the user cancels; the same session follows it again', () => {
      const { inspector, lines, cancelAfter, dump } = openCounted(path);
      const progress: number[] = [];
      inspector.onProgress = ({ done }) => progress.push(done);
      cancelAfter(100);
      const cut = lines(list);
      assert.match(cut.at(-1) ?? '', /cancelled/);
      assert.ok(cut.length > 1000 && cut.length < nodeCount / 2, `${cut.length} rows`);
      assert.ok(progress.length > 0);
      cancelAfter(Infinity);
      assert.equal(lines(`${list} | ::tail -2`).at(-1), hex(lastNode));
      dump.close();
    });

    it('whose end leads back to its middle is a loop; each node is given once', () => {
      writeLoop(path, nodeCount, nodeCount / 2);
      const { lines, dump } = openCounted(path);
      const before = process.memoryUsage().arrayBuffers;
      const walk = followChain(dump.virtual, { first: listStart, linkOffset: 0x38n });
      let step = walk.next();
      let nodes = 0;
      for (; step.done !== true; step = walk.next()) nodes++;
      assert.equal(nodes, nodeCount);
      assert.deepEqual(step.value, {
        reason: 'loop',
        target: listStart + BigInt((nodeCount / 2) * nodeSize),
        element: lastNode,
        count: nodeCount,
      });
      // What is remembered, and the chunks that were read.
      const grown = process.memoryUsage().arrayBuffers - before;
      assert.ok(grown < listBytes + 32 * 2 ** 20, `${grown} bytes`);
      assert.match(lines(`${list} | ::tail -1`).join('\n'), /loops/);
      dump.close();
    });
  });

  it('shuffled is followed by reading no chunk twice', () => {
    const path = join(temporaryDirectory(), 'vmcore');
    writeListCore(path, illumosImage, nodeCount, true);
    assert.ok(listBytes < defaultChunkLimit * 65536);
    const { count, bytesRead, dump } = openCounted(path);
    assert.equal(count(`${list} | ::tail -1`).rows, 1);
    assert.ok(bytesRead() < 1.1 * listBytes);
    dump.close();
  });
});

describe('a dump of 20,000 threads', function () {
  this.timeout(60_000);
  const clones = 20_000;
  let path: string;
  before(() => {
    path = join(temporaryDirectory(), 'vmcore');
    const sample = sampleDump('illumos/ctxop-panic-run', 'buggy');
    writeThreadCore(path, sample, illumosImage, clones);
  });

  it('is listed, and its stacks are grouped', () => {
    const { count, lines, dump } = openCounted(path);
    assert.equal(count('::threadlist').rows, clones + 2);
    assert.equal(count('::walk thread').rows, clones + 1);
    const stacks = lines('::stacks -v');
    assert.match(stacks.join('\n'), new RegExp(`SLEEP +CV +${clones + 1}$`, 'm'));
    assert.equal(stacks.at(-1), `${clones + 1} threads, 1 groups shown`);
    assert.equal(count('::stacks | ::map .').rows, clones + 1);
    dump.close();
  });

  it('stops reading stacks when the user cancels', () => {
    const { inspector, lines, cancelAfter, dump } = openCounted(path);
    let last = 0;
    inspector.onProgress = ({ done }) => (last = done);
    cancelAfter(500);
    assert.match(lines('::stacks').at(-1) ?? '', /cancelled/);
    assert.ok(last > 0 && last < 1000);
    dump.close();
  });
});
