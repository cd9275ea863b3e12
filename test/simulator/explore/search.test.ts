/** The explorer on kernels of a few lines, where every schedule can be counted by hand. */
import assert from 'node:assert/strict';
import { recordCourse } from '../../../simulator/explore/course.ts';
import { Search, type GivenTask, type SearchState } from '../../../simulator/explore/search.ts';
import type { Start } from '../../../simulator/explore/start.ts';
import { deciderOf, Runner } from '../../../simulator/explore/task.ts';
import { recordedSchedule, run } from '../../../simulator/schedule.ts';
import { hasGcc } from '../../support/c-program.ts';
import { defaultPlan, explore, smallStart } from './small-search.ts';

/** Whoever is done last stops the machine: 2 (a failed assertion) when an addition was lost. */
const judgeCounter = `mov $1, %eax; lock xadd %rax, done; cmp $1, %rax; jne 9f
	cmpq $2, counter; jne 8f; stop 0; 8: stop 2; 9:`;
const loadAndStore = `point; mov counter, %rax; point; add $1, %rax; mov %rax, counter; ${judgeCounter}`;
const locked = `point; lock incq counter; point; ${judgeCounter}`;

describe('the explorer', function () {
  this.timeout(30_000);
  before(function () {
    if (!hasGcc) this.skip();
  });

  it('tries every order of the pieces between points, each once', () => {
    const state = explore(smallStart({ text: loadAndStore }), { bound: 20, prunes: false });
    const orders = interleavings(2, 2);
    assert.equal(state.seen, orders.length);
    assert.equal(state.failed, orders.filter(losesUpdate).length);
    assert.ok(state.isComplete);
    assert.deepEqual(
      state.findings.map(({ failure }) => failure.kind.split(':')[0]),
      ['assertion'],
    );
  });

  it('needs one departure to lose an update, and tries no more than the bound allows', () => {
    const start = smallStart({ text: loadAndStore });
    assert.equal(explore(start, { bound: 0 }).failed, 0);
    const one = explore(start, { bound: 1 });
    assert.ok(one.failed > 0);
    const all = interleavings(2, 2).filter((order) => departures(order) <= 1);
    assert.equal(explore(start, { bound: 1, prunes: false }).seen, all.length);
  });

  it('finds nothing where nothing is to be found, and says that it tried all', () => {
    const state = explore(smallStart({ text: locked }), { bound: 20 });
    assert.equal(state.failed, 0);
    assert.ok(state.isComplete && state.isOver);
    assert.equal(state.cut, 0);
  });

  it('leaves out what leads to a known state, and finds the same', () => {
    const start = smallStart({ text: loadAndStore, cpus: 3 });
    const every = explore(start, { bound: 4, prunes: false });
    const pruned = explore(start, { bound: 4 });
    assert.ok(pruned.pruned > 0 && pruned.seen < every.seen, `${pruned.seen} of ${every.seen}`);
    const kinds = (state: SearchState): string[] =>
      state.findings.map(({ failure }) => failure.kind).sort();
    assert.deepEqual(kinds(pruned), kinds(every));
  });

  for (const strategy of ['exhaustive', 'random', 'pct'] as const) {
    it(`says the same in whatever order results come (${strategy})`, () => {
      const plan = { ...defaultPlan, strategy, seeds: 60, places: 6, bound: 3 };
      const start = smallStart({ text: loadAndStore });
      const inOrder = explore(start, plan);
      assert.deepEqual(explore(start, plan), inOrder);
      assert.deepEqual(exploreInBatches(start, plan, 7), inOrder);
      assert.ok(inOrder.failed > 0 && inOrder.failed < inOrder.seen);
    });
  }

  for (const [memoryModel, fences, fails] of [
    ['sc', '', false],
    ['tso', '', true],
    ['tso', 'mfence', false],
    ['weak', '', true],
  ] as const)
    it(`${fails ? 'finds' : 'finds no'} stores that both CPUs see too late: ${memoryModel} ${fences}`, () => {
      const text = `lea counter, %rsi; lea other, %rdi; test %rbx, %rbx; jz 5f; xchg %rsi, %rdi; 5: point
	movq $1, (%rsi); ${fences}; point; mov (%rdi), %rax; point; xor $1, %eax; lock add %rax, seen
	mov $1, %eax; lock xadd %rax, done; cmp $1, %rax; jne 9f; cmpq $2, seen; jne 8f; stop 2; 8: stop 0; 9:`;
      const state = explore(smallStart({ text, memoryModel }), { bound: 4 });
      assert.equal(state.failed > 0, fails);
      assert.ok(state.isComplete);
    });

  it('takes a CPU that spins for one that waits, and all of them for a deadlock', () => {
    const text = `mov %rbx, %rax; test %rax, %rax; jz 6f; movq $1, other; 6: cmpq $0, other; jne 9f; pause; jmp 6b; 9:`;
    const done = explore(smallStart({ text, search: { idle: 'deadlock' } }), { bound: 2 });
    assert.deepEqual(
      done.findings.map(({ failure }) => failure.text.split(':')[0]),
      ['deadlock'],
      'CPUs that halt for good were forgotten, this scenario says',
    );
    const stuck = 'cmpq $0, other; 6: pause; cmpq $1, counter; jne 6b';
    const spinning = smallStart({ text: stuck, search: { idle: 'deadlock' } });
    const runner = new Runner(spinning);
    const task = { kind: 'departures', departures: [], left: -1, notesStates: false } as const;
    const { end, failure } = runner.run(task);
    assert.equal(end, 'stuck');
    assert.match(failure?.text ?? '', /^deadlock: cpu0 at race\+0x/);
  });

  it('stops at the first failure, or after so many schedules', () => {
    const start = smallStart({ text: loadAndStore });
    const first = explore(start, { bound: 20, stopsAtFirst: true });
    assert.equal(first.failed, 1);
    assert.ok(first.isOver && !first.isComplete && first.waiting > 0);
    const some = explore(start, { bound: 20, limit: 5 });
    assert.equal(some.seen, 5);
    assert.ok(some.isOver && !some.isComplete);
  });

  it('records what happened: the orders replay to the same state', () => {
    const start = smallStart({ text: loadAndStore, memoryModel: 'tso', cpus: 3 });
    const runner = new Runner(start);
    for (let seed = 1; seed <= 20; seed++) {
      const task = { kind: 'random', seed, places: 9 } as const;
      const orders = recordCourse(runner.course, deciderOf(task, start));
      start.machine.quiesce();
      const hash = start.machine.stateHash();
      const fresh = smallStart({ text: loadAndStore, memoryModel: 'tso', cpus: 3 });
      const whole = JSON.parse(JSON.stringify(orders.slice(fresh.orders.length)));
      fresh.machine.restore(fresh.snapshot);
      run(fresh.machine, recordedSchedule(whole));
      assert.equal(fresh.machine.stateHash(), hash, `seed ${seed}`);
    }
  });
});

