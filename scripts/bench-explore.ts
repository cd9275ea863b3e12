/**
 * How fast the explorer is: schedules per second on one processor, with and without checkers, on all of them by threads, and the cost of a dump.
 *
 * Rates of one processor are per second of processor time, so that other work on the computer counts little; those of threads are per second of the clock.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkersJudge } from '../cli/explore/judge.ts';
import { Search } from '../simulator/explore/search.ts';
import { openStart } from '../simulator/explore/start.ts';
import { Runner } from '../simulator/explore/task.ts';
import { simulate } from '../simulator/simulate.ts';
import { median } from './bench/measure.ts';
import { allScenarios, imageBytes } from './make-dumps.ts';

const passes = 3;

/** Kernels without a failure within the bound, so that all of it is run. */
const subjects = [
  ['lostwakeup/lost-wakeup', 'fixed', 4],
  ['freebsd/fb03-fences', 'landed', 2],
  ['freebsd/fb03-fences', 'orig-sc', 2],
  ['dragonfly/df01-stale-tlb', 'fixed', 1],
  ['akaros/vmcs-death-race', 'fixed', 1],
] as const;

const scenarios = allScenarios();
for (const [path, variant, bound] of subjects) {
  const plain = Array.from({ length: passes }, () => oneProcessor(path, variant, bound, false));
  const judged = Array.from({ length: 2 }, () => oneProcessor(path, variant, bound, true));
  const steps = plain[0]?.steps ?? 0;
  console.log(
    `${path} (${variant}), bound ${bound}: ${plain[0]?.seen} schedules of ${Math.round(steps)} steps: ` +
      `${rate(plain)} a second; with checkers ${rate(judged)}, ${judged[0]?.judged} dumps`,
  );
}
const [threadsPath, threadsVariant, threadsBound] = subjects[1];
for (const workers of [1, 2].filter((count) => count <= availableParallelism()))
  console.log(
    `${threadsPath}, -j ${workers}: ${Math.round(threads(workers))} a second of the clock`,
  );
dumps();

interface Rate {
  readonly perSecond: number;
  readonly seen: number;
  readonly steps: number;
  readonly judged: number;
}

function oneProcessor(path: string, variant: string, bound: number, checks: boolean): Rate {
  const scenario = scenarioAt(path);
  const start = openStart(scenario, imageBytes(scenario, variant), variant);
  const runner = new Runner(start, checks ? checkersJudge : undefined);
  const search = searchWith(bound);
  let steps = 0;
  const before = process.cpuUsage();
  for (let given = search.next(); given; given = search.next()) {
    const result = runner.run(given.task);
    steps += result.steps;
    search.take(given, result);
  }
  const { user, system } = process.cpuUsage(before);
  const { seen } = search.state;
  return {
    perSecond: seen / ((user + system) / 1e6),
    seen,
    steps: steps / seen,
    judged: runner.judged,
  };
}

function searchWith(bound: number): Search {
  return new Search({
    strategy: 'exhaustive',
    bound,
    seeds: 0,
    firstSeed: 1,
    depth: 3,
    places: 1,
    prunes: true,
    limit: 1_000_000,
    stopsAtFirst: false,
  });
}

/** Schedules a second as the program tells them: `npm run build` first. */
function threads(workers: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'corewalk-bench-'));
  const program = resolve(import.meta.dirname, '../dist/corewalk.cjs');
  const words = [
    'explore',
    threadsPath,
    '--variant',
    threadsVariant,
    '--bound',
    String(threadsBound),
  ];
  try {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [program, ...words, '--no-checks', '--json', '-j', String(workers), '-o', folder],
      { encoding: 'utf8' },
    );
    const end = /"kind":"end","seen":(\d+).*"seconds":([\d.]+)/.exec(stdout);
    if (!end) throw new Error(stderr);
    return Number(end[1]) / Number(end[2]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Milliseconds of processor time that a dump takes, and the checkers on it. */
function dumps(): void {
  for (const [path, variant] of subjects) {
    const scenario = scenarioAt(path);
    const simulation = simulate(scenario, imageBytes(scenario, variant), { variant });
    const sizes: number[] = [];
    const cost = (act: () => void): number =>
      median(
        Array.from({ length: 20 }, () => {
          const before = process.cpuUsage();
          act();
          const { user, system } = process.cpuUsage(before);
          return (user + system) / 1000;
        }),
      );
    const dump = cost(() => {
      let size = 0;
      for (const piece of simulation.core()) size += piece.length;
      sizes.push(size);
    });
    const both = cost(() => checkersJudge(simulation));
    console.log(
      `${path} (${variant}): a dump of ${sizes[0]} bytes takes ${dump.toFixed(1)} ms, with all checkers ${both.toFixed(1)} ms`,
    );
  }
}

function scenarioAt(path: string): NonNullable<ReturnType<typeof scenarios.get>> {
  const scenario = scenarios.get(path);
  if (!scenario) throw new Error(`there is no scenario ${path}`);
  return scenario;
}

function rate(rates: readonly Rate[]): string {
  return Math.round(median(rates.map(({ perSecond }) => perSecond))).toLocaleString('en');
}
