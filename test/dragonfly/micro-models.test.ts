/** DragonFly's races on paper: every schedule of their steps, counted. The kernels in C have more steps; interleavings.test.ts compares. */
import assert from 'node:assert/strict';
import { count, make, set, when, type Model, type Program, type World } from './micro-models.ts';

/** DF-01: CPU 1 switches between two threads of one address space while CPU 0 takes a page away. */
function switchModel(kernel: 'buggy' | 'fixed' | 'keepbit'): Model {
  const switching: Program = [
    ['AND', kernel === 'keepbit' ? set({}) : set({ bit: 0 })],
    ['cli', set({ isOpen: 0 })],
    ['popf', set({ isOpen: 1 })],
    ['OR', set({ bit: 1 })],
    ['test', (world) => ({ world, next: world['excl'] === 1 ? 'wait' : 'compare' })],
    [
      'wait',
      when(
        ({ excl }) => excl === 0,
        (world) => ({ world: { ...world, cached: 0 }, next: 'reload' }),
      ),
    ],
    ['compare', kernel === 'fixed' ? set({ cached: 0 }) : set({})],
    ['reload', set({})],
    [
      'user',
      make(({ cached, pte, reused }) => ({
        seen: cached === 1 && pte === 0 ? (reused === 1 ? 'after reuse' : 'before reuse') : 'ok',
      })),
    ],
  ];
  const unmapping: Program = [
    ['set EXCL', set({ excl: 1 })],
    ['sample', make(({ bit }) => ({ sampled: bit ?? 0 }))],
    ['store', make(({ sampled }) => ({ pte: 0, ipi: sampled ?? 0 }))],
    ['wait ack', when(({ sampled, acked }) => sampled === 0 || acked === 1, set({}))],
    ['clear EXCL', set({ excl: 0 })],
    ['reuse', set({ reused: 1 })],
  ];
  return {
    start: {
      bit: 1,
      excl: 0,
      pte: 1,
      cached: 1,
      isOpen: 1,
      ipi: 0,
      acked: 0,
      sampled: 0,
      reused: 0,
      seen: '',
    },
    programs: [switching, unmapping],
    // CPU 1 answers as soon as its interrupts are on.
    settle: (world) =>
      world['ipi'] === 1 && world['isOpen'] === 1
        ? { ...world, ipi: 0, acked: 1, cached: 0 }
        : world,
    outcome: ({ seen }) => String(seen),
  };
}

/** The same with the steps that interleavings.test.ts takes the kernel through. What follows once a command is sent is one step. */
function coarseSwitchModel(): Model {
  const switching: Program = [
    ['AND', set({ bit: 0 })],
    ['switch', set({})],
    ['OR', set({ bit: 1 })],
    ['test', make(({ excl }) => ({ waits: excl ?? 0 }))],
    [
      'load',
      when(
        ({ waits, excl }) => waits === 0 || excl === 0,
        make(({ waits }): World => (waits === 1 ? { cached: 0 } : {})),
      ),
    ],
    [
      'user',
      // A fault waits for the token of the map, which CPU 0 has until the page is given back.
      when(
        ({ cached, pte, reused }) => cached === 1 || pte === 1 || reused === 1,
        make(({ cached, pte, reused }) => ({
          seen: cached === 1 && pte === 0 ? (reused === 1 ? 'after reuse' : 'before reuse') : 'ok',
        })),
      ),
    ],
  ];
  const unmapping: Program = [
    ['set EXCL', set({ excl: 1 })],
    ['sample', make(({ bit }): World => (bit === 1 ? { seen: 'by command' } : {}))],
    ['store', set({ pte: 0 })],
    ['clear EXCL', set({ excl: 0 })],
    ['reuse', set({ reused: 1 })],
  ];
  return {
    start: { bit: 1, excl: 0, pte: 1, cached: 1, waits: 0, reused: 0, seen: '' },
    programs: [switching, unmapping],
    isOver: ({ seen }) => seen === 'by command',
    outcome: ({ seen }) => String(seen),
  };
}

/** Two CPUs and the spin lock of a page. */
const lock = when(
  ({ held }) => held === 0,
  (world) => ({ world: { ...world, held: 1 } }),
);
const unlock = set({ held: 0 });

