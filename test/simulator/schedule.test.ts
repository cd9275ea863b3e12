/** The schedule language and the end of a run. */
import assert from 'node:assert/strict';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { createMachine } from '../../simulator/machine/create-machine.ts';
import type { Machine, MachineConfiguration } from '../../simulator/machine/machine.ts';
import { chainSchedules, recordedSchedule, run } from '../../simulator/schedule.ts';
import type { Outcome } from '../../simulator/schedule.ts';
import { randomSchedule } from '../../simulator/schedule-random.ts';
import { scriptSchedule } from '../../simulator/schedule-script.ts';
import { hasGcc } from '../support/c-program.ts';
import { buildKernel } from '../support/kernel-image.ts';
import type { BuiltKernel } from '../support/kernel-image.ts';
import { addressOf, variable } from '../support/small-kernel.ts';

const assembly = `.globl start
start: mov %rdi, %rbx; lea stacks(%rip), %rsp; inc %rdi; shl $12, %rdi; add %rdi, %rsp; mov %rbx, %rdi; call kmain; cli; 1: hlt; jmp 1b
.bss
.balign 4096
stacks: .skip 4096 * 5
`;
const c = `typedef unsigned long u64;
#define POINT(name) __asm__ volatile(".pushsection .rodata; 8: .asciz \\"" #name "\\"; .popsection\\n9: nop\\n" \\
  ".pushsection .schedule_points, \\"a\\"; .quad 9b, 8b; .popsection" ::: "memory")
volatile u64 count[4], flag, big[64];
int knob = 3;
void visit(u64 cpu) { count[cpu]++; }
void kmain(u64 cpu) {
  for (int i = 0; i < knob; i++) {
    POINT(turn);
    visit(cpu);
  }
  if (cpu == 1) {
    while (!flag) __asm__ volatile("pause");
    POINT(woken);
  }
  if (cpu == 2)
    for (u64 i = 0; i < 64; i++) big[i] = i; /* line 17 */
  if (cpu == 3) {
    flag = 1;
    __asm__ volatile("out %0, $0xf4" :: "a"((char)2));
  }
}
`;

