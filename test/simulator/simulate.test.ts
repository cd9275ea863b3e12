/** Running a scenario: seeds, replays, what is refused, and a dump that others can read. How every scenario ends is in test/acceptance/scenario-matrix.test.ts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { recordedSchedule, run } from '../../simulator/schedule.ts';
import { prepare, scheduleOf, simulationOf } from '../../simulator/simulate.ts';
import { coreBytes, scenarioAt, simulateAt } from '../support/simulated-dumps.ts';

describe('simulate', () => {
  it('replays a seeded run from its recorded orders', () => {
    const path = 'illumos/ctxop-seeded';
    const walked = simulateAt(path, 'fixed', { seed: 5 });
    const replay = prepare(scenarioAt(path), imageBytes(scenarioAt(path), 'fixed'), 'fixed');
    const outcome = run(replay.machine, recordedSchedule(walked.truth.orders));
    const replayed = simulationOf(replay, outcome);
    assert.equal(replayed.truth.steps, walked.truth.steps);
    assert.equal(sha256(coreBytes(replayed)), sha256(coreBytes(walked)));
  });

  it('walks differently with another seed', () => {
    const [one, two] = [1, 2].map((seed) => simulateAt('illumos/ctxop-seeded', 'fixed', { seed }));
    assert.ok(one && two);
    assert.notDeepEqual(one.truth.orders, two.truth.orders);
    assert.notEqual(sha256(coreBytes(one)), sha256(coreBytes(two)));
  });

  it('says what a scenario has not', () => {
    assert.throws(
      () => simulateAt('illumos/ctxop-bash', 'broken'),
      (error) =>
        error instanceof LookupError &&
        /no variant 'broken': it has buggy, fixed/.test(error.message),
    );
    assert.throws(
      () => simulateAt('illumos/ctxop-bash', 'fixed', { seed: 1 }),
      (error) => error instanceof UsageError && /a seed changes nothing/.test(error.message),
    );
  });

  it('complains when the run ends otherwise', () => {
    const scenario = scenarioAt('illumos/ctxop-panic-run');
    // The fixed kernel under the schedule that makes the buggy one panic.
    const preparation = prepare(scenario, imageBytes(scenario, 'fixed'), 'buggy');
    const outcome = run(preparation.machine, scheduleOf(preparation), { steps: 2_000_000 });
    const { end, complaint } = simulationOf(preparation, outcome);
    assert.notEqual(end, 'panic');
    assert.match(complaint ?? '', /^ended in limit, not panic: 2000000 steps made; cpu0 at /);
  });

  it('tells a dump nothing about the scenario', () => {
    const simulation = simulateAt('illumos/ctxop-panic-run', 'buggy');
    const text = Buffer.from(coreBytes(simulation)).toString('latin1');
    for (const secret of ['ctxop-panic-run', 'scenario', 'forced-dump'])
      assert.ok(!text.includes(secret), secret);
  });

  it('writes what readelf accepts without a word', function () {
    if (spawnSync('readelf', ['--version']).error) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'corewalk-simulate-'));
    try {
      const file = join(folder, 'dump.vmcore');
      writeFileSync(file, coreBytes(simulateAt('illumos/ctxop-panic-run', 'buggy')));
      const { stderr, status } = spawnSync('readelf', ['-aW', file], {
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      });
      assert.deepEqual([stderr, status], ['', 0]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
