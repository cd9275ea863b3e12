/** Grouping and filtering of threads. */
import assert from 'node:assert/strict';
import type { ThreadItem } from '../../debug-adapter/dap/protocol.ts';
import { filterThreads, groupThreads } from '../../extension/views/thread-groups.ts';

function thread(index: number, more: Partial<ThreadItem> = {}): ThreadItem {
  return {
    address: `0xfffffe000000${index.toString(16).padStart(4, '0')}`,
    type: 'kthread_t',
    name: `t${index}`,
    state: 'SLEEP',
    id: String(index),
    stack: ['swtch', 'cv_wait', 'taskq_thread'],
    ...more,
  };
}

describe('thread groups', () => {
  const threads = [
    thread(1),
    thread(2, { stack: ['panic', 'trap'], state: 'ONPROC', cpu: 0 }),
    thread(3, { process: '0xff01' }),
    thread(4, { stack: [], process: '0xff01' }),
  ];

  it('puts equal stacks together, the largest group first', () => {
    const groups = groupThreads(threads, 'stack');
    assert.deepEqual(
      groups.map(({ label, threads: members }) => [label, members.map((each) => each.id)]),
      [
        ['swtch < cv_wait < taskq_thread', ['1', '3']],
        ['no stack', ['4']],
        ['panic < trap', ['2']],
      ],
    );
  });

  it('says that a stack goes on', () => {
    const [group] = groupThreads([thread(1, { stack: ['a', 'b', 'c', 'd', 'e'] })], 'stack');
    assert.equal(group?.label, 'a < b < c < d < …');
  });

  it('leaves out how threads left their CPUs, once several groups share it', () => {
    const sleepers = ['poll', 'read', 'nanosleep'].map((each, index) =>
      thread(index, { stack: ['resume', 'swtch', 'cv_wait', each, 'syscall'] }),
    );
    const labels = groupThreads([...sleepers, thread(9, { stack: ['resume'] })], 'stack');
    assert.deepEqual(
      labels.map((each) => each.label),
      ['nanosleep < syscall', 'poll < syscall', 'read < syscall', 'resume'],
    );
  });

  it('groups by state, by process, and not at all', () => {
    const labels = (grouping: 'state' | 'process' | 'none'): string[] =>
      groupThreads(threads, grouping).map((each) => each.label);
    assert.deepEqual(labels('state'), ['SLEEP', 'ONPROC']);
    assert.deepEqual(labels('process'), ['no process', 't3 0xff01']);
    assert.deepEqual(labels('none'), ['all']);
  });

  it('filters by every word, in any case, in names, stacks and CPUs', () => {
    const ids = (text: string): string[] => filterThreads(threads, text).map((each) => each.id);
    assert.deepEqual(ids('PANIC'), ['2']);
    assert.deepEqual(ids('cpu0 onproc'), ['2']);
    assert.deepEqual(ids('sleep cv_wait'), ['1', '3']);
    assert.deepEqual(ids('panic cv_wait'), []);
    assert.deepEqual(ids('  '), ['1', '2', '3', '4']);
  });

  it('takes ten thousand threads within a frame or two', () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      thread(index, { stack: ['swtch', `wait_${index % 50}`] }),
    );
    const start = performance.now();
    assert.equal(groupThreads(filterThreads(many, 'swtch'), 'stack').length, 50);
    assert.ok(performance.now() - start < 500);
  });
});
