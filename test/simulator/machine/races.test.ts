/** Interleavings: what two CPUs lose and what they don't, replay by seed, and snapshots that bring everything back. */
import assert from 'node:assert/strict';
import { createMachine } from '../../../simulator/machine/create-machine.ts';
import { stopAt } from '../../../simulator/machine/machine.ts';
import type { Machine, MachineConfiguration } from '../../../simulator/machine/machine.ts';
import { recordedSchedule, run } from '../../../simulator/schedule.ts';
import { randomSchedule } from '../../../simulator/schedule-random.ts';
import { hasGcc } from '../../support/c-program.ts';
import { buildKernel } from '../../support/kernel-image.ts';
import { addressOf } from '../../support/small-kernel.ts';

const schedules = 1000;

/** Each CPU executes the text once and halts. */
function prepare(text: string, configuration: Partial<MachineConfiguration> = {}): Machine {
  const assembly = `.globl start, race, counter, lock, pattern
.text
start: mov %rdi, %rbx; lea stack(%rip), %rsp; shl $8, %rdi; sub %rdi, %rsp
race: ${text}
cli; hlt
.data
.balign 64
counter: .quad 0
lock: .quad 0
pattern: .fill 64, 1, 0
.bss
.balign 16
.skip 1024
stack:
`;
  const machine = createMachine(buildKernel({ assembly }).image, { cpus: 2, ...configuration });
  machine.setBreakpoints([addressOf(machine, 'race')]);
  for (const cpu of [0, 1]) assert.equal(machine.execute(cpu, 100, stopAt.breakpoint), 'mark');
  return machine;
}

/** How many of the seeded schedules end with less than 2. */
function lostUpdates(text: string, configuration: Partial<MachineConfiguration> = {}): number {
  const machine = prepare(text, configuration);
  const begin = machine.snapshot();
  let lost = 0;
  for (let seed = 0; seed < schedules; seed++) {
    machine.restore(begin);
    const { reason } = run(machine, randomSchedule({ seed }), { steps: 10_000 });
    assert.equal(reason, 'deadlock', `seed ${seed}`);
    if (counter(machine) < 2) lost++;
  }
  return lost;
}

function counter(machine: Machine): number {
  const bytes = machine.readVirtual(0, addressOf(machine, 'counter'), 8);
  return Number(Buffer.from(bytes).readBigUInt64LE());
}

