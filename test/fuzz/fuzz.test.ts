/** A bounded run of every fuzzer, its corpus first; `npm run fuzz` is the long one. */
import assert from 'node:assert/strict';
import { Coverage } from './coverage.ts';
import { readCorpus } from './corpus.ts';
import { fuzz } from './fuzzer.ts';
import { fuzzTargets } from './targets/index.ts';

/** Runs of each: what a few seconds allow. */
const runs: Readonly<Record<string, number>> = {
  'dwarf-kernel': 60,
  kernels: 30,
  line: 1500,
  dap: 400,
};
const usualRuns = 2000;

describe('fuzzing', function () {
  this.timeout(120_000);

  for (const target of fuzzTargets)
    it(`${target.name}: ends, and refuses in plain words`, async () => {
      const coverage = new Coverage();
      try {
        const { findings } = await fuzz(target, coverage, {
          runs: runs[target.name] ?? usualRuns,
          seed: 12477,
          corpus: readCorpus(target.name),
          findingLimit: 1,
        });
        const [finding] = findings;
        assert.equal(finding, undefined, `${finding?.message} (run ${finding?.run})`);
        const missed = target.reaches.filter((name) => !coverage.has(name));
        assert.deepEqual(missed, [], 'functions that were not reached');
      } finally {
        coverage.close();
      }
    });
});
