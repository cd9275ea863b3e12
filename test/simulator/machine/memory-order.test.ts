/** Memory models, by the classic small programs: every schedule of each is tried, and the outcomes are exactly the allowed ones. */
import assert from 'node:assert/strict';
import { createMachine } from '../../../simulator/machine/create-machine.ts';
import { stopAt } from '../../../simulator/machine/machine.ts';
import type { Machine, MemoryModel } from '../../../simulator/machine/machine.ts';
import { apply } from '../../../simulator/schedule.ts';
import { choices } from '../../../simulator/schedule-choices.ts';
import { hasGcc } from '../../support/c-program.ts';
import { buildKernel } from '../../support/kernel-image.ts';
import { addressOf } from '../../support/small-kernel.ts';

/** Assembly of one CPU each; they leave what they read in rax and rbx. x, y and z are zero variables, each in a line of its own. */
type Program = readonly string[];

const storeBuffering: Program = ['movl $1, x; mov y, %eax', 'movl $1, y; mov x, %eax'];
const fencedStoreBuffering: Program = storeBuffering.map((each) => each.replace(';', '; mfence;'));
const lockedStoreBuffering: Program = ['xchgl %ecx, x; mov y, %eax', 'xchgl %ecx, y; mov x, %eax'];
const messagePassing: Program = ['movl $1, x; movl $1, y', 'mov y, %eax; mov x, %ebx'];
const releasedMessage: Program = ['movl $1, x; sfence; movl $1, y', 'mov y, %eax; mov x, %ebx'];
const countedMessage: Program = ['movl $1, x; lock incl y', 'mov y, %eax; mov x, %ebx'];
const releasedCount: Program = ['movl $1, x; sfence; lock incl y', 'mov y, %eax; mov x, %ebx'];
const ownStores: Program = [
  'movl $1, x; movl $2, x; mov x, %eax; mov z, %ebx',
  'mov x, %eax; mov x, %ebx',
];
const partialStores: Program = ['movb $1, x; movb $1, x+1; mov x, %eax', 'mov x, %eax'];

