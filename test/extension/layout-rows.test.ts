/** Layouts as rows of words. */
import assert from 'node:assert/strict';
import type { LayoutItem } from '../../debug-adapter/dap/picture-protocol.ts';
import { layoutRows } from '../../extension/views/layout-rows.ts';

const layout: LayoutItem = {
  address: '0x0',
  type: 'struct s',
  size: 140,
  isCut: false,
  fields: [
    { path: 'tag', type: 'char', offset: 0, size: 1 },
    { path: '', type: '', offset: 1, size: 3, isHole: true },
    { path: 'word', type: 'int', offset: 4, size: 4 },
    { path: 'name', type: 'char [128]', offset: 8, size: 128 },
    { path: 'last', type: 'int', offset: 136, size: 4 },
  ],
};

describe('layout rows', () => {
  const rows = layoutRows(layout);

  it('cuts each word where a member ends', () => {
    const [first] = rows;
    assert.deepEqual(
      first?.cells.map(({ field, from, to }) => [field, from, to]),
      [
        [0, 0, 1],
        [1, 1, 4],
        [2, 4, 8],
      ],
    );
  });

  it('shortens what fills many rows, and loses none of its bytes', () => {
    assert.deepEqual(
      rows.map(({ offset, rowsLeftOut }) => [offset, rowsLeftOut]),
      [
        [0, 0],
        [8, 0],
        [16, 0],
        [24, 13],
        [136, 0],
      ],
    );
    assert.equal(rows.length + 13, Math.ceil(layout.size / 8));
  });

  it('ends with the type, and not with the word', () => {
    assert.deepEqual(rows.at(-1)?.cells, [{ field: 4, from: 0, to: 4, isContinued: false }]);
  });

  it('marks where a cache line begins', () => {
    const fields = Array.from({ length: 17 }, (_, index) => ({
      path: `m${index}`,
      type: 'long',
      offset: index * 8,
      size: 8,
    }));
    const lines = layoutRows({ ...layout, size: 136, fields }).filter((row) => row.startsCacheLine);
    assert.deepEqual(
      lines.map((row) => row.offset),
      [64, 128],
    );
  });
});
