/** `corewalk explore`: from a suspicion to the dump that proves it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { FormatError, UsageError } from '../dump-format/errors.ts';
import { Search, type SavedSearch, type SearchPlan } from '../simulator/explore/search.ts';
import type { ScenarioSearch } from '../simulator/scenario.ts';
import { firstVariant, variantNamed } from '../simulator/simulate.ts';
import { exitStatus, type Command, type OptionTable } from './command.ts';
import type { ExploreData } from './explore/messages.ts';
import { ExplorerPool } from './explore/pool.ts';
import { jsonReport, textReport, type SearchReport } from './explore/report.ts';
import { findScenarioFile, loadScenario, readImage } from './scenario-files.ts';
import { onlyOperand, readWords, type Words } from './words.ts';

const options: OptionTable = {
  variant: { type: 'string' },
  strategy: { type: 'string' },
  bound: { type: 'string' },
  seeds: { type: 'string' },
  seed: { type: 'string' },
  depth: { type: 'string' },
  at: { type: 'string' },
  steps: { type: 'string' },
  limit: { type: 'string' },
  first: { type: 'boolean' },
  every: { type: 'boolean' },
  'no-checks': { type: 'boolean' },
  jobs: { type: 'string', short: 'j' },
  output: { type: 'string', short: 'o' },
  state: { type: 'string' },
  json: { type: 'boolean' },
};

/** Milliseconds between two lines of progress. */
const progressInterval = 250;
const mostWorkers = 64;

export const command: Command = {
  usage:
    'SCENARIO [--variant NAME] [--strategy exhaustive|random|pct] [--bound N] [--seeds N] [-j N]',
  description:
    'Searches for schedules that fail: boots the kernel once, then tries who may execute when. A schedule fails\n' +
    'when it ends in a panic, a failed assertion or a deadlock, or when a checker finds a bug in a dump of its\n' +
    'end. Each kind of failure is made as simple as can be; its dump and its schedule are written.\n\n' +
    'The simplest schedule lets a CPU execute until it waits or spins. A departure from it is: another CPU goes\n' +
    'on at a schedule point, a store stays in its buffer, an interrupt comes. An exhaustive search tries all\n' +
    'schedules with few departures, those with fewest first. Exit status 3 when a schedule failed.',
  options: [
    { option: '--variant NAME', help: 'which kernel runs; the first one if not given' },
    { option: '--strategy NAME', help: 'exhaustive; random or pct (priorities by chance): seeds' },
    { option: '--bound N', help: "exhaustive: departures together; the scenario's, or 2" },
    { option: '--seeds N', help: 'random, pct: how many schedules; 1000 if not given' },
    { option: '--seed N', help: 'random, pct: the first seed; 1 if not given' },
    { option: '--depth N', help: 'pct: orderings that the bug needs; 3 if not given' },
    { option: '--at WHERE', help: 'points, or accesses: memory accesses too' },
    { option: '--steps N', help: 'a schedule is over after so many steps' },
    {
      option: '--limit N',
      help: 'the search is over after so many schedules; 1,000,000 if not given',
    },
    { option: '--first', help: 'the search is over at the first failure' },
    { option: '--every', help: 'try and count also what leads to a state that is known' },
    { option: '--no-checks', help: 'do not take dumps for the checkers: faster' },
    { option: '-j N', help: 'threads; as many as there are processors if not given' },
    { option: '-o DIR', help: 'where dumps and schedules go; here if not given' },
    { option: '--state FILE', help: '^C saves the search there; the same command goes on from it' },
    { option: '--json', help: 'a JSON object per line (docs/explore.md)' },
  ],
  examples: [
    {
      line: 'corewalk explore df01-stale-tlb --strategy random --seeds 300',
      explains: 'schedules of the DragonFly kernel in which a stale translation corrupts memory',
    },
    {
      line: 'corewalk explore ctxop-install-race --variant fixed',
      explains: 'all schedules within the bound, and none fails',
    },
  ],
  async run(given, terminal) {
    const words = readWords(given, options);
    const file = findScenarioFile(onlyOperand(words, 'scenario'));
    const scenario = loadScenario(file);
    const variant = words.text('variant') ?? firstVariant(scenario);
    const changes = changesOf(words);
    const search: ScenarioSearch = { ...variantNamed(scenario, variant).search, ...changes };
    const folder = words.text('output') ?? '.';
    const workers = countOf(words, 'jobs', Math.min(availableParallelism(), mostWorkers));
    if (workers < 1 || workers > mostWorkers) throw new UsageError(`-j: 1 to ${mostWorkers}`);
    const data: ExploreData = {
      kind: 'explore',
      path: file.path,
      variant,
      changes,
      checks: !words.isSet('no-checks'),
    };
    const image = readImage(file, scenario, variant);
    const digest = createHash('sha256').update(image).update(JSON.stringify(data)).digest('hex');
    mkdirSync(folder, { recursive: true });
    const exploration: Exploration = {
      subject: { scenario: file.name, variant, at: search.at, checks: data.checks, workers },
      plan: planOf(words, search),
      state: stateFile(words.text('state'), digest),
      fileBase: join(folder, `${scenario.name}.${variant}`),
      report: words.isSet('json') ? jsonReport(terminal) : textReport(terminal),
    };
    const pool = new ExplorerPool(terminal.program, data, workers);
    try {
      return await explore(pool, exploration);
    } finally {
      await pool.close();
    }
  },
};

