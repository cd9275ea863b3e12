/** The race between a VM's death and the loss of its core: the explorer and random walks find it on the buggy kernel, and nothing on the fixed one. `EXPLORE=3000` tries more. */
import assert from 'node:assert/strict';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { Search, type SearchState, type Strategy } from '../../simulator/explore/search.ts';
import { openStart } from '../../simulator/explore/start.ts';
import { Runner } from '../../simulator/explore/task.ts';
import { scenarioAt } from '../support/simulated-dumps.ts';

const path = 'akaros/vmcs-death-race';
const count = Number(process.env['EXPLORE'] ?? 30);
const crash = 'Damn Damn!  Unhandled trap in the kernel!';

describe(`the death race of Akaros under ${count} schedules`, function () {
  this.timeout(30_000 + count * 500);

  it('is found close to the simplest schedule', () => {
    const { seen, failed, findings } = explore('buggy', 'exhaustive');
    process.stdout.write(`    buggy: ${failed} of ${seen} schedules\n`);
    assert.equal(findings.length, 1);
    assert.ok(findings[0]?.failure.text.includes(crash));
  });

  it('is found by some random schedules and not by others', () => {
    const { seen, failed } = explore('buggy', 'random');
    process.stdout.write(`    buggy: ${failed} of ${seen} random schedules\n`);
    assert.ok(failed > 0 && failed < seen);
  });

  it('is not there on the fixed kernel', () => {
    for (const strategy of ['exhaustive', 'random'] as const) {
      const { seen, findings } = explore('fixed', strategy);
      process.stdout.write(`    fixed, ${strategy}: 0 of ${seen} schedules\n`);
      assert.deepEqual(findings, []);
      assert.ok(seen > 0 && seen <= count);
    }
  });
});

function explore(variant: string, strategy: Strategy): SearchState {
  const scenario = scenarioAt(path);
  const runner = new Runner(openStart(scenario, imageBytes(scenario, variant), variant));
  const search = new Search({
    strategy,
    bound: 2,
    seeds: count,
    firstSeed: 1,
    depth: 3,
    places: 400,
    prunes: true,
    limit: count,
    stopsAtFirst: false,
  });
  for (let given = search.next(); given; given = search.next())
    search.take(given, runner.run(given.task));
  return search.state;
}