/** Takes results from the last to the first, a few tasks at a time. */
function exploreInBatches(start: Start, plan: typeof defaultPlan, size: number): SearchState {
  const runner = new Runner(start);
  const search = new Search(plan);
  for (;;) {
    const batch: GivenTask[] = [];
    for (let given = search.next(); given; given = search.next()) {
      batch.push(given);
      if (batch.length === size) break;
    }
    if (batch.length === 0) return search.state;
    for (const given of batch.reverse()) search.take(given, runner.run(given.task));
  }
}

/** Every order of `first` pieces of CPU 0 and `second` of CPU 1. */
function interleavings(first: number, second: number): number[][] {
  if (first + second === 0) return [[]];
  return [
    ...(first > 0 ? interleavings(first - 1, second).map((rest) => [0, ...rest]) : []),
    ...(second > 0 ? interleavings(first, second - 1).map((rest) => [1, ...rest]) : []),
  ];
}

/** The first piece of each CPU loads, the second stores. */
function losesUpdate(order: readonly number[]): boolean {
  const place = (cpu: number, piece: number): number =>
    order.map((each, at) => ({ each, at })).filter(({ each }) => each === cpu)[piece - 1]?.at ?? 0;
  return [0, 1].every((cpu) => place(cpu, 1) < place(1 - cpu, 2));
}

/** Changes away from a CPU that has pieces left; the machine begins with CPU 1, which was the last to boot. */
function departures(order: readonly number[]): number {
  let count = 0;
  let last = 1;
  for (const [index, cpu] of order.entries()) {
    if (cpu !== last && order.slice(index).includes(last)) count++;
    last = cpu;
  }
  return count;
}
