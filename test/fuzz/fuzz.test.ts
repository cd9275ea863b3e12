/** A bounded run of every fuzzer, its corpus first; `npm run fuzz` is the long one. */
import assert from 'node:assert/strict';
import { Coverage } from './coverage.ts';
import { corpusFiles, readCorpus } from './corpus.ts';
import { openDoors } from './doors.ts';
import { fuzz } from './fuzzer.ts';
import { guard } from './guard.ts';
import { fuzzTargets } from './targets/index.ts';

/** Runs of each: what a few seconds allow. */
const runs: Readonly<Record<string, number>> = {
  dwarf: 800,
  memory: 500,
  packed: 1000,
  linux: 200,
  kdump: 800,
  'dwarf-kernel': 60,
  kernels: 30,
  line: 1500,
  dap: 400,
};
const usualRuns = 2000;

/** Kernels as we ship them: their dumps are too large for a corpus. */
const slowTargets = ['dwarf-kernel', 'kernels'];

/** What a file reaches through the command line and the adapter. */
const atDoors = ['console.ts:runLines', 'session.ts:launch', 'open-inspector.ts:openInspector'];

describe('fuzzing', function () {
  this.timeout(120_000);
  let unguard: () => void;

  before(async () => {
    await openDoors();
    unguard = guard();
  });
  after(() => unguard());

  it('each reader has a corpus, and none a large one', () => {
    for (const { name } of fuzzTargets) {
      const count = readCorpus(name).length;
      assert.ok(count > 0 || slowTargets.includes(name), name);
      assert.ok(count <= corpusFiles, `${name}: ${count} files`);
    }
  });

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
        const reaches = [...target.reaches, ...(target.lines ? atDoors : [])];
        const missed = reaches.filter((name) => !coverage.has(name));
        assert.deepEqual(missed, [], 'functions that were not reached');
      } finally {
        coverage.close();
      }
    });
});
