/** C types by their names: what a pointer points to, what an array is made of. */
import assert from 'node:assert/strict';
import { namedType, shapeOf, typeArgument } from '../../extension/variable-context.ts';

describe('variable context', () => {
  it('tells pointers, arrays and the rest apart', () => {
    assert.deepEqual(shapeOf('struct ctxop *'), { shape: 'pointer', element: 'struct ctxop' });
    assert.deepEqual(shapeOf('const char *'), { shape: 'pointer', element: 'char' });
    assert.deepEqual(shapeOf('proc_t [4]'), { shape: 'array', element: 'proc_t', count: 4 });
    assert.deepEqual(shapeOf('struct cpu *[2]'), {
      shape: 'array',
      element: 'struct cpu *',
      count: 2,
    });
    assert.deepEqual(shapeOf('kthread_t'), { shape: 'other', element: 'kthread_t' });
  });

  it('finds the named type at the bottom', () => {
    assert.equal(namedType('volatile struct cpu *[2]'), 'struct cpu');
    assert.equal(namedType('int'), 'int');
  });

  it('makes one argument of a type', () => {
    assert.equal(typeArgument('struct ctxop'), '"struct ctxop"');
    assert.equal(typeArgument('proc_t'), 'proc_t');
  });
});
