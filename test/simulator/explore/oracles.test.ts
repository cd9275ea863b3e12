/**
 * Counts that a model checker gave for models of the kernels' operations, all orders of their steps: the explorer has to come to the same.
 *
 * A step is what a CPU does between two schedule points; each leaves its letter in a trace. States with different traces differ, so that the search
 * loses no order when it leaves out known states, and a CPU that spins on a lock adds none.
 */
import assert from 'node:assert/strict';
import { Search } from '../../../simulator/explore/search.ts';
import { Runner } from '../../../simulator/explore/task.ts';
import { hasGcc } from '../../support/c-program.ts';
import { defaultPlan, smallStart } from './small-search.ts';

const c = (body: string): string => `
static volatile char trace[64];
static volatile int length, refs, freed, bad, generation, flag, pte, writable;
static volatile int gone, excl, isOff, sampled, pending, done, flushed, reused, stale;
static volatile unsigned lock;
#define POINT __asm__ volatile(".pushsection .rodata.names, \\"aMS\\", @progbits, 1\\n77770: .asciz \\"point\\"\\n.popsection\\n77771: nop\\n" \\
	".pushsection .schedule_points, \\"a\\", @progbits\\n.quad 77771b, 77770b\\n.popsection" ::: "memory")
#define STEP(letter, effect) do { POINT; effect; trace[length++] = letter; } while (0)
#define WAIT(letter, condition) do { POINT; while (!(condition)) __asm__ volatile("pause" ::: "memory"); trace[length++] = letter; } while (0)
#define LOCK(letter) do { POINT; while (lock) __asm__ volatile("pause" ::: "memory"); lock = 1; trace[length++] = letter; } while (0)
void work(long cpu)
{
	${body}
}
`;

interface Model {
  readonly name: string;
  readonly cpus: number;
  readonly body: string;
  /** Whether the last state is bad. */
  readonly isBad: (word: (name: string) => number) => boolean;
  readonly orders: number;
  readonly bad: number;
  /** True of the orders, by their letters, that end badly, and of no other. */
  readonly condition?: (order: string) => boolean;
}

/** What protects an entry, and who makes one: DF-07. The sixth step of the latter is the access through the entry. */
const protect = (isFixed: boolean): string =>
  isFixed
    ? `if (cpu == 0) { LOCK('a'); STEP('b', if (pte) writable = 0); STEP('c', flag = 0); STEP('d', lock = 0); }
       else { LOCK('e'); STEP('f', ); STEP('g', pte = writable = 1); STEP('h', flag = 1); STEP('i', ); STEP('j', lock = 0); }`
    : `if (cpu == 0) { LOCK('a'); STEP('b', if (pte) writable = 0); STEP('d', lock = 0); STEP('c', flag = 0); }
       else { LOCK('e'); STEP('f', ); STEP('j', lock = 0); STEP('g', pte = writable = 1); STEP('h', flag = 1); STEP('i', ); }`;

/**
 * A CPU leaves pm_active (A) and joins it again (O) while another removes a translation: sets EXCL (x), samples pm_active (s), clears the entry (p), waits
 * for those that it told (k), clears EXCL (c), uses the page again (r). The first CPU tests EXCL (t), waits for it (w), flushes if it was set (f), uses the
 * translation (u). An interrupt is taken at once, or behind `popf` (j).
 */
const switchAndRemove = (flushes: string): string => `
  if (cpu == 0) {
    STEP('x', excl = 1); STEP('s', sampled = !gone);
    STEP('p', pte = 1; if (!sampled) done = 1; else if (isOff) pending = 1; else flushed = done = 1);
    WAIT('k', done); STEP('c', excl = 0); STEP('r', reused = 1);
  } else {
    int saw = 0;
    STEP('A', gone = 1); STEP('i', isOff = 1); STEP('j', isOff = 0; if (pending) flushed = done = 1); STEP('O', gone = 0);
    STEP('t', saw = excl); WAIT('w', !saw || !excl); STEP('f', if (${flushes}) flushed = 1);
    STEP('u', if (!flushed && pte) stale = 1 + reused);
  }`;

const inOrder = (order: string, letters: string): boolean =>
  [...letters].every(
    (letter, i) => i === 0 || order.indexOf(letters[i - 1] ?? '') < order.indexOf(letter),
  );

