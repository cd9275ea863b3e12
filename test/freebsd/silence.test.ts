/** Innocent kernels, stopped anywhere: no checker may find a bug, whatever is half done. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checks } from '../../debug-adapter/checks/index.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { readScenario } from '../../simulator/scenario.ts';
import { simulate } from '../../simulator/simulate.ts';
import { projectRoot } from '../support/grammars.ts';
import { coreBytes } from '../support/simulated-dumps.ts';

interface Walk {
  readonly name: string;
  readonly image: string;
  readonly knobs: Readonly<Record<string, number>>;
  /** Before the CPUs take turns. */
  readonly script: readonly string[];
  readonly cpus: readonly string[];
  /** Steps after which the machine is stopped. */
  readonly stops: readonly number[];
}

const booted = ['cpu0 until @ready', 'all until cpu0 @booted'];
const bothExit = [
  ...booted,
  'cpu0 until @idle',
  'cpu3 until sched_idletd',
  'cpu1 until @exit1',
  'cpu2 until @exit1',
];

const walks: readonly Walk[] = [
  ...['landed', 'orig', 'fenced', 'uncond', 'anypmap'].map((image) => ({
    name: `${image}: two sharers exit`,
    image,
    knobs: { uma_trash: 1 },
    script: bothExit,
    cpus: ['cpu1', 'cpu2'],
    // Inside the switches, the two releases, and the end of the address space.
    stops: [142, 189, 236, 283, 330, 424, 471, 612, 1200, 2400],
  })),
  {
    name: 'landed: forks',
    image: 'landed',
    knobs: { uma_trash: 1, fork_threads: 1 },
    script: bothExit,
    cpus: ['cpu1', 'cpu2', 'cpu3'],
    stops: [2525, 3156, 30_920, 33_444],
  },
  {
    name: 'landed: an exit that moves to another CPU',
    image: 'landed',
    knobs: { workload: 3, steal_idle: 1 },
    script: [...booted, 'cpu0 until @remove_pages', 'interrupt cpu0 32'],
    cpus: ['cpu0', 'cpu1'],
    stops: [872, 939, 2133, 2147, 2212],
  },
  {
    name: 'landed: a borrower',
    image: 'landed',
    knobs: { workload: 1 },
    script: [...booted, 'cpu0 until @idle', 'cpu3 until @idle'],
    cpus: ['cpu1', 'cpu2'],
    stops: [914, 1495, 1910],
  },
];

describe('an innocent FreeBSD, stopped anywhere', function () {
  this.timeout(60_000);

  for (const walk of walks)
    it(`${walk.name}: no bug at ${walk.stops.length} places`, () => {
      for (const steps of walk.stops) {
        const bugs = findings(walk, steps).filter(({ severity }) => severity === 'BUG');
        assert.deepEqual(bugs, [], `after ${steps} steps`);
      }
    });

  it('and the naive one, where its first CPU has gone on with what the second has freed', () => {
    const naive = {
      ...(walks[0] ?? assert.fail()),
      image: 'naive',
      cpus: ['cpu1', 'cpu2', 'cpu2', 'cpu2'],
    };
    const said = [150, 400].flatMap((steps) => findings(naive, steps).map(({ check }) => check));
    assert.ok(said.includes('curpmap'), said.join());
  });
});

/** The CPUs take turns of 37 to 86 steps. */
function findings({ image, knobs, script, cpus }: Walk, steps: number) {
  const turns: string[] = [];
  for (let turn = 0, left = steps; left > 0; turn++) {
    const length = Math.min(left, 37 + ((turn * 13) % 50));
    turns.push(`${cpus[turn % cpus.length]} ${length} steps`);
    left -= length;
  }
  const scenario = readScenario(
    {
      name: 'walk',
      os: 'freebsd',
      title: 'a walk',
      summary: 'CPUs take turns',
      sources: [],
      machine: { cpus: 4, memoryBytes: 67108864, memoryModel: 'tso' },
      knobs,
      schedule: { script: [...script, ...turns] },
      variants: { walk: { summary: image, image, end: 'forced-dump' } },
    },
    'walk',
  );
  const path = join(projectRoot, 'sample-dumps/kernels/freebsd/images', `${image}.elf`);
  const simulation = simulate(scenario, new Uint8Array(readFileSync(path)), { variant: 'walk' });
  assert.equal(simulation.complaint, undefined);
  const target = openTarget(openDump(bytesSource(coreBytes(simulation), 'walk')));
  return checks.filter((check) => check.applies(target)).flatMap((check) => [...check.run(target)]);
}
