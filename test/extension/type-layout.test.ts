/** Layouts read from the rows of `::print -ath`. */
import assert from 'node:assert/strict';
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';
import { holeBytes, layoutOf, type LayoutMember } from '../../extension/views/type-layout.ts';

function line(depth: number, offset: number, name: string, type = 'int'): RowItem {
  const address = `0x${offset.toString(16)}`;
  return { spans: [], data: { depth, name, type, address, value: '' } };
}

const closing: RowItem = { spans: [{ kind: 'text', text: '}' }] };

/** `name offset+size`, nested ones in brackets. */
function text(members: readonly LayoutMember[]): string {
  return members
    .map(({ name, offset, size, members: inner }) => {
      const nested = inner.length === 0 ? '' : ` [${text(inner)}]`;
      return `${name} ${offset}+${size}${nested}`;
    })
    .join(', ');
}

describe('type layout', () => {
  it('gives every member its offset and its bytes, the last one to the end', () => {
    const rows = [line(0, 0, ''), line(1, 0, 'next'), line(1, 8, 'save'), closing];
    assert.equal(text(layoutOf(rows, 24)), 'next 0+8, save 8+16');
  });

  it('nests, and holds nested members inside their own', () => {
    const rows = [
      line(0, 0, ''),
      line(1, 0, 'a'),
      line(1, 8, 'inner', 'struct inner'),
      line(2, 8, 'x'),
      line(2, 12, 'y'),
      closing,
      line(1, 16, 'b'),
      closing,
    ];
    assert.equal(text(layoutOf(rows, 24)), 'a 0+8, inner 8+8 [x 8+4, y 12+4], b 16+8');
  });

  it('gives the members of a union the bytes of the union', () => {
    const rows = [
      line(0, 0, ''),
      line(1, 0, 'u', 'union u'),
      line(2, 0, 'p'),
      line(2, 0, 'q'),
      closing,
      line(1, 8, 'end'),
      closing,
    ];
    assert.equal(text(layoutOf(rows, 16)), 'u 0+8 [p 0+8, q 0+8], end 8+8');
  });

  it('counts holes at every level', () => {
    const rows = [
      line(0, 0, ''),
      line(1, 0, 'flag'),
      line(1, 1, '<<HOLE>>'),
      line(1, 8, 'inner', 'struct inner'),
      line(2, 8, 'x'),
      line(2, 12, '<<HOLE>>'),
      closing,
      closing,
    ];
    const members = layoutOf(rows, 16);
    assert.equal(holeBytes(members), 11);
    assert.deepEqual(
      members.map((each) => each.isHole),
      [false, true, false],
    );
  });

  it('marks the first member that begins in each further cache line', () => {
    const rows = [0, 56, 64, 72, 128, 260].map((offset) => line(1, offset, `m${offset}`));
    assert.deepEqual(
      layoutOf(rows, 320)
        .filter((each) => each.startsCacheLine)
        .map((each) => each.offset),
      [64, 128, 260],
    );
  });
});
