/** Random schedules of DF-01: some corrupt memory on the buggy kernel, none on the fixed one. `EXPLORE=10000` tries more. */
import assert from 'node:assert/strict';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { simulate } from '../../simulator/simulate.ts';
import { scenarioAt } from '../support/simulated-dumps.ts';

const count = Number(process.env['EXPLORE'] ?? 12);
const path = 'dragonfly/df01-stale-tlb';

/** Seeds from 1 that end in the allocator's panic. */
function corrupting(variant: string): readonly number[] {
  const scenario = scenarioAt(path);
  const image = imageBytes(scenario, variant);
  const found: number[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const { console: text } = simulate(scenario, image, { variant, seed });
    if (text.includes('z_Magic == ZALLOC_SLAB_MAGIC')) found.push(seed);
  }
  return found;
}

describe(`DF-01 under ${count} random schedules`, function () {
  this.timeout(count * 5_000);

  it('corrupts memory on the buggy kernel, under some', () => {
    const seeds = corrupting('random');
    process.stdout.write(
      `    buggy: ${seeds.length} of ${count} schedules: seeds ${seeds.join(' ')}\n`,
    );
    assert.ok(seeds.includes(7), 'seed 7 is one');
  });

  it('corrupts nothing on the fixed kernel', () => {
    assert.deepEqual(corrupting('random-fixed'), []);
  });
});