const models: readonly Model[] = [
  {
    name: 'DF-01: a switch that does not load %cr3, stale at all',
    cpus: 2,
    body: switchAndRemove('saw'),
    isBad: (word) => word('stale') > 0,
    orders: 1276,
    bad: 479,
    condition: (order) => inOrder(order, 'AsO') && inOrder(order, 'ct'),
  },
  {
    name: 'DF-01: stale after the page is used again',
    cpus: 2,
    body: switchAndRemove('saw'),
    isBad: (word) => word('stale') === 2,
    orders: 1276,
    bad: 393,
  },
  {
    name: 'DF-01, fixed: %cr3 is loaded',
    cpus: 2,
    body: switchAndRemove('1'),
    isBad: (word) => word('stale') > 0,
    orders: 1276,
    bad: 0,
  },
  {
    name: 'FB-01: the reference is dropped before the pmap is left',
    cpus: 2,
    body: `int last = 0; if (refs == 0) refs = 2;
      STEP('a' + cpu, last = --refs == 0);
      STEP('c' + cpu, if (last) freed = 1);
      STEP('e' + cpu, if (!last && freed) bad = 1);`,
    isBad: (word) => word('bad') === 1,
    orders: 20,
    bad: 14,
  },
  {
    name: 'FB-01, fixed: the pmap is left first',
    cpus: 2,
    body: `int last = 0; if (refs == 0) refs = 2;
      STEP('a' + cpu, if (freed) bad = 1);
      STEP('c' + cpu, last = --refs == 0);
      STEP('e' + cpu, if (last) freed = 1);
      STEP('g' + cpu, );`,
    isBad: (word) => word('bad') === 1,
    orders: 70,
    bad: 0,
  },
  {
    name: 'DF-14: two insert, and count without a lock',
    cpus: 3,
    body: `int seen;
      if (cpu == 2) STEP('z', );
      else { STEP('a' + cpu, seen = generation); STEP('c' + cpu, ); STEP('e' + cpu, generation = seen + 1); }`,
    isBad: (word) => word('generation') !== 2,
    orders: 140,
    bad: 126,
  },
  {
    name: 'DF-14, fixed: the count is atomic',
    cpus: 3,
    body: `if (cpu == 2) STEP('z', );
      else { STEP('a' + cpu, ); STEP('e' + cpu, __atomic_fetch_add(&generation, 1, __ATOMIC_SEQ_CST)); }`,
    isBad: (word) => word('generation') !== 2,
    orders: 30,
    bad: 0,
  },
  {
    name: 'DF-07: PG_WRITEABLE is cleared outside the lock',
    cpus: 2,
    body: protect(false),
    isBad: (word) => word('writable') === 1 && word('flag') === 0,
    orders: 42,
    bad: 9,
  },
  {
    name: 'DF-07, fixed: inside',
    cpus: 2,
    body: protect(true),
    isBad: (word) => word('writable') === 1 && word('flag') === 0,
    orders: 2,
    bad: 0,
  },
];

describe('orders that were counted elsewhere', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasGcc) this.skip();
  });

  for (const { name, cpus, body, isBad, orders, bad, condition } of models)
    it(`${name}: ${bad} of ${orders}`, () => {
      const start = smallStart({ text: 'mov %rbx, %rdi; call work', c: c(body), cpus });
      const { machine } = start;
      const runner = new Runner(start);
      const search = new Search({ ...defaultPlan, bound: 30 });
      const ends = new Map<string, boolean>();
      const word = (symbol: string): number => {
        const address = machine.image.symbols.byName(symbol)?.address;
        assert.ok(address !== undefined, symbol);
        return Buffer.from(machine.readVirtual(0, address, 4)).readInt32LE();
      };
      const trace = machine.image.symbols.byName('trace')?.address;
      assert.ok(trace !== undefined);
      for (let given = search.next(); given; given = search.next()) {
        const result = runner.run(given.task);
        assert.equal(result.end, 'idle');
        const text = Buffer.from(machine.readVirtual(0, trace, word('length'))).toString('latin1');
        ends.set(text, isBad(word));
        search.take(given, result);
      }
      assert.ok(search.state.isComplete);
      for (const [order, isWrong] of condition ? ends : [])
        assert.equal(isWrong, condition?.(order), order);
      const badEnds = [...ends.values()].filter((each) => each).length;
      assert.deepEqual({ orders: ends.size, bad: badEnds }, { orders, bad });
    });
});
