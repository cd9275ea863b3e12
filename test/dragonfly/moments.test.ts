/**
 * Innocent kernels at any moment: a dump may be taken in the middle of everything, and no checker may then call it wrong. The runs of the
 * fixed variants are stopped at moments spread evenly behind the boot; `MOMENTS=60` takes more of them.
 */
import assert from 'node:assert/strict';
import { checks } from '../../debug-adapter/checks/index.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { allScenarios, imageBytes } from '../../scripts/make-dumps.ts';
import type { Machine } from '../../simulator/machine/machine.ts';
import { apply, whereAll, type Order } from '../../simulator/schedule.ts';
import { prepare, simulate, simulationOf, type Preparation } from '../../simulator/simulate.ts';
import { coreBytes } from '../support/simulated-dumps.ts';

const moments = Number(process.env['MOMENTS'] ?? 3);

/** Kernels without the bug of their scenario. */
const innocent = /^(fixed|keepbit|kernel-thread|upgrade|tso|weak-fixed|both|commit-literal)/;
/** What else these variants show is no matter of moments. */
const accused: ReadonlySet<string> = new Set(['BUG', 'ERROR', 'WARNING']);

describe(`innocent DragonFly kernels at ${moments} moments each`, function () {
  this.timeout(60_000 + moments * 20_000);

  for (const [path, scenario] of allScenarios()) {
    if (!path.startsWith('dragonfly/df')) continue;
    for (const variant of scenario.variants.keys()) {
      if (!innocent.test(variant)) continue;
      it(`${path} ${variant}`, () => {
        const image = imageBytes(scenario, variant);
        const { orders } = simulate(scenario, image, { variant }).truth;
        const preparation = prepare(scenario, image, variant);
        stopAtMoments(preparation.machine, orders, (cpu) => judge(preparation, cpu));
      });
    }
  }
});

/** Carries out a run and stops in between, from the moment at which the kernel has said something. */
function stopAtMoments(
  machine: Machine,
  orders: readonly Order[],
  look: (cpu: number) => void,
): void {
  let left = orders.reduce((sum, order) => sum + (order.kind === 'execute' ? order.steps : 0), 0);
  let interval = 1000;
  let next = 0;
  let isBooted = false;
  let count = 0;
  for (const order of orders) {
    if (order.kind !== 'execute') {
      apply(machine, order);
      continue;
    }
    for (let rest = order.steps; rest > 0;) {
      if (!isBooted && machine.console.length > 0) {
        isBooted = true;
        interval = Math.max(1, Math.floor(left / moments));
        // Not at the very ends: those are dumps of the scenario, or of the boot.
        next = Math.ceil(interval / 2);
      } else if (next <= 0) {
        if (isBooted) look(order.cpu);
        if (isBooted) count++;
        next = interval;
      }
      const slice = Math.min(rest, next);
      machine.execute(order.cpu, slice);
      rest -= slice;
      left -= slice;
      next -= slice;
    }
  }
  assert.ok(count >= Math.min(moments, 3), `${count} moments`);
}

/** Takes a dump, asks every checker, and puts the machine back. */
function judge(preparation: Preparation, cpu: number): void {
  const { machine } = preparation;
  const here = machine.snapshot();
  machine.quiesce();
  const where = whereAll(machine);
  const reason = 'schedule-end' as const;
  const outcome = { reason, cpu, detail: where, orders: [], steps: machine.steps };
  const bytes = coreBytes(simulationOf(preparation, outcome));
  const target = openTarget(openDump(bytesSource(bytes, 'moment')));
  for (const check of checks) {
    if (!check.applies(target)) continue;
    for (const { severity, verdict } of check.run(target))
      assert.ok(!accused.has(severity), `${check.name} ${severity}: ${verdict}; ${where}`);
  }
  machine.restore(here);
}
