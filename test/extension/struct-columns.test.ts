/** Members of structs as columns of tables. */
import assert from 'node:assert/strict';
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';
import {
  columnsInLine,
  columnsOf,
  defaultColumns,
  withColumns,
} from '../../extension/views/struct-columns.ts';

function scalar(depth: number, name: string, type = 'int'): RowItem {
  return { spans: [], data: { depth, name, type, address: '0x0', value: '' } };
}

function nested(depth: number, name: string): RowItem {
  return { spans: [], data: { depth, name, type: 'struct s', address: '0x0' } };
}

const closing: RowItem = { spans: [{ kind: 'text', text: '}' }] };

const layout = [
  nested(0, ''),
  scalar(1, 'p_stat', 'char'),
  nested(1, 'p_lock'),
  scalar(2, 'owner', 'void *'),
  closing,
  nested(1, ''),
  scalar(2, 'in_union'),
  closing,
  scalar(1, 'p_comm', 'char [16]'),
  closing,
];

describe('struct columns', () => {
  it('are scalars by their path; unnamed structs are looked through', () => {
    assert.deepEqual(
      columnsOf(layout).map((each) => each.path),
      ['p_stat', 'p_lock.owner', 'in_union', 'p_comm'],
    );
  });

  it('begin with members of the struct itself, without arrays', () => {
    assert.deepEqual(defaultColumns(columnsOf(layout)), ['p_stat', 'in_union']);
  });

  it('prefer what says which object it is and how it is, in the order of the struct', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'p_stat', 'i', 'p_pid', 'refcnt'];
    const columns = columnsOf(names.map((name) => scalar(1, name)));
    assert.deepEqual(defaultColumns(columns).join(' '), 'a b c d e p_stat p_pid refcnt');
  });

  it('are put behind a line, and replace those that it has', () => {
    assert.equal(withColumns('::walk proc', ['a', 'b.c']), '::walk proc | ::table a b.c');
    assert.equal(withColumns('::walk proc | ::table x y', ['a']), '::walk proc | ::table a');
    assert.equal(withColumns('::walk proc | ::table x y', []), '::walk proc');
    assert.deepEqual(columnsInLine('::walk proc | ::table -d x y.z'), ['x', 'y.z']);
    assert.deepEqual(columnsInLine('::walk proc'), []);
  });
});
