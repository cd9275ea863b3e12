/** vmspace_exit on paper: every schedule of two processes that share an address space and exit, counted, for each form of the function. */
import assert from 'node:assert/strict';
import {
  count,
  make,
  type Model,
  type Program,
  type Step,
  type World,
} from '../dragonfly/micro-models.ts';

type Form = 'naive' | 'landed' | 'uncond' | 'orig';

/** What one thread does and knows; `a` or `b` stands before its variables. */
function exiting(form: Form, self: 'a' | 'b', other: 'a' | 'b'): Program {
  const mine = (name: string): string => `${self}.${name}`;
  const number = (world: World, name: string): number => Number(world[name] ?? 0);
  /** The CPU leaves the pmap: it is no reference any more. */
  const activate = make((world) => ({
    [mine('active')]: 0,
    activations: number(world, 'activations') + 1,
  }));
  const release: Step = make((world) => ({
    refcnt: number(world, 'refcnt') - 1,
    [mine('last')]: number(world, 'refcnt') === 1 ? 1 : 0,
  }));
  /** The last one takes everything down; whoever is active then will write to freed memory. */
  const takeDown = make((world) => {
    if (number(world, mine('last')) === 0) return {};
    const isSwitchedBack = number(world, mine('active')) === 0;
    return {
      [mine('active')]: 0,
      activations: number(world, 'activations') + (isSwitchedBack ? 2 : 1),
      frees: number(world, 'frees') + 1,
      asserts: number(world, 'asserts') + number(world, `${other}.active`),
    };
  });
  /** Off the CPU: pm_active of the pmap in use is written to. */
  const leave = make((world) => ({
    uaf:
      number(world, mine('active')) === 1 && number(world, 'frees') > 0 ? 1 : number(world, 'uaf'),
    [mine('active')]: 0,
  }));

  switch (form) {
    case 'naive':
      return [
        ['N1', release],
        ['N2', takeDown],
        ['off', leave],
      ];
    case 'uncond':
      return [
        ['U1', activate],
        ['U2', release],
        ['U3', takeDown],
        ['off', leave],
      ];
    case 'landed':
      return [
        [
          'L2',
          (world) =>
            number(world, 'refcnt') === 1
              ? { world: { ...world, refcnt: 0, [mine('last')]: 1 }, next: 'L4' }
              : { world },
        ],
        ['L3 activate', activate],
        ['L3 release', release],
        ['L4', takeDown],
        ['off', leave],
      ];
    case 'orig':
      return [
        ['O2', make((world) => ({ [mine('r')]: number(world, 'refcnt') }))],
        [
          'O3',
          (world) =>
            number(world, mine('r')) > 1 && number(world, mine('active')) === 1
              ? activate(world)
              : { world },
        ],
        [
          'O4',
          (world) => {
            const found = number(world, 'refcnt');
            const expected = number(world, mine('r'));
            if (found !== expected) return { world: { ...world, [mine('r')]: found }, next: 'O3' };
            return {
              world: { ...world, refcnt: found - 1, [mine('last')]: found === 1 ? 1 : 0 },
            };
          },
        ],
        ['O5', takeDown],
        ['off', leave],
      ];
  }
}

function twoSharers(form: Form): Model {
  return {
    start: { refcnt: 2, 'a.active': 1, 'b.active': 1 },
    programs: [exiting(form, 'a', 'b'), exiting(form, 'b', 'a')],
    outcome: (world) =>
      `${world['uaf'] === 1 ? 'use after free' : 'fine'}, ${world['frees'] ?? 0} free, ` +
      `${world['activations'] ?? 0} switches, assertion ${Number(world['asserts'] ?? 0) > 0 ? 'fails' : 'holds'}`,
  };
}

describe('vmspace_exit of two sharers, every schedule', () => {
  const expected: Readonly<Record<Form, Readonly<Record<string, number>>>> = {
    naive: {
      'fine, 1 free, 1 switches, assertion holds': 6,
      'use after free, 1 free, 1 switches, assertion fails': 14,
    },
    landed: {
      'fine, 1 free, 2 switches, assertion holds': 20,
      'fine, 1 free, 4 switches, assertion holds': 210,
    },
    uncond: { 'fine, 1 free, 4 switches, assertion holds': 70 },
    orig: {
      'fine, 1 free, 2 switches, assertion holds': 42,
      'fine, 1 free, 4 switches, assertion holds': 420,
    },
  };

  for (const form of ['naive', 'landed', 'uncond', 'orig'] as const)
    it(`${form}: ${Object.values(expected[form]).reduce((sum, each) => sum + each, 0)} schedules`, () => {
      const counts = Object.fromEntries(count(twoSharers(form)));
      assert.deepEqual(counts, expected[form]);
    });

  it('a process that is alone switches once, or three times when it always leaves first', () => {
    const alone = (form: Form): Model => ({
      ...twoSharers(form),
      start: { refcnt: 1, 'a.active': 1 },
      programs: [exiting(form, 'a', 'b')],
    });
    const switches = (form: Form): string => [...count(alone(form)).keys()].join();
    for (const form of ['naive', 'landed', 'orig'] as const)
      assert.equal(switches(form), 'fine, 1 free, 1 switches, assertion holds');
    assert.equal(switches('uncond'), 'fine, 1 free, 3 switches, assertion holds');
  });
});
