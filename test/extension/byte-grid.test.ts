/** Bytes with the members that own them. */
import assert from 'node:assert/strict';
import type { FieldItem, LayoutItem } from '../../debug-adapter/dap/picture-protocol.ts';
import {
  asciiOf,
  byteRows,
  fieldOfEachByte,
  huesOf,
  searchBytes,
  wordAt,
} from '../../extension/views/byte-grid.ts';

function field(
  path: string,
  offset: number,
  size: number,
  more: Partial<FieldItem> = {},
): FieldItem {
  return { path, type: 'int', offset, size, ...more };
}

const object: LayoutItem = {
  address: '0x1004',
  type: 'struct s',
  size: 12,
  isCut: false,
  fields: [
    field('word', 0, 4),
    field('bytes', 0, 6, { isAlternative: true }),
    field('', 6, 2, { isHole: true }),
    field('last', 8, 4),
  ],
};

const data = btoa('\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a');

describe('byte grid', () => {
  it('gives each byte to one member: the first of a union, then the others', () => {
    assert.deepEqual(fieldOfEachByte(object), [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3]);
  });

  it('tells absent bytes from zeros, and members from what is around them', () => {
    const [row] = byteRows(0x1000n, 1, { runs: [{ address: '0x1000', data }] }, object);
    const cells = row?.cells ?? [];
    assert.deepEqual(
      cells.map((cell) => cell.value),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...new Array<undefined>(6).fill(undefined)],
    );
    assert.deepEqual(
      cells.slice(2, 11).map((cell) => cell.field),
      [undefined, undefined, 0, 0, 0, 0, 1, 1, 2],
    );
    assert.deepEqual(
      cells.filter((cell) => cell.isStart).map((cell) => cell.address),
      [0x1004n, 0x1008n, 0x100an, 0x100cn],
    );
  });

  it('reads aligned words, little end first, and none with an absent byte', () => {
    const rows = byteRows(0x1000n, 1, { runs: [{ address: '0x1000', data }] }, undefined);
    assert.equal(wordAt(rows, 0x1003n), 0x0807060504030201n);
    assert.equal(wordAt(rows, 0x1008n), undefined);
    assert.equal(wordAt(rows, 0x2000n), undefined);
  });

  it('gives neighbours different colours and holes none', () => {
    assert.deepEqual(huesOf(object.fields), [0, 1, undefined, 2]);
  });

  it('searches numbers as memory holds them, and text as it is', () => {
    assert.equal(searchBytes('0x1234'), '3412');
    assert.equal(searchBytes('0x12345'), '45230100');
    assert.equal(searchBytes('0xfffffe5af5cc8040'), '4080ccf55afeffff');
    assert.equal(searchBytes('bhyve'), '6268797665');
    assert.equal(searchBytes('0xzz'), '30787a7a');
    assert.equal(searchBytes(''), undefined);
    assert.deepEqual([asciiOf(0x41), asciiOf(0), asciiOf(undefined)], ['A', '.', ' ']);
  });
});