describe('memory order', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasGcc) this.skip();
  });

  const table: readonly (readonly [string, Program, Readonly<Record<MemoryModel, string>>])[] = [
    [
      'store buffering',
      storeBuffering,
      { sc: '01 10 11', tso: '00 01 10 11', weak: '00 01 10 11' },
    ],
    ['with mfence', fencedStoreBuffering, { sc: '01 10 11', tso: '01 10 11', weak: '01 10 11' }],
    ['with xchg', lockedStoreBuffering, { sc: '01 10 11', tso: '01 10 11', weak: '01 10 11' }],
  ];
  for (const [name, program, expected] of table) {
    for (const model of ['sc', 'tso', 'weak'] as const) {
      it(`${name} under ${model}: ${expected[model]}`, () => {
        const found = outcomes(program, model, (machine) =>
          [0, 1].map((cpu) => machine.register(cpu, 'rax')).join(''),
        );
        assert.equal(found, expected[model]);
      });
    }
  }

  const passing: readonly (readonly [string, Program, Readonly<Record<MemoryModel, string>>])[] = [
    ['message passing', messagePassing, { sc: '00 01 11', tso: '00 01 11', weak: '00 01 10 11' }],
    [
      'with a release fence',
      releasedMessage,
      { sc: '00 01 11', tso: '00 01 11', weak: '00 01 11' },
    ],
    ['by a LOCKed count', countedMessage, { sc: '00 01 11', tso: '00 01 11', weak: '00 01 10 11' }],
    ['by a released count', releasedCount, { sc: '00 01 11', tso: '00 01 11', weak: '00 01 11' }],
    [
      'two stores to one place',
      ownStores,
      { sc: '00 01 02 11 12 22', tso: '00 01 02 11 12 22', weak: '00 01 02 11 12 22' },
    ],
  ];
  for (const [name, program, expected] of passing) {
    for (const model of ['sc', 'tso', 'weak'] as const) {
      it(`${name} under ${model}: ${expected[model]}`, () => {
        const found = outcomes(program, model, (machine) => {
          if (program === ownStores)
            assert.equal(machine.register(0, 'rax'), 2n, 'own stores are seen');
          return `${machine.register(1, 'rax')}${machine.register(1, 'rbx')}`;
        });
        assert.equal(found, expected[model]);
      });
    }
  }

  it('composes a load of several buffered stores by waiting for them', () => {
    for (const model of ['tso', 'weak'] as const) {
      const found = outcomes(partialStores, model, (machine) => {
        assert.equal(machine.register(0, 'rax'), 0x101n);
        return machine.register(1, 'rax').toString(16);
      });
      assert.equal(found, model === 'tso' ? '0 1 101' : '0 1 100 101');
    }
  });

  it('shows buffered stores in order, forwards them, and drains them by age unless they are held', () => {
    const machine = prepare(['movl $1, x; movq $2, y; 1: mov y, %eax; jmp 1b'], 'tso', 300);
    machine.hold(0, true);
    machine.execute(0, 1000);
    const stores = machine.hardware(0).storeBuffer;
    assert.deepEqual(
      stores.map(({ virtualAddress, size, value }) => [virtualAddress, size, value]),
      [
        [addressOf(machine, 'x'), 4, 1n],
        [addressOf(machine, 'y'), 8, 2n],
      ],
    );
    assert.equal(machine.register(0, 'rax'), 2n);
    assert.deepEqual([read(machine, 'x'), read(machine, 'y')], [0, 0]);
    assert.equal(machine.drain(0, stores[1]?.sequence), false, 'not before the older one');
    assert.equal(machine.drain(0), true);
    assert.deepEqual([read(machine, 'x'), read(machine, 'y')], [1, 0]);
    machine.hold(0, false);
    machine.execute(0, 1);
    assert.deepEqual([read(machine, 'x'), read(machine, 'y')], [1, 2]);
  });

  it('drains by age so that others see a store without a fence', () => {
    const machine = prepare(
      ['movl $1, x; 1: pause; jmp 1b', '1: mov x, %eax; test %eax, %eax; jz 1b'],
      'tso',
      50,
    );
    machine.execute(0, 2);
    machine.execute(1, 30);
    assert.equal(machine.register(1, 'rax'), 0n);
    machine.execute(1, 100);
    assert.equal(machine.register(1, 'rax'), 1n);
  });

  it('lets the weak model load early, once, until an acquire fence', () => {
    const early = (program: string): bigint => {
      const machine = prepare(['movl $1, x', program], 'weak');
      machine.prefetch(1, addressOf(machine, 'x'), 4);
      machine.execute(0, 100);
      while (machine.drain(0));
      machine.execute(1, 100);
      return machine.register(1, 'rax') * 10n + machine.register(1, 'rbx');
    };
    assert.equal(early('mov x, %eax; mov x, %ebx'), 1n);
    assert.equal(early('lfence; mov x, %eax; mov x, %ebx'), 11n);
    assert.equal(early('mfence; mov x, %eax; mov x, %ebx'), 11n);
    assert.equal(early('lock incl z; mov x, %eax; mov x, %ebx'), 11n);
    assert.equal(early('sfence; mov x, %eax; mov x, %ebx'), 1n);
    assert.equal(early('movl $1, x; lock incl z; mov x, %eax; mov x, %ebx'), 11n);
    assert.throws(() => prepare(['nop'], 'tso').prefetch(0, 0n, 4), /needs the memory model weak/);
  });

  it('sees its own buffered page-table stores in a walk, and not those of others', () => {
    const mapAndRead = 'movq $0x200083, 0xffffffff80003100; mov 0xffffffff84000000, %eax';
    const own = prepare([mapAndRead], 'tso');
    assert.equal(own.execute(0, 100), 'halted');
    const other = prepare(
      ['movq $0x200083, 0xffffffff80003100', 'mov 0xffffffff84000000, %eax'],
      'tso',
    );
    other.execute(0, 100);
    assert.equal(other.execute(1, 100), 'stopped');
    assert.match(other.stop?.detail ?? '', /neither exception 14/);
    assert.equal(other.register(1, 'cr2'), 0xffffffff84000000n);
  });
});

/** Outcomes of all schedules, sorted. */
function outcomes(
  program: Program,
  model: MemoryModel,
  outcome: (machine: Machine) => string,
): string {
  const machine = prepare(program, model);
  const found = new Set<string>();
  const seen = new Set<bigint>();
  const explore = (): void => {
    const hash = machine.stateHash();
    if (seen.has(hash)) return;
    seen.add(hash);
    const possible = choices(machine, { stops: stopAt.anyMemoryAccess });
    if (!possible.some((each) => each.kind === 'execute')) found.add(outcome(machine));
    const here = machine.snapshot();
    for (const directive of possible) {
      apply(machine, directive);
      explore();
      machine.restore(here);
    }
  };
  explore();
  return [...found].sort().join(' ');
}

/** A machine whose CPUs stand before their programs. */
function prepare(program: Program, memoryModel: MemoryModel, drainAgeSteps = 1_000_000): Machine {
  const cpus = program.map((text, cpu) => `cpu${cpu}: ${text}; cli; hlt`);
  const assembly = `.globl start, x, y, z
.text
start: test %rdi, %rdi; mov $1, %ecx; mov $0, %eax; mov $0, %ebx; jz cpu0; ${cpus.length > 1 ? 'jmp cpu1' : 'cli; hlt'}
${cpus.join('\n')}
.data
.balign 64
x: .quad 0
.balign 64
y: .quad 0
.balign 64
z: .quad 0
`;
  const { image } = buildKernel({ assembly });
  const machine = createMachine(image, { cpus: cpus.length, memoryModel, drainAgeSteps });
  cpus.forEach((_, cpu) => {
    machine.setBreakpoints([addressOf(machine, `cpu${cpu}`)]);
    assert.equal(machine.execute(cpu, 100, stopAt.breakpoint), 'mark');
  });
  return machine;
}

function read(machine: Machine, name: string): number {
  return Buffer.from(machine.readVirtual(0, addressOf(machine, name), 4)).readUInt32LE();
}
