/** Random schedules of DF-01: some corrupt memory on the buggy kernel, none on the fixed one. `EXPLORE=10000` tries more. */
import assert from 'node:assert/strict';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { openStart } from '../../simulator/explore/start.ts';
import { Runner } from '../../simulator/explore/task.ts';
import { scenarioAt } from '../support/simulated-dumps.ts';

const count = Number(process.env['EXPLORE']) || 60;
const path = 'dragonfly/df01-stale-tlb';

/** Seeds from 1 that end in the allocator's panic. The kernel boots once. */
function corrupting(variant: string): readonly number[] {
  const scenario = scenarioAt(path);
  const runner = new Runner(openStart(scenario, imageBytes(scenario, variant), variant));
  const simplest = { kind: 'departures', departures: [], left: -1, notesStates: false } as const;
  const { places } = runner.run(simplest);
  const found: number[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const { failure } = runner.run({ kind: 'random', seed, places });
    if (!failure) continue;
    assert.match(failure.text, /z_Magic == ZALLOC_SLAB_MAGIC/, `seed ${seed}`);
    found.push(seed);
  }
  return found;
}

describe(`DF-01 under ${count} random schedules`, function () {
  this.timeout(20_000 + count * 500);

  it('corrupts memory on the buggy kernel, under some', () => {
    const seeds = corrupting('buggy');
    process.stdout.write(
      `    buggy: ${seeds.length} of ${count} schedules: seeds ${seeds.join(' ')}\n`,
    );
    assert.ok(seeds.length > 0 && seeds.length < count);
  });

  it('corrupts nothing on the fixed kernel', () => {
    assert.deepEqual(corrupting('fixed'), []);
  });
});
