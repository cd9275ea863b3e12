/**
 * The explorer, told nothing but the kernel, finds the bugs; and within the bound nothing in the kernels that have the fixes.
 *
 * `EXPLORE=all` covers each bound whole: a quarter of an hour. Without, DF-01 is looked for by chance, FB-01 not at all, and bounds are smaller.
 */
import assert from 'node:assert/strict';
import { checkersJudge } from '../../cli/explore/judge.ts';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { finish } from '../../simulator/explore/result.ts';
import { Search, type SearchPlan } from '../../simulator/explore/search.ts';
import { openStart } from '../../simulator/explore/start.ts';
import { Runner } from '../../simulator/explore/task.ts';
import { scenarioAt } from '../support/simulated-dumps.ts';

const isWhole = process.env['EXPLORE'] === 'all';

/** What the first failure says. */
const bugs: readonly (readonly [path: string, variant: string, says: RegExp])[] = [
  ['lostwakeup/lost-wakeup', 'buggy', /^deadlock: cpu0 waits at sti_hlt/],
  ['dragonfly/df01-stale-tlb', 'buggy', /z_Magic == ZALLOC_SLAB_MAGIC/],
  ...(isWhole
    ? [['freebsd/fb01-curpmap-uaf', 'buggy', /Memory modified after free/] as const]
    : []),
  ['freebsd/fb03-fences', 'orig', /Duplicate free of/],
  ['freebsd/fb04-reload', 'buggy', /Duplicate free of .*vmspace_zone/],
  ['freebsd/fb05-pcpu-get', 'buggy', /non-current pmap/],
  ['kvm/kv01-hcall-gpr3', 'buggy', /^BUG kvmclob: vcpu 0: reset state overwritten/],
  ['akaros/vmcs-death-race', 'buggy', /Damn Damn!/],
  ['illumos/ctxop-install-race', 'nopreempt', /^ERROR ctxop_unbalanced: .*see 12478/],
];

/** The bound of a quick run; `EXPLORE=all` takes the scenario's own. */
const innocents: readonly (readonly [path: string, variant: string, quickBound: number])[] = [
  ['lostwakeup/lost-wakeup', 'fixed', 2],
  ['dragonfly/df01-stale-tlb', 'fixed', 0],
  ['freebsd/fb01-curpmap-uaf', 'fixed', 0],
  ['freebsd/fb03-fences', 'fenced', 1],
  ['freebsd/fb03-fences', 'landed', 1],
  ['freebsd/fb03-fences', 'orig-sc', 1],
  ['freebsd/fb04-reload', 'fixed', 0],
  ['freebsd/fb05-pcpu-get', 'fixed', 0],
  ['kvm/kv01-hcall-gpr3', 'reenter', 0],
  ['akaros/vmcs-death-race', 'fixed', 0],
  ['illumos/ctxop-install-race', 'fixed', 1],
];

/** Failures that only a dump shows. */
const judged: ReadonlySet<string> = new Set(['kvm', 'illumos']);

/** Kernels whose time stamps make nearly every end a state of its own: a dump of each of tens of thousands takes an hour. */
const stamped = /df01|fb01|kv01/;

describe('the explorer', function () {
  this.timeout(isWhole ? 3_600_000 : 120_000);

  for (const [path, variant, says] of bugs) {
    it(`finds ${path} (${variant})`, () => {
      const runner = runnerFor(path, variant, judged.has(path.split('/')[0] ?? ''));
      const strategy = path.includes('df01') && !isWhole ? 'random' : 'exhaustive';
      const search = searchOf(runner, { stopsAtFirst: true, strategy });
      const [finding] = search.state.findings;
      assert.ok(finding, `${search.state.seen} schedules, none fails`);
      assert.match(finding.failure.text, says);
      const found = finish(runner, finding.task, finding.failure.kind, 100);
      assert.match(found.failure, says);
      assert.ok(found.orders.length > 0);
    });
  }

  for (const [path, variant, quickBound] of innocents) {
    it(`finds nothing in ${path} (${variant})`, () => {
      const runner = runnerFor(path, variant, !isWhole || !stamped.test(path));
      const bound = isWhole ? scenarioBound(path, variant) : quickBound;
      const { state } = searchOf(runner, { bound });
      assert.deepEqual(
        state.findings.map(({ failure }) => failure.text),
        [],
      );
      assert.ok(state.isComplete);
      if (isWhole)
        process.stdout.write(`    ${path} (${variant}): ${state.seen} schedules, bound ${bound}\n`);
    });
  }
});

function runnerFor(path: string, variant: string, isJudged: boolean): Runner {
  const scenario = scenarioAt(path);
  const start = openStart(scenario, imageBytes(scenario, variant), variant);
  return new Runner(start, isJudged ? checkersJudge : undefined);
}

function scenarioBound(path: string, variant: string): number {
  const found = scenarioAt(path).variants.get(variant);
  assert.ok(found);
  return found.search.bound;
}

function searchOf(
  runner: Runner,
  plan: Partial<Pick<SearchPlan, 'bound' | 'stopsAtFirst' | 'strategy'>>,
): Search {
  const { places } = runner.run({
    kind: 'departures',
    departures: [],
    left: -1,
    notesStates: false,
  });
  const search = new Search({
    strategy: 'exhaustive',
    bound: runner.start.preparation.variant.search.bound,
    seeds: 100,
    firstSeed: 1,
    depth: 3,
    places,
    prunes: true,
    limit: 1_000_000,
    stopsAtFirst: false,
    ...plan,
  });
  for (let given = search.next(); given; given = search.next())
    search.take(given, runner.run(given.task));
  return search;
}
