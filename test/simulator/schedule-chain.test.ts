/** Schedules one after the other: none takes the progress of the one before for its own. */
import assert from 'node:assert/strict';
import { allScenarios, imageBytes } from '../../scripts/make-dumps.ts';
import { randomSchedule } from '../../simulator/schedule-random.ts';
import { scriptSchedule } from '../../simulator/schedule-script.ts';
import { chainSchedules, run } from '../../simulator/schedule.ts';
import { prepare } from '../../simulator/simulate.ts';

describe('chainSchedules', () => {
  it('gives every statement and every step of each schedule', () => {
    const scenario = allScenarios().get('illumos/ctxop-bash');
    assert.ok(scenario);
    const { machine } = prepare(scenario, imageBytes(scenario, 'buggy'), 'buggy');
    const outcome = run(
      machine,
      chainSchedules(
        scriptSchedule(['cpu0 until @booted']),
        randomSchedule({ seed: 1, quantumSteps: 10, steps: 3000 }),
        scriptSchedule(['interrupt cpu0 33', 'cpu0 5 steps']),
        randomSchedule({ seed: 2, quantumSteps: 1, steps: 2000 }),
      ),
    );
    assert.equal(outcome.reason, 'schedule-end');
    const interrupts = outcome.orders.filter((order) => order.kind === 'interrupt');
    assert.deepEqual(interrupts, [{ kind: 'interrupt', cpu: 0, vector: 33 }]);
    const boot = outcome.orders[0];
    assert.ok(boot?.kind === 'execute');
    const after = outcome.steps - boot.steps;
    assert.ok(after >= 5000 && after < 5200, `${after} steps after the boot`);
  });
});
