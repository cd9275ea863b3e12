/** The fuzzer itself: it finds a mistake that hides behind a field, tells it at once, and does the same again for the same seed. */
import assert from 'node:assert/strict';
import { Coverage } from './coverage.ts';
import { fuzz, type Finding } from './fuzzer.ts';
import type { FuzzTarget } from './fuzz-target.ts';

/** Breaks when a count of 16 bits is just past the end of its table. */
const broken: FuzzTarget = {
  name: 'broken',
  seeds: () => [Uint8Array.of(4, 0, 1, 2, 3, 4)],
  fields: () => [{ offset: 0, size: 2 }],
  reaches: [],
  run(bytes) {
    const count = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0, true);
    if (count === bytes.length - 1) throw new TypeError('read past the end');
  },
};

describe('the fuzzer', () => {
  const search = async (
    seed: number,
  ): Promise<{ found: Finding[]; findings: readonly Finding[] }> => {
    const coverage = new Coverage();
    const found: Finding[] = [];
    const plan = { runs: 5000, seed, corpus: [], findingLimit: 1 };
    const { findings } = await fuzz(broken, coverage, {
      ...plan,
      found: (each) => found.push(each),
    });
    coverage.close();
    return { found, findings };
  };

  it('finds a mistake behind a field, and tells it at once', async () => {
    const { found, findings } = await search(3);
    assert.ok(findings.length > 0);
    assert.deepEqual(found, findings);
    assert.match(found[0]?.message ?? '', /read past the end|RangeError/);
  });

  it('finds it again in the same run, for the same seed', async () => {
    const [one, other] = [await search(3), await search(3)];
    assert.equal(one.found[0]?.run, other.found[0]?.run);
    assert.deepEqual(one.found[0]?.bytes, other.found[0]?.bytes);
  });
});
