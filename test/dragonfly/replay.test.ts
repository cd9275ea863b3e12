/**
 * DF-01 under random walks of the machine, as `corewalk simulate --seed` makes them: from one boot, some corrupt memory on the buggy kernel, none
 * on the fixed one, and one that fails replays to the same bytes. `SEEDS=10000` tries more; docs/dragonfly.md has the figures.
 */
import assert from 'node:assert/strict';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { recordedSchedule, run, type Order } from '../../simulator/schedule.ts';
import { randomSchedule } from '../../simulator/schedule-random.ts';
import { scriptSchedule } from '../../simulator/schedule-script.ts';
import { prepare, simulate, simulationOf } from '../../simulator/simulate.ts';
import { coreBytes, scenarioAt } from '../support/simulated-dumps.ts';

const count = Number(process.env['SEEDS'] ?? 100);
const scenario = scenarioAt('dragonfly/df01-stale-tlb');
const corrupted = 'z_Magic == ZALLOC_SLAB_MAGIC';

interface Walks {
  /** Those that end in the allocator's panic. */
  readonly seeds: readonly number[];
  /** That end by panic or assertion of any kind. */
  readonly panics: number;
  /** What brings a new machine to the end of the last of `seeds`. */
  readonly orders: readonly Order[];
}

/** Walks by the seeds from 1. */
function walk(variant: string): Walks {
  const preparation = prepare(scenario, imageBytes(scenario, variant), variant);
  const { machine } = preparation;
  const { script, random } = preparation.variant.schedule;
  assert.ok(random?.steps);
  const boot = run(machine, scriptSchedule(script));
  assert.equal(boot.reason, 'schedule-end');
  const booted = machine.snapshot();
  const seeds: number[] = [];
  let panics = 0;
  let orders: readonly Order[] = [];
  for (let seed = 1; seed <= count; seed++) {
    machine.restore(booted);
    const { quantumSteps, steps } = random;
    const outcome = run(machine, randomSchedule({ seed, quantumSteps, steps }));
    if (outcome.reason === 'schedule-end') continue;
    panics++;
    if (!new TextDecoder().decode(machine.console).includes(corrupted)) continue;
    seeds.push(seed);
    orders = [...boot.orders, ...outcome.orders];
  }
  return { seeds, panics, orders };
}

describe(`DF-01 under ${count} random walks`, function () {
  this.timeout(60_000 + count * 100);

  it('corrupts memory on the buggy kernel under some, and one of them replays to the same bytes', () => {
    const { seeds, panics, orders } = walk('random');
    process.stdout.write(
      `    buggy: ${seeds.length} of ${count} walks: seeds ${seeds.slice(0, 20).join(' ')}\n`,
    );
    assert.ok(seeds.includes(7), 'seed 7 is one');
    assert.equal(panics, seeds.length, 'nothing else goes wrong');
    const image = imageBytes(scenario, 'random');
    const seeded = simulate(scenario, image, { variant: 'random', seed: seeds.at(-1) ?? 0 });
    const again = prepare(scenario, image, 'random');
    const replayed = simulationOf(again, run(again.machine, recordedSchedule(orders)));
    assert.equal(replayed.end, 'panic');
    assert.equal(Buffer.compare(coreBytes(seeded), coreBytes(replayed)), 0);
  });

  it('corrupts nothing on the fixed kernel', () => {
    const { seeds, panics } = walk('random-fixed');
    assert.deepEqual([seeds, panics], [[], 0]);
  });
});
