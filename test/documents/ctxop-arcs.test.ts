/** The picture of illumos 12477: arcs that cross in the buggy order, and nest in the fixed one. */
import assert from 'node:assert/strict';
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';
import { arcsOf } from '../../debug-adapter/documents/ctxop-arcs.ts';

function operator(name: string, saveStamp: string, restoreStamp: string): RowItem {
  const data = { address: '0x10', save: `${name}_save`, restore: `${name}_restore` };
  return { spans: [], data: { ...data, saveStamp, restoreStamp } };
}

/** The stamps that the ticket shows, from the head of the chain to its tail. */
const ticket = [
  operator('vmm', '0x137e89ac2e8c', '0x137e89aca474'),
  operator('schedctl', '0x137e89ac4ae9', '0x137e89acc0ac'),
  operator('xsaveopt', '0x137e89ac4d93', '0x137e89acc2dc'),
  operator('sep', '0x137e89ac51fc', '0x137e89acc5d0'),
  operator('lwp_segregs', '0x137e89ac54a5', '0x137e89acc82f'),
];

describe('ctxop arcs', () => {
  it('all cross when operators are restored in the order in which they were saved', () => {
    const { events, arcs, crossings, pairs } = arcsOf(ticket);
    assert.equal(crossings, 10);
    assert.equal(pairs, 10);
    assert.ok(arcs.every((each) => each.isCrossing && each.to === each.from + 5));
    assert.deepEqual(events.map((each) => each.kind[0]).join(''), 'sssssrrrrr');
    assert.equal(events[0]?.ticks, 0n);
    assert.equal(events[1]?.ticks, 0x137e89ac4ae9n - 0x137e89ac2e8cn);
  });

  it('nest when the last one saved is the first one restored', () => {
    const rows = ['1', '2', '3'].map((each, index) =>
      operator(each, `0x${each}`, `0x${9 - index}`),
    );
    const { arcs, crossings } = arcsOf(rows);
    assert.equal(crossings, 0);
    assert.deepEqual(
      arcs.map(({ from, to }) => [from, to]),
      [
        [0, 5],
        [1, 4],
        [2, 3],
      ],
    );
  });

  it('nest as well while a thread is off its CPU: restored in stack order, then saved', () => {
    const rows = [operator('head', '0x10', '0x3'), operator('tail', '0x11', '0x2')];
    assert.equal(arcsOf(rows).crossings, 0);
  });

  it('leave out what never ran, and rows that are no operators', () => {
    const heading: RowItem = { spans: [{ kind: 'heading', text: 'ADDR' }] };
    const { operators, events, arcs } = arcsOf([heading, operator('new', '0x5', '0x0')]);
    assert.equal(operators.length, 1);
    assert.equal(events.length, 1);
    assert.deepEqual(arcs, []);
  });
});
