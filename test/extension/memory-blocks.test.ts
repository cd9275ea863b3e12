/** The picture of a dump's memory: present and absent told apart, and few enough blocks to see. */
import assert from 'node:assert/strict';
import type { MemoryRange } from '../../debug-adapter/dap/protocol.ts';
import {
  blocksOf,
  joinNear,
  maximumBlocks,
  sizeText,
  stripsOf,
} from '../../extension/views/memory-blocks.ts';

function range(start: number, size: number, access = 'rw-'): MemoryRange {
  return { virtualAddress: `0x${start.toString(16)}`, size: `0x${size.toString(16)}`, access };
}

describe('memory blocks', () => {
  it('shows what lies between ranges as absent, in address order', () => {
    const blocks = blocksOf([range(0x5000, 0x1000, 'r-x'), range(0x1000, 0x2000)]);
    assert.deepEqual(
      blocks.map(({ isPresent, start, size, access }) => [isPresent, start, size, access]),
      [
        [true, 0x1000n, 0x2000n, 'rw-'],
        [false, 0x3000n, 0x2000n, ''],
        [true, 0x5000n, 0x1000n, 'r-x'],
      ],
    );
  });

  it('has no gap between neighbours and overlapping ranges, and none for empty ones', () => {
    const blocks = blocksOf([range(0, 0x3000), range(0x1000, 0x1000), range(0x3000, 0x1000)]);
    assert.ok(blocks.every((each) => each.isPresent));
    assert.deepEqual(blocksOf([range(0x1000, 0)]), []);
  });

  it('never puts virtual and physical addresses on one axis', () => {
    const strips = stripsOf([
      { physicalAddress: '0x9000', size: '0x10', access: 'rw-' },
      range(0x1000, 0x1000),
      { virtualAddress: '0x8000', physicalAddress: '0x1000', size: '0x10', access: 'r--' },
    ]);
    assert.deepEqual(
      strips.map(({ space, blocks }) => [space, blocks.map((each) => each.start)]),
      [
        ['virtual', [0x1000n, 0x2000n, 0x8000n]],
        ['physical', [0x9000n]],
      ],
    );
    assert.deepEqual(stripsOf([]), []);
  });

  for (const gap of [(): number => 0x1000, (index: number): number => 0x1000 * ((index % 7) + 1)]) {
    it('joins over the smallest gaps and loses no range', () => {
      const ranges: MemoryRange[] = [];
      for (let index = 0, start = 0; index < 5000; index++, start += 0x1000 + gap(index))
        ranges.push(range(start, 0x1000));
      const blocks = joinNear(blocksOf(ranges));
      assert.ok(blocks.length <= maximumBlocks);
      assert.ok(blocks.length > maximumBlocks / 2);
      assert.equal(
        blocks.reduce((total, each) => total + each.ranges, 0),
        ranges.length,
      );
      blocks.slice(1).forEach((block, index) => {
        const before = blocks[index];
        assert.equal(before && before.start + before.size, block.start);
      });
    });
  }

  it('leaves alone what can be drawn as it is', () => {
    const blocks = blocksOf([range(0, 0x1000), range(0x8000, 0x1000)]);
    assert.deepEqual(joinNear(blocks), blocks);
  });

  it('says sizes as people do', () => {
    assert.equal(sizeText(0n), '0 bytes');
    assert.equal(sizeText(1023n), '1023 bytes');
    assert.equal(sizeText(1536n), '1.5 KiB');
    assert.equal(sizeText(1n << 40n), '1 TiB');
  });
});