/** DF-07 and DF-V3: one CPU makes a page unwritable while another makes it writable. */
function writeableModel(isFixed: boolean): Model {
  const scan = (world: World): World => (world['pv'] === 1 ? { rw: 0 } : {});
  const outside: readonly Program[] = [
    [
      ['lock', lock],
      ['scan', make(scan)],
      ['unlock', unlock],
      ['clear flag', set({ flag: 0 })],
    ],
    [
      ['lock', lock],
      ['pv', set({ pv: 1 })],
      ['unlock', unlock],
      ['PTE', set({ rw: 1 })],
      ['flag', set({ flag: 1 })],
      // The published count has a step behind the flag that nothing depends on.
      ['return', set({})],
    ],
  ];
  const inside: readonly Program[] = [
    [
      ['lock', lock],
      ['scan', make(scan)],
      ['clear flag', set({ flag: 0 })],
      ['unlock', unlock],
    ],
    [
      ['lock', lock],
      ['pv', set({ pv: 1 })],
      ['PTE', set({ rw: 1 })],
      ['flag', set({ flag: 1 })],
      ['unlock', unlock],
    ],
  ];
  return {
    start: { held: 0, pv: 0, rw: 0, flag: 1 },
    programs: isFixed ? inside : outside,
    outcome: ({ rw, flag }) => (rw === 1 && flag === 0 ? 'writable in secret' : 'ok'),
  };
}

/** DF-14: two CPUs insert a page each and count it; a third scans once and compares when all is over. */
function generationModel(isFixed: boolean): Model {
  const inserter = (name: string): Program =>
    isFixed
      ? [
          [`insert ${name}`, set({ [name]: 1 })],
          [`add ${name}`, make(({ generation }) => ({ generation: Number(generation) + 1 }))],
        ]
      : [
          [`load ${name}`, make(({ generation }) => ({ [`${name} read`]: generation ?? 0 }))],
          [`insert ${name}`, set({ [name]: 1 })],
          [`store ${name}`, make((world) => ({ generation: Number(world[`${name} read`]) + 1 }))],
        ];
  const scanner: Program = [
    [
      'scan',
      make(({ generation, a, b }) => ({ limit: generation ?? 0, saw: Number(a) + Number(b) })),
    ],
  ];
  return {
    start: { generation: 10, a: 0, b: 0, 'a read': 0, 'b read': 0, limit: 0, saw: 0 },
    programs: [inserter('a'), inserter('b'), scanner],
    outcome: ({ generation, limit, saw }) => {
      if (generation === limit && Number(saw) < 2) return 'lost and missed';
      return generation === 12 ? 'ok' : 'lost';
    },
  };
}

describe('DragonFly races, every schedule of a model', () => {
  const tables: readonly (readonly [string, Model, Readonly<Record<string, number>>])[] = [
    ['DF-01 buggy', switchModel('buggy'), { ok: 797, 'before reuse': 86, 'after reuse': 393 }],
    ['DF-01 fixed', switchModel('fixed'), { ok: 1276 }],
    ['DF-01 keepbit', switchModel('keepbit'), { ok: 1166 }],
    [
      'DF-01 in the steps of interleavings.test.ts',
      coarseSwitchModel(),
      { 'before reuse': 21, 'after reuse': 74, ok: 34, 'by command': 15 },
    ],
    ['PG_WRITEABLE buggy', writeableModel(false), { ok: 33, 'writable in secret': 9 }],
    ['PG_WRITEABLE fixed', writeableModel(true), { ok: 2 }],
    ['generation buggy', generationModel(false), { ok: 14, lost: 120, 'lost and missed': 6 }],
    ['generation fixed', generationModel(true), { ok: 30 }],
  ];
  for (const [name, model, expected] of tables)
    it(`${name}: ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(Object.fromEntries(count(model)), expected);
    });

  it('DF-01 is stale if and only if AND < sample < OR and clear EXCL < test, before the user’s access', () => {
    const model = switchModel('buggy');
    const counts = count({
      ...model,
      outcomeOfOrder: ({ seen }, order) => {
        const at = (name: string): number => order.indexOf(name);
        const isUnseen = at('AND') < at('sample') && at('sample') < at('OR');
        const isOver = at('clear EXCL') < at('test');
        assert.equal(seen !== 'ok', isUnseen && isOver, order.join(', '));
        return seen === 'ok' ? 'ok' : 'stale';
      },
    });
    assert.deepEqual(Object.fromEntries(counts), { ok: 797, stale: 479 });
  });
});
