/** A dump may be taken between any two instructions: no checker accuses the fixed kernel, wherever its cores stand. `STRIDE=1` looks everywhere. */
import assert from 'node:assert/strict';
import { checks } from '../../debug-adapter/checks/index.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { openStart, type Start } from '../../simulator/explore/start.ts';
import { simulationOf } from '../../simulator/simulate.ts';
import { coreBytes, scenarioAt } from '../support/simulated-dumps.ts';

const boot = ['cpu0 until @booted', 'cpu1 20000 steps', 'cpu2 20000 steps', 'cpu3 20000 steps'];
const ctrlC = [...boot, 'cpu0 6000 steps', 'interrupt cpu0 33', 'cpu0 3000 steps'];

interface Story {
  readonly what: string;
  readonly scenario: string;
  /** Where it begins. */
  readonly from: readonly string[];
  /** Which CPU executes, and for how many steps. */
  readonly turns: readonly (readonly [cpu: number, steps: number])[];
  /** Steps between two dumps; primes, so that loops don't hide anything. */
  readonly stride: number;
}

const stories: readonly Story[] = [
  {
    what: 'a VM dies',
    scenario: 'vmcs-ctrl-c',
    from: [...ctrlC, 'cpu3 until @proc_dying'],
    turns: [
      [3, 3000],
      [0, 1500],
      [3, 5000],
    ],
    stride: 211,
  },
  {
    what: 'its VMCS is cleared',
    scenario: 'vmcs-ctrl-c',
    from: [...ctrlC, 'cpu3 until @proc_dying', 'cpu3 until vmx_clear_vmcs'],
    turns: [[3, 250]],
    stride: 7,
  },
  {
    what: 'a VM loses its core, and is killed',
    scenario: 'vmcs-preempted',
    from: [...boot, 'interrupt cpu0 34', 'cpu0 300 steps'],
    turns: [
      [0, 2500],
      [3, 3500],
      [0, 8000],
      [3, 1000],
    ],
    stride: 211,
  },
];

const everyStride = process.env['STRIDE'];

describe('the fixed kernel of Akaros', function () {
  this.timeout(everyStride === undefined ? 60_000 : 3_600_000);

  for (const { what, scenario: name, from, turns, stride: usual } of stories)
    it(`is innocent at each dump that is taken while ${what}`, () => {
      const stride = Number(everyStride ?? usual);
      const scenario = scenarioAt(`akaros/${name}`);
      const start = openStart(scenario, imageBytes(scenario, 'fixed'), 'fixed', { from });
      const { machine } = start;
      let count = 0;
      for (const [cpu, steps] of turns)
        for (let done = 0; done < steps; done += stride) {
          machine.execute(cpu, stride, 0);
          const here = machine.snapshot();
          assert.deepEqual(accusations(start, cpu), [], `after ${machine.steps} steps`);
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
