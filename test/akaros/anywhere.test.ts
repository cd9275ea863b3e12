/** A dump may be taken between any two instructions: no checker accuses the fixed kernel, wherever its cores stand. */
import assert from 'node:assert/strict';
import { checks } from '../../debug-adapter/checks/index.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { openStart, type Start } from '../../simulator/explore/start.ts';
import { simulationOf } from '../../simulator/simulate.ts';
import { coreBytes, scenarioAt } from '../support/simulated-dumps.ts';

const boot = [
  'cpu0 until @booted',
  'cpu1 20000 steps',
  'cpu2 20000 steps',
  'cpu3 20000 steps',
] as const;

/** Where the story begins, and then which CPU executes how long. */
const stories: Readonly<
  Record<string, readonly [from: readonly string[], turns: readonly (readonly [number, number])[]]>
> = {
  'vmcs-ctrl-c': [
    [...boot, 'cpu0 6000 steps', 'interrupt cpu0 33', 'cpu0 3000 steps', 'cpu3 until @proc_dying'],
    [
      [3, 3000],
      [0, 1500],
      [3, 5000],
    ],
  ],
  'vmcs-preempted': [
    [...boot, 'interrupt cpu0 34', 'cpu0 300 steps'],
    [
      [0, 2500],
      [3, 3500],
      [0, 8000],
      [3, 1000],
    ],
  ],
};

/** Steps between two dumps; a prime, so that loops don't hide anything. `STRIDE=1` looks everywhere. */
const stride = Number(process.env['STRIDE'] ?? 211);

describe(`the fixed kernel of Akaros, every ${stride} steps`, function () {
  this.timeout(60_000 + 4_000_000 / stride);

  for (const [name, [from, turns]] of Object.entries(stories))
    it(`is innocent all the way: ${name}`, () => {
      const scenario = scenarioAt(`akaros/${name}`);
      const start = openStart(scenario, imageBytes(scenario, 'fixed'), 'fixed', { from });
      const { machine } = start;
      let count = 0;
      for (const [cpu, steps] of turns)
        for (let done = 0; done < steps; done += stride) {
          machine.execute(cpu, stride, 0);
          const here = machine.snapshot();
          assert.deepEqual(accusations(start, cpu), [], `${name}: after ${machine.steps} steps`);
          machine.restore(here);
          count++;
        }
      assert.ok(count > 30);
      assert.equal(machine.stop, undefined);
    });
});

function accusations({ preparation, machine }: Start, cpu: number): string[] {
  machine.quiesce();
  const outcome = { reason: 'schedule-end', cpu, detail: '', orders: [], steps: 0 } as const;
  const bytes = coreBytes(simulationOf(preparation, outcome));
  const target = openTarget(openDump(bytesSource(bytes, 'here')));
  return checks
    .filter((check) => check.applies(target))
    .flatMap((check) => [...check.run(target)])
    .filter(({ severity }) => ['BUG', 'ERROR', 'WARNING'].includes(severity))
    .map(({ severity, check, verdict }) => `${severity} ${check}: ${verdict}`);
}
