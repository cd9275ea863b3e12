/** Compiled regions change nothing: a machine that compiles whatever it meets twice goes the same way as one that never does. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { openFile } from '../../../dump-format/file-source.ts';
import { createMachine } from '../../../simulator/machine/create-machine.ts';
import { readKernelImage } from '../../../simulator/machine/image.ts';
import { stopAt } from '../../../simulator/machine/machine.ts';
import type { KernelImage, Machine, MemoryModel } from '../../../simulator/machine/machine.ts';
import { apply, run } from '../../../simulator/schedule.ts';
import { generator, randomSchedule } from '../../../simulator/schedule-random.ts';
import { hasGcc } from '../../support/c-program.ts';
import { buildKernel } from '../../support/kernel-image.ts';
import { runToEnd, smallKernel, variable } from '../../support/small-kernel.ts';

const kernels = resolve(import.meta.dirname, '../../../sample-dumps/kernels');
const never = Infinity;

function imageOf(os: string): KernelImage {
  return readKernelImage(openFile(resolve(kernels, os, 'images/fixed.elf')));
}

function everything(machine: Machine): unknown {
  const cpus = Array.from({ length: machine.cpuCount }, (_, cpu) => machine.hardware(cpu));
  return { cpus, hash: machine.stateHash(), steps: machine.steps, pages: machine.presentPages() };
}

describe('regions', function () {
  this.timeout(60_000);

  for (const os of ['illumos', 'dragonfly', 'akaros'])
    for (const memoryModel of ['sc', 'tso', 'weak'] satisfies MemoryModel[])
      it(`leave ${os} as the interpreter does (${memoryModel})`, () => {
        const image = imageOf(os);
        const interpreted = createMachine(image, { cpus: 2, memoryModel }, never);
        const compiled = createMachine(image, { cpus: 2, memoryModel }, 1);
        const { orders } = run(interpreted, randomSchedule({ seed: 5, quantumSteps: 60 }), {
          steps: 30_000,
        });
        for (const order of orders) apply(compiled, order);
        compiled.quiesce();
        assert.deepEqual(everything(compiled), everything(interpreted));
      });

  it('end with the budget, wherever that is', () => {
    const image = imageOf('illumos');
    const machines = [never, 1].map((arrivals) =>
      createMachine(image, { cpus: 1, memoryModel: 'tso' }, arrivals),
    );
    const random = generator(11);
    for (let i = 0; i < 4000; i++) {
      const steps = 1 + random(i % 100 === 0 ? 3000 : 12);
      const [expected, found] = machines.map((machine) => [
        machine.execute(0, steps),
        machine.steps,
        machine.register(0, 'rip'),
        machine.stateHash(),
      ]);
      assert.deepEqual(found, expected, `round ${i}`);
    }
  });

  describe('of small kernels', () => {
    before(function () {
      if (!hasGcc || process.arch !== 'x64') this.skip();
    });

    it('stop at a breakpoint that is set when they are compiled, and go on without it', () => {
      const { image } = buildKernel({
        assembly: `.globl start
start: xor %eax, %eax
again: inc %rax
middle: cmp $3000, %rax
jne again
hlt`,
      });
      const machine = createMachine(image, { cpus: 1 }, 1);
      const middle = image.symbols.byName('middle')?.address ?? 0n;
      assert.equal(machine.execute(0, 1000), 'budget');
      machine.setBreakpoints([middle]);
      const before = machine.register(0, 'rax');
      for (let i = 1n; i < 5n; i++) {
        assert.equal(machine.execute(0, 1000, stopAt.breakpoint), 'mark');
        assert.equal(machine.register(0, 'rip'), middle);
        assert.equal(machine.register(0, 'rax'), before + i);
      }
      machine.setBreakpoints([]);
      assert.equal(machine.execute(0, 100_000, stopAt.breakpoint), 'halted');
      assert.equal(machine.register(0, 'rax'), 3000n);
    });

    it('are given up in the middle when a store changes their code', () => {
      const { image } = buildKernel({
        // The loop writes to data, but in its hundredth round to itself: `inc %rax` becomes `dec %rax`.
        assembly: `.globl start
start: xor %eax, %eax
xor %ecx, %ecx
lea changed(%rip), %r8
mov $0xffffffff80400000, %rsi
again: inc %rcx
mov %rsi, %rdi
cmp $100, %rcx
cmove %r8, %rdi
movb $0xc8, 2(%rdi)
changed: inc %rax
cmp $150, %rcx
jne again
hlt`,
      });
      const ends = [never, 1].map((arrivals) => {
        const machine = createMachine(image, { cpus: 1 }, arrivals);
        assert.equal(machine.execute(0, 10_000), 'halted');
        return [machine.register(0, 'rax'), machine.steps];
      });
      assert.deepEqual(ends[1], ends[0]);
      assert.equal(ends[0]?.[0], 99n - 51n);
    });

    it('fetch their page anew when the TLB has lost it', () => {
      const text = `void on_trap(struct frame *frame) { note_trap(frame); }
void kmain(u64 cpu) {
  u64 sum = 0;
  for (u64 page = 0; page < 80; page++) *entry_of(0x10000000 + page * 4096, 0) = new_page() | 3;
  for (u64 round = 0; round < 20; round++)
    for (u64 page = 0; page < 80; page++) sum += *(volatile u64 *)(0x10000000 + page * 4096);
  RESULT(0, sum);
  end(0);
}
`;
      const [expected, found] = [never, 1].map((arrivals) => {
        const machine = smallKernel(text, {}, arrivals);
        const states: unknown[] = [];
        while (!machine.stop) {
          machine.execute(0, 777);
          states.push(everything(machine));
        }
        return states;
      });
      assert.ok((expected?.length ?? 0) > 10);
      assert.deepEqual(found, expected);
    });

    it('fault, trap and are interrupted where the interpreter would be', () => {
      const text = `void on_trap(struct frame *frame) {
  results[frame->vector & 15]++;
  frame->rip += 3;
}
void kmain(u64 cpu) {
  u64 sum = 0;
  for (u64 i = 0; i < 400; i++) {
    u64 low = i;
    if (i % 7 == 0) __asm__ volatile("div %%rcx" : "+a"(low) : "d"(0ul), "c"(0ul) : "cc");
    if (i % 11 == 0) __asm__ volatile("mov (%%rsi), %%rax" : "+a"(low) : "S"(0x7f0000000000ul + i));
    sum += low * 3 + (i >> 1);
  }
  RESULT(1, sum);
  end(0);
}
`;
      const [expected, found] = [never, 1].map((arrivals) => {
        const machine = smallKernel(text, { memoryModel: 'tso' }, arrivals);
        runToEnd(machine);
        machine.quiesce();
        const results = Array.from({ length: 16 }, (_, i) => variable(machine, 'results', i));
        return { results, steps: machine.steps, hash: machine.stateHash() };
      });
      assert.deepEqual(found, expected);
      assert.equal(expected?.results[0], 58n);
      assert.equal(expected?.results[14], 37n);
    });
  });
});
