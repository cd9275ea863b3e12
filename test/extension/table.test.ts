/** Tables: columns from data, sorting, filtering, export, and a million rows. */
import assert from 'node:assert/strict';
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';
import { exportTable } from '../../extension/views/table-export.ts';
import { TableModel } from '../../extension/views/table-model.ts';

function row(data: Record<string, unknown> | undefined, text = 'line'): RowItem {
  return { spans: [{ kind: 'text', text }], ...(data && { data }) };
}

function table(...rows: RowItem[]): TableModel {
  const model = new TableModel();
  model.add(rows);
  return model;
}

function cells(model: TableModel): string[][] {
  return [...model.visibleRows()].map((each) => [...each.cells]);
}

describe('table', () => {
  const heading: RowItem = { spans: [{ kind: 'heading', text: 'ADDR NAME' }] };
  const threads = [
    heading,
    row({ address: '0x30', name: 'sched', pri: 9 }),
    row({ address: '0x4', name: 'bash', pri: 10 }),
    row({ address: '0x200', name: 'zsh', cpu: 0 }),
    { spans: [{ kind: 'error' as const, text: 'mdb: failed' }], isError: true as const },
  ];

  it('takes columns from the data, in the order in which they first come', () => {
    const model = table(...threads);
    assert.deepEqual(model.columns, ['address', 'name', 'pri', 'cpu']);
    assert.deepEqual(cells(model), [
      ['0x30', 'sched', '9'],
      ['0x4', 'bash', '10'],
      ['0x200', 'zsh', '', '0'],
    ]);
  });

  it('shows text where there is no data, and no headings', () => {
    const model = table(heading, row(undefined, 'one'), row(undefined, ' '), row(undefined, 'two'));
    assert.deepEqual(model.columns, ['text']);
    assert.deepEqual(cells(model), [['one'], ['two']]);
  });

  it('sorts numbers as numbers, hexadecimal too, and leaves the empty ones at the end', () => {
    const model = table(...threads);
    model.sort({ column: 0, isDescending: false });
    assert.deepEqual(
      cells(model).map(([address]) => address),
      ['0x4', '0x30', '0x200'],
    );
    model.sort({ column: 2, isDescending: false });
    assert.deepEqual(
      cells(model).map(([, name]) => name),
      ['sched', 'bash', 'zsh'],
    );
    model.sort(undefined);
    assert.equal(model.row(0)?.cells[1], 'sched');
  });

  it('filters by words and by column', () => {
    const model = table(...threads);
    model.filter('SH');
    assert.deepEqual(
      cells(model).map(([, name]) => name),
      ['bash', 'zsh'],
    );
    model.filter('name:sh pri:1');
    assert.deepEqual(
      cells(model).map(([, name]) => name),
      ['bash'],
    );
    model.filter('nothing');
    assert.equal(model.visibleCount, 0);
    assert.equal(model.length, 3);
  });

  it('knows what a row is about', () => {
    const model = table({
      ...row({ name: 'x' }),
      value: '0x10',
      object: { address: '0x20', type: 'struct ctxop' },
    });
    assert.equal(model.row(0)?.address, '0x20');
    assert.equal(model.row(0)?.type, 'struct ctxop');
  });

  it('exports what is shown, with nothing that a spreadsheet or a page would run', () => {
    const model = table(
      row({ name: '=cmd()', note: 'a "b", c' }),
      row({ name: '-1', note: '<b>|x|' }),
    );
    assert.equal(exportTable(model, 'csv'), 'name,note\r\n\'=cmd(),"a ""b"", c"\r\n-1,<b>|x|\r\n');
    assert.deepEqual(JSON.parse(exportTable(model, 'json')), [
      { name: '=cmd()', note: 'a "b", c' },
      { name: '-1', note: '<b>|x|' },
    ]);
    assert.ok(exportTable(model, 'markdown').includes('\\<b\\>\\|x\\|'));
  });

  it('holds a million rows, and sorts and filters them in seconds', () => {
    const model = new TableModel();
    for (let page = 0; page < 100; page++)
      model.add(
        Array.from({ length: 10_000 }, (_, index) =>
          row({ index: page * 10_000 + index, name: `n${(index * 7919) % 1000}` }),
        ),
      );
    assert.equal(model.length, 1_000_000);
    const start = performance.now();
    model.sort({ column: 0, isDescending: true });
    assert.equal(model.row(0)?.cells[0], '999999');
    model.filter('name:n77');
    assert.equal(model.visibleCount, 11_000);
    assert.ok(performance.now() - start < 10_000);
  });
});
