/** Mapped ranges as blocks. */
import assert from 'node:assert/strict';
import type { MappedRangeItem } from '../../debug-adapter/dap/picture-protocol.ts';
import {
  addressBits,
  addressBlocks,
  blockLimit,
  gapWidthOf,
  widthOf,
} from '../../extension/views/address-blocks.ts';

function range(start: bigint, pages: number, rights = 'rw--', present = pages): MappedRangeItem {
  const hex = (value: bigint) => `0x${value.toString(16)}` as const;
  return {
    start: hex(start),
    size: hex(BigInt(pages) * 4096n),
    rights,
    present: hex(BigInt(present) * 4096n),
    pageSize: '0x1000',
  };
}

describe('address blocks', () => {
  it('keeps ranges apart while there is room, with their rights and what is present', () => {
    const blocks = addressBlocks([range(0x1000n, 1, 'r-x-'), range(0x2000n, 4, 'rw--', 1)]);
    assert.deepEqual(
      blocks.map(({ rights, presentShare, gapBefore }) => [rights, presentShare, gapBefore]),
      [
        ['r-x-', 1, undefined],
        ['rw--', 0.25, 0n],
      ],
    );
    assert.deepEqual(addressBlocks([]), []);
  });

  it('joins over the smallest gaps when there are too many, and loses none', () => {
    const far = 0xffff_8000_0000_0000n;
    const many = Array.from({ length: 1000 }, (_, index) => range(BigInt(index) * 0x2000n, 1));
    const blocks = addressBlocks([...many, range(far, 1, 'r-x-')]);
    assert.equal(blocks.length, blockLimit);
    assert.equal(
      blocks.reduce((sum, block) => sum + block.ranges, 0),
      1001,
    );
    const last = blocks.at(-1);
    assert.deepEqual([last?.start, last?.rights, last?.ranges], [far, 'r-x-', 1]);
    for (const block of blocks) assert.ok(widthOf(block) > 0 && Number.isFinite(gapWidthOf(block)));
  });

  it('cuts an address where its levels end', () => {
    const parts = addressBits(0xffffffff801090a1n, ['PML4', 'PDPT', 'PD', 'PT'], 4096n);
    assert.deepEqual(
      parts.map(({ bits, value }) => [bits, value]),
      [
        ['47–39', 511n],
        ['38–30', 510n],
        ['29–21', 0n],
        ['20–12', 265n],
        ['11–0', 0xa1n],
      ],
    );
    const large = addressBits(0x40_0123n, ['PML4', 'PDPT', 'PD'], 0x20_0000n);
    assert.deepEqual(large.at(-1), { name: 'in the page', bits: '20–0', value: 0x123n });
  });
});
