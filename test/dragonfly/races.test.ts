/** Races that the explorer finds by chance on the buggy kernel, from one boot, and that the fixed kernel does not have. `EXPLORE=3000` tries more. */
import assert from 'node:assert/strict';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { Search, type SearchState } from '../../simulator/explore/search.ts';
import { openStart } from '../../simulator/explore/start.ts';
import { Runner } from '../../simulator/explore/task.ts';
import { scenarioAt } from '../support/simulated-dumps.ts';

const seeds = Number(process.env['EXPLORE'] ?? 120);

const races: readonly (readonly [scenario: string, found: RegExp])[] = [
  ['df14-generation', /pmap_release: dangling count/],
];

describe(`DragonFly races under ${seeds} schedules by chance`, function () {
  this.timeout(30_000 + seeds * 500);

  for (const [name, found] of races)
    it(`${name}: found on the buggy kernel, not on the fixed one`, () => {
      const buggy = explore(name, 'buggy');
      const said = buggy.findings.map(({ failure }) => failure.text);
      assert.equal(said.length, 1, said.join('\n'));
      assert.match(said[0] ?? '', found);
      assert.deepEqual(explore(name, 'fixed').findings, []);
      process.stdout.write(`    ${name}: ${buggy.failed} of ${seeds} schedules; fixed: 0\n`);
    });
});

function explore(name: string, variant: string): SearchState {
  const scenario = scenarioAt(`dragonfly/${name}`);
  const start = openStart(scenario, imageBytes(scenario, variant), variant);
  const runner = new Runner(start);
  const simplest = { kind: 'departures', departures: [], left: -1, notesStates: false } as const;
  const search = new Search({
    strategy: 'random',
    bound: 0,
    seeds,
    firstSeed: 1,
    depth: 3,
    places: runner.run(simplest).places,
    prunes: true,
    limit: seeds,
    stopsAtFirst: false,
  });
  for (let given = search.next(); given; given = search.next())
    search.take(given, runner.run(given.task));
  return search.state;
}
