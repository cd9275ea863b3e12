/** What the explorer finds in the vkernel: schedules near the simplest one that show each race, and none on the fixed kernel. `EXPLORE=3000` tries more. */
import assert from 'node:assert/strict';
import { pgw } from '../../debug-adapter/checks/pgw.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { imageBytes } from '../../scripts/make-dumps.ts';
import type { Judge } from '../../simulator/explore/judgement.ts';
import { Search, type SearchState } from '../../simulator/explore/search.ts';
import { openStart } from '../../simulator/explore/start.ts';
import { Runner } from '../../simulator/explore/task.ts';
import { coreBytes, scenarioAt } from '../support/simulated-dumps.ts';

const limit = Number(process.env['EXPLORE'] ?? 60);

/** The page that may be written to and does not say so stops no kernel: a checker looks at each end. */
const byPgw: Judge = (simulation) => {
  const target = openTarget(openDump(bytesSource(coreBytes(simulation), 'end')));
  return [...pgw.run(target)]
    .filter(({ severity }) => severity === 'BUG')
    .map(({ verdict }) => ({ kind: 'pgw', text: verdict }));
};

const races: readonly (readonly [path: string, found: RegExp, judge?: Judge])[] = [
  ['dfv3-pgwriteable', /is writable through pid 814 .* but PG_WRITEABLE is clear/, byPgw],
  ['dfv5-token', /assertion: pteobj token not held in pmap_clearbit/],
  ['dfv10-vpte-m', /guest counter canary pid 40/],
  ['dfv11-replacevm', /still active! 0000000000000002/],
];

describe(`the vkernel's races under ${limit} schedules at most`, function () {
  this.timeout(30_000 + limit * 1_000);

  for (const [name, found, judge] of races)
    it(`${name}: found on the buggy kernel, not on the fixed one`, () => {
      const buggy = explore(name, 'buggy', judge);
      assert.ok(
        buggy.findings.some(({ failure }) => found.test(failure.text)),
        buggy.findings.map(({ failure }) => failure.text).join('\n'),
      );
      const fixed = explore(name, 'fixed', judge);
      assert.deepEqual(fixed.findings, []);
      process.stdout.write(
        `    ${name}: ${buggy.failed} of ${buggy.seen} schedules; fixed: 0 of ${fixed.seen}\n`,
      );
    });
});

function explore(name: string, variant: string, judge: Judge | undefined): SearchState {
  const scenario = scenarioAt(`dragonfly/${name}`);
  const start = openStart(scenario, imageBytes(scenario, variant), variant);
  const runner = new Runner(start, judge);
  const search = new Search({
    strategy: 'exhaustive',
    bound: start.settings.bound,
    seeds: 0,
    firstSeed: 1,
    depth: 3,
    places: 10,
    prunes: true,
    limit,
    stopsAtFirst: false,
  });
  for (let given = search.next(); given; given = search.next())
    search.take(given, runner.run(given.task));
  return search.state;
}
