/** How fast the machine is: instructions by optimisation level and memory model, two CPUs step by step, snapshots, whole schedules. Needs gcc. */
import { openFile } from '../dump-format/file-source.ts';
import { createMachine } from '../simulator/machine/create-machine.ts';
import { readKernelImage } from '../simulator/machine/image.ts';
import { stopAt } from '../simulator/machine/machine.ts';
import type { KernelImage, Machine, MemoryModel } from '../simulator/machine/machine.ts';
import { run } from '../simulator/schedule.ts';
import { generator, randomSchedule } from '../simulator/schedule-random.ts';
import { scriptSchedule } from '../simulator/schedule-script.ts';
import { workKernel } from './bench/machine-work.ts';
import { median } from './bench/measure.ts';

const passes = 7;
const image = 'sample-dumps/kernels/illumos/images/fixed.elf';

for (const level of ['-O0', '-Og', '-O2']) {
  const kernel = workKernel(level);
  for (const model of ['sc', 'tso'] as const) print(`${level} ${model}`, straight(kernel, model));
  print(`${level} sc, two CPUs, a choice at every step`, stepByStep(kernel));
}
snapshots(readKernelImage(openFile(image)));

/** Million instructions per second of one CPU. */
function straight(kernel: KernelImage, memoryModel: MemoryModel): number[] {
  const machine = createMachine(kernel, { cpus: 1, memoryModel });
  machine.execute(0, 5_000_000);
  return rates(10_000_000, () => machine.execute(0, 10_000_000));
}

function stepByStep(kernel: KernelImage): number[] {
  const machine = createMachine(kernel, { cpus: 2 });
  machine.execute(0, 20_000);
  machine.execute(1, 20_000);
  const random = generator(1);
  return rates(2_000_000, () => {
    for (let i = 0; i < 2_000_000; i++) machine.execute(random(2), 1);
  });
}

/** From a snapshot after boot: random schedules of about 5,000 steps, restored each time. */
function snapshots(kernel: KernelImage): void {
  const machine = booted(kernel);
  const begin = machine.snapshot();
  const thousands = (count: number, act: (i: number) => void): number[] =>
    rates(count, () => {
      for (let i = 0; i < count; i++) act(i);
    }).map((rate) => rate * 1000);
  print(
    'restores, nothing run between (thousand/s)',
    thousands(20_000, () => machine.restore(begin)),
  );
  print(
    'snapshots, 50 steps run between (thousand/s)',
    thousands(5_000, () => {
      machine.execute(0, 50);
      machine.snapshot();
    }),
  );
  machine.restore(begin);
  for (const [name, quantumSteps] of [
    ['quanta of up to 100 steps', 100],
    ['a choice at every step', 1],
  ] as const) {
    const walk = (seed: number): void => {
      machine.restore(begin);
      run(machine, randomSchedule({ seed, quantumSteps, steps: 5000 }));
    };
    print(`schedules of 5,000 steps, ${name} (thousand/s)`, thousands(400, walk));
  }
  const points = (seed: number): void => {
    const random = generator(seed);
    machine.restore(begin);
    for (let steps = 0; steps < 5000 && !machine.stop;) {
      const before = machine.steps;
      machine.execute(random(machine.cpuCount), 500, stopAt.schedulePoint);
      steps += Math.max(1, machine.steps - before);
    }
  };
  print('schedules of 5,000 steps, a choice at every point (thousand/s)', thousands(400, points));
}

function booted(kernel: KernelImage): Machine {
  const machine = createMachine(kernel, { cpus: 2, memoryModel: 'sc' });
  const { reason, detail } = run(
    machine,
    scriptSchedule(['cpu0 until @booted', 'cpu1 until @idle']),
  );
  if (reason !== 'schedule-end') throw new Error(`the kernel did not boot: ${detail}`);
  return machine;
}

/** Million per second of process time, pass by pass. */
function rates(count: number, act: () => void): number[] {
  return Array.from({ length: passes }, () => {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    return count / (user + system);
  });
}

function print(what: string, values: readonly number[]): void {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  console.log(`${what}: ${median(values).toFixed(1)} (${least.toFixed(1)} to ${most.toFixed(1)})`);
}