interface Exploration {
  readonly subject: Omit<Parameters<SearchReport['begin']>[0], 'plan'>;
  readonly plan: Omit<SearchPlan, 'places'>;
  readonly state: StateFile | undefined;
  readonly fileBase: string;
  readonly report: SearchReport;
}

async function explore(
  pool: ExplorerPool,
  { subject, plan, state, fileBase, report }: Exploration,
): Promise<number> {
  const simplest = await pool.ready();
  const wholePlan = { ...plan, places: Math.max(1, simplest.places) };
  const saved = state?.read(wholePlan);
  const search = saved ? Search.resume(saved) : new Search(wholePlan);
  await report.begin({ ...subject, plan: wholePlan }, simplest);
  let isInterrupted = false;
  const interrupt = (): void => void (isInterrupted = true);
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const begun = performance.now();
  const before = search.state.seen;
  let shown = begun;
  await pool.run(
    search,
    () => {
      const now = performance.now();
      if (now - shown < progressInterval) return;
      shown = now;
      const known = search.state;
      report.progress(known, ((known.seen - before) * 1000) / (now - begun));
    },
    () => isInterrupted,
  );
  const seconds = (performance.now() - begun) / 1000;
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  const known = search.state;
  for (const [index, { failure, count, task }] of known.findings.entries()) {
    const base = `${fileBase}.${index + 1}`;
    const found = await pool.finish({
      task,
      failureKind: failure.kind,
      dump: `${base}.vmcore`,
      schedule: `${base}.schedule.json`,
    });
    await report.found(index + 1, count, found);
  }
  const isHalfDone = isInterrupted && !known.isOver;
  if (isHalfDone) state?.write(search.save());
  else state?.remove();
  const path = isHalfDone ? state?.path : undefined;
  await report.end({ state: known, seconds, isInterrupted: isHalfDone, saved: path });
  if (known.failed > 0) return exitStatus.findings;
  return isHalfDone ? exitStatus.failed : exitStatus.ok;
}

/** What the command line says instead of the scenario. */
function changesOf(words: Words): Partial<ScenarioSearch> {
  const at = words.text('at');
  if (at !== undefined && at !== 'points' && at !== 'accesses')
    throw new UsageError(`--at: '${at}' is neither points nor accesses`);
  return {
    ...(at !== undefined && { at }),
    ...(words.text('steps') !== undefined && { steps: countOf(words, 'steps', 0) }),
  };
}

function planOf(words: Words, search: ScenarioSearch): Omit<SearchPlan, 'places'> {
  const strategy = words.text('strategy') ?? 'exhaustive';
  if (strategy !== 'exhaustive' && strategy !== 'random' && strategy !== 'pct')
    throw new UsageError(`--strategy: '${strategy}' is none of exhaustive, random, pct`);
  const depth = countOf(words, 'depth', 3);
  if (depth < 1) throw new UsageError('--depth: at least 1');
  return {
    strategy,
    bound: countOf(words, 'bound', search.bound),
    seeds: countOf(words, 'seeds', 1000),
    firstSeed: countOf(words, 'seed', 1),
    depth,
    prunes: !words.isSet('every'),
    limit: countOf(words, 'limit', 1_000_000),
    stopsAtFirst: words.isSet('first'),
  };
}

function countOf(words: Words, name: string, otherwise: number): number {
  const value = words.number(name);
  if (value === undefined) return otherwise;
  if (value > 1_000_000_000n) throw new UsageError(`--${name}: at most 1,000,000,000`);
  return Number(value);
}

/** The file of an interrupted search. */
interface StateFile {
  readonly path: string;
  /** @throws UsageError when the file is of another search */
  read(plan: SearchPlan): SavedSearch | undefined;
  write(saved: SavedSearch): void;
  remove(): void;
}

function stateFile(path: string | undefined, digest: string): StateFile | undefined {
  if (path === undefined) return undefined;
  return {
    path,
    read: (plan) => {
      if (!existsSync(path)) return undefined;
      const { digest: written, saved } = parseState(path);
      if (written !== digest || JSON.stringify(saved.plan) !== JSON.stringify(plan))
        throw new UsageError(`${path}: the state of another search`);
      return saved;
    },
    write: (saved) => writeFileSync(path, JSON.stringify({ digest, saved })),
    remove: () => rmSync(path, { force: true }),
  };
}

/** @throws FormatError when the file is no state of a search */
function parseState(path: string): { readonly digest: string; readonly saved: SavedSearch } {
  try {
    const state: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isState(state)) return state;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new FormatError(`${path}: not the state of a search`);
}

/** We wrote it ourselves: the digest tells. */
function isState(
  value: unknown,
): value is { readonly digest: string; readonly saved: SavedSearch } {
  return typeof value === 'object' && value !== null && 'digest' in value && 'saved' in value;
}