describe('schedules', function () {
  this.timeout(60_000);
  let kernel: BuiltKernel;
  before(function () {
    if (!hasGcc) this.skip();
    kernel = buildKernel({ assembly, c, flags: ['-O0'] });
  });

  function machineOf(configuration: Partial<MachineConfiguration> = {}): Machine {
    return createMachine(kernel.image, { cpus: 4, ...configuration });
  }

  function play(lines: readonly string[], machine = machineOf()): Outcome {
    const { debugInfo } = openDump(bytesSource(kernel.bytes, 'kernel.elf'));
    return run(machine, scriptSchedule(lines, debugInfo), { steps: 100_000 });
  }

  it('executes one CPU to a symbol, a schedule point, a line, an address', () => {
    const machine = machineOf();
    const outcome = play(
      [
        '# comment',
        '',
        'cpu0 until visit',
        'cpu1 until @turn 2  # the second time',
        'cpu2 until kernel.c:17',
      ],
      machine,
    );
    assert.equal(outcome.reason, 'schedule-end');
    assert.equal(machine.register(0, 'rip'), addressOf(machine, 'visit'));
    assert.ok(kernel.image.schedulePoints.get('turn')?.includes(machine.register(1, 'rip')));
    assert.deepEqual(
      [0, 1, 2].map((cpu) => variable(machine, 'count', cpu)),
      [0n, 1n, 3n],
    );
    assert.match(outcome.detail, /^cpu0 at visit\+0x0, cpu1 at kmain\+0x[0-9a-f]+, cpu2 at kmain/);
    play(
      [`cpu0 until 0x${addressOf(machine, 'kmain').toString(16)}`, 'cpu0 until visit+4'],
      machineOf(),
    );
  });

  it('counts instructions and steps', () => {
    const machine = machineOf();
    play(['cpu0 until visit', 'cpu0 3 instructions'], machine);
    const three = machine.register(0, 'rip');
    const other = machineOf();
    play(['cpu0 until visit', 'cpu0 3 steps'], other);
    assert.equal(other.register(0, 'rip'), three);
    const before = machine.steps;
    play(['cpu0 8 instructions'], machine);
    assert.ok(machine.steps - before >= 8);
    const long = machineOf();
    play(['cpu2 100000 steps'], long);
    assert.equal(long.canExecute(2), false, 'a CPU that waits ends the statement');
  });

  it('lets all take turns until one arrives, or for some steps', () => {
    const machine = machineOf({ knobs: { knob: 5n } });
    const outcome = play(['all until cpu0 @turn 4', 'all 4000 steps'], machine);
    assert.equal(outcome.reason, 'assertion');
    assert.equal(outcome.cpu, 3);
    assert.equal(outcome.detail.startsWith('2 written to port f4'), true);
    assert.equal(variable(machine, 'flag'), 1n);
    assert.ok(outcome.orders.length > 10);
  });

  it('misses no arrival, wherever a turn ends', () => {
    const counted = (offset: number, statement: string): bigint => {
      const machine = machineOf({ cpus: 1, knobs: { knob: 50n } });
      play([`cpu0 ${offset} steps`, statement], machine);
      return variable(machine, 'count', 0);
    };
    for (let offset = 0; offset < 40; offset++) {
      const alone = counted(offset, 'cpu0 until @turn 9');
      assert.equal(counted(offset, 'all until cpu0 @turn 9'), alone, `after ${offset} steps`);
    }
  });

  it('says which line can not be', () => {
    for (const [line, message] of [
      ['cpu0 backwards', /: schedule line 2: not a statement: cpu0 backwards$/],
      ['cpu0 until', /not a statement/],
      ['cpu0 until @turn 0', /not a statement/],
      ['cpu0 -3 steps', /not a statement/],
      ['interrupt cpu0', /not a statement/],
      ['drain cpu0 now', /not a statement/],
      ['stop the machine', /not a statement/],
    ] as const) {
      assert.throws(() => scriptSchedule(['cpu0 1 step', line]), message, line);
    }
    for (const [line, message] of [
      [
        'cpu0 until nothing',
        'schedule line 1: cpu0 until nothing: the kernel has no symbol nothing',
      ],
      [
        'cpu0 until @nowhere',
        'schedule line 1: cpu0 until @nowhere: the kernel has no schedule point @nowhere',
      ],
      [
        'cpu0 until kernel.c:999',
        'schedule line 1: cpu0 until kernel.c:999: no code at kernel.c:999',
      ],
      ['cpu7 1 step', 'there is no cpu7: the machine has 4'],
      ['drain cpu0', 'cpu0 has no such store to drain'],
      ['interrupt cpu0 300', 'no interrupt has vector 300'],
      ['prefetch cpu0 flag', 'prefetch needs the memory model weak'],
      ['dma flag 0', 'not bytes in hexadecimal: 0'],
    ] as const) {
      const outcome = play([line]);
      assert.equal(outcome.reason, 'schedule-error', line);
      assert.equal(outcome.detail, message);
    }
    const never = play(['cpu0 until @woken']);
    assert.equal(never.reason, 'schedule-error');
    assert.match(
      never.detail,
      /^schedule line 1: cpu0 until @woken: it never gets there: cpu0 waits at start\+/,
    );
  });

  it('drains, holds, prefetches and writes as devices do', () => {
    const machine = machineOf({ memoryModel: 'weak' });
    const to19 = ['cpu2 until kernel.c:17', 'hold cpu2', 'cpu2 20 steps'];
    play(to19, machine);
    assert.ok(machine.hardware(2).storeBuffer.length > 0);
    play(['drain cpu2 all', 'release cpu2'], machine);
    assert.equal(machine.hardware(2).storeBuffer.length, 0);
    play(['prefetch cpu1 flag', 'dma flag 0100', 'cpu1 until @woken'], machine);
    assert.equal(variable(machine, 'flag'), 1n);
    assert.equal(machine.hardware(1).loadBuffer.length, 0);
  });

  it('ends with the reason: deadlock, limit, end of the schedule', () => {
    const halted = play(
      ['cpu0 until end', 'cpu2 until end', 'cpu0 1 step', 'all until end'],
      machineOf({ cpus: 3 }),
    );
    assert.equal(halted.reason, 'limit', 'cpu1 spins');
    const one = play(['cpu0 until halt', 'all until end'], machineOf({ cpus: 1 }));
    assert.equal(one.reason, 'deadlock');
    assert.match(one.detail, /^cpu0 waits at start\+0x[0-9a-f]+$/);
    const machine = machineOf({ cpus: 2 });
    const limited = run(machine, randomSchedule({ seed: 5, quantumSteps: 50 }), { steps: 3000 });
    assert.equal(limited.reason, 'limit');
    assert.equal(limited.steps, 3000);
    const again = run(machineOf({ cpus: 2 }), recordedSchedule(limited.orders));
    assert.equal(again.reason, 'schedule-end');
    assert.equal(again.steps, 3000);
    assert.deepEqual(again.orders, limited.orders);
  });

  it('goes from a script to a random walk that ends after its steps', () => {
    const machine = machineOf({ cpus: 2 });
    const walk = randomSchedule({ seed: 9, quantumSteps: 10, steps: 500 });
    const outcome = run(machine, chainSchedules(scriptSchedule(['cpu0 until visit']), walk));
    assert.equal(outcome.reason, 'schedule-end');
    const [first] = outcome.orders;
    assert.equal(first?.kind, 'execute');
    assert.ok(outcome.steps >= 500 && outcome.steps < 600);
  });
});
