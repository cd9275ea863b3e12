/** The shortcuts in front of the TLB change nothing: a machine that loses them at every step goes the same way. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { openFile } from '../../../dump-format/file-source.ts';
import { createMachine } from '../../../simulator/machine/create-machine.ts';
import { readKernelImage } from '../../../simulator/machine/image.ts';
import type { Machine, MemoryModel } from '../../../simulator/machine/machine.ts';
import { apply, run } from '../../../simulator/schedule.ts';
import { randomSchedule } from '../../../simulator/schedule-random.ts';

const image = resolve(
  import.meta.dirname,
  '../../../sample-dumps/kernels/illumos/images/fixed.elf',
);
/** Through boot, into user mode and the first context switches. */
const steps = 75_000;
const comparedSteps = 12_000;

describe('lookasides', function () {
  this.timeout(60_000);

  for (const memoryModel of ['sc', 'tso'] satisfies MemoryModel[]) {
    it(`leave memory, registers and the TLB as they would be without (${memoryModel})`, () => {
      const machine = createMachine(readKernelImage(openFile(image)), { cpus: 2, memoryModel });
      run(machine, randomSchedule({ seed: 3, quantumSteps: 40 }), { steps });
      const begin = machine.snapshot();
      const walk = randomSchedule({ seed: 4, quantumSteps: 40 });
      const { orders } = run(machine, walk, { steps: comparedSteps });
      const fast = everything(machine);
      machine.restore(begin);
      for (const order of orders) {
        if (order.kind !== 'execute') apply(machine, order);
        else for (let i = 0; i < order.steps; i++) stepAlone(machine, order.cpu);
      }
      machine.quiesce();
      assert.deepEqual(everything(machine), fast);
    });
  }
});

/** One step, with every shortcut forgotten before it. */
function stepAlone(machine: Machine, cpu: number): void {
  machine.restore(machine.snapshot());
  machine.execute(cpu, 1);
}

function everything(machine: Machine): unknown {
  const cpus = [0, 1].map((cpu) => machine.hardware(cpu));
  return { cpus, hash: machine.stateHash(), steps: machine.steps, pages: machine.presentPages() };
}