describe('races', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasGcc) this.skip();
  });

  const load = 'mov counter, %rax; add $1, %rax; mov %rax, counter';
  const locked = `1: mov $1, %eax; xchg %eax, lock; test %eax, %eax; jz 2f; pause; jmp 1b; 2: ${load}; movl $0, lock`;
  const table: readonly (readonly [string, string, boolean])[] = [
    ['a load, an addition and a store', load, true],
    ['addq $1, memory', 'addq $1, counter', true],
    ['incq memory', 'incq counter', true],
    ['xadd without LOCK', 'mov $1, %eax; xadd %rax, counter', true],
    ['btsq without LOCK beside an addition', 'addq $1, counter; btsq $40, lock', true],
    ['lock addq', 'lock addq $1, counter', false],
    ['lock incq', 'lock incq counter', false],
    ['lock xadd', 'mov $1, %eax; lock xadd %rax, counter', false],
    [
      'a lock cmpxchg loop',
      '1: mov counter, %rax; lea 1(%rax), %rdx; lock cmpxchg %rdx, counter; jnz 1b',
      false,
    ],
    ['an xchg spinlock', locked, false],
  ];
  for (const [name, text, loses] of table) {
    it(`${name} ${loses ? 'loses updates' : 'loses none'}`, () => {
      const lost = lostUpdates(text);
      if (loses) assert.ok(lost > schedules / 10 && lost < schedules, `${lost} of ${schedules}`);
      else assert.equal(lost, 0);
    });
  }

  it('an xchg spinlock loses none under tso, and under weak only without a release fence', () => {
    const released = locked.replace('movl $0', 'sfence; movl $0');
    assert.equal(lostUpdates(locked, { memoryModel: 'tso', drainAgeSteps: 40 }), 0);
    assert.ok(lostUpdates(locked, { memoryModel: 'weak', drainAgeSteps: 40 }) > 0);
    assert.equal(lostUpdates(released, { memoryModel: 'weak', drainAgeSteps: 40 }), 0);
  });

  it('stops between the elements of a repeated string instruction', () => {
    const fill = 'lea pattern(%rip), %rdi; lea 1(%rbx), %eax; mov $16, %ecx; rep stosb';
    const machine = prepare(fill);
    const begin = machine.snapshot();
    const patterns = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      machine.restore(begin);
      run(machine, randomSchedule({ seed }));
      patterns.add(
        Buffer.from(machine.readVirtual(0, addressOf(machine, 'pattern'), 16)).toString('hex'),
      );
    }
    assert.ok(patterns.size > 20, `${patterns.size} mixtures`);
  });

  it('starts a half-done read-modify-write again after an interrupt, and loses nothing to it', () => {
    const machine = prepare('sti; addq $1, counter', { cpus: 2 });
    machine.execute(0, 2);
    assert.equal(machine.isBetweenInstructions(0), false);
    const rip = machine.register(0, 'rip');
    assert.throws(() => machine.interrupt(0, 0x40), /has not enabled its APIC/);
    machine.interrupt(0, 2);
    machine.execute(0, 1);
    assert.equal(machine.stop?.reason, 'triple-fault', 'there is no IDT');
    assert.equal(machine.register(0, 'rip'), rip);
    assert.equal(machine.isBetweenInstructions(0), true);
  });

  for (const memoryModel of ['sc', 'tso', 'weak'] as const) {
    it(`gives the same end for the same seed, and for the recorded orders (${memoryModel})`, () => {
      const text = `mov $50, %ecx; 1: addq $1, counter; mov %rcx, pattern(,%rbx,8); lock incq lock; dec %ecx; jnz 1b`;
      const image = (): Machine => prepare(text, { memoryModel });
      const ends = [1, 2, 3].map((seed) => {
        const first = image();
        const outcome = run(first, randomSchedule({ seed, quantumSteps: 3 }));
        const second = image();
        assert.deepEqual(run(second, randomSchedule({ seed, quantumSteps: 3 })), outcome);
        const third = image();
        const replayed = run(third, recordedSchedule(JSON.parse(JSON.stringify(outcome.orders))));
        assert.deepEqual(replayed.orders, outcome.orders);
        const states = [first, second, third].map(everything);
        assert.deepEqual(states[1], states[0]);
        assert.deepEqual(states[2], states[0]);
        return JSON.stringify(outcome.orders);
      });
      assert.equal(new Set(ends).size, 3, 'other seeds give other walks');
    });

    it(`restores all of a state, however often and from wherever (${memoryModel})`, () => {
      const text = `mov $50, %ecx; 1: addq $1, counter; rdtsc; mov %rax, pattern(,%rbx,8); push %rcx; pop %rdx; mov %rdx, 0xffffffff80000000(,%rcx,4); dec %ecx; jnz 1b`;
      const machine = prepare(text, { memoryModel });
      const marks: { snapshot: ReturnType<Machine['snapshot']>; state: unknown; hash: bigint }[] =
        [];
      const walk = (seed: number, steps: number): void => {
        run(machine, randomSchedule({ seed, steps }));
        const snapshot = machine.snapshot();
        marks.push({ snapshot, state: everything(machine), hash: machine.stateHash() });
      };
      for (let i = 0; i < 6; i++) walk(i, 37);
      machine.restore(marks[2]?.snapshot ?? machine.snapshot());
      for (let i = 0; i < 4; i++) walk(100 + i, 53);
      for (const i of [5, 0, 9, 3, 3, 8, 1, 6, 2, 7, 4, 0]) {
        const mark = marks[i];
        assert.ok(mark);
        machine.restore(mark.snapshot);
        assert.deepEqual(everything(machine), mark.state, `snapshot ${i}`);
        assert.equal(machine.stateHash(), mark.hash);
        run(machine, randomSchedule({ seed: 1000 + i, steps: 20 }));
        assert.notEqual(machine.stateHash(), mark.hash);
      }
      assert.throws(() => prepare(text).restore(machine.snapshot()), /of another machine/);
    });
  }
});

/** All that can be seen of a machine. */
function everything(machine: Machine): unknown {
  return {
    steps: machine.steps,
    stop: machine.stop,
    console: machine.console,
    cpus: Array.from({ length: machine.cpuCount }, (_, cpu) => machine.hardware(cpu)),
    pages: machine
      .presentPages()
      .map((page) => [page, Buffer.from(machine.readPhysical(page, 4096)).toString('latin1')]),
  };
}
