/** Intervals: what a list that is looked through would find, in their order. */
import assert from 'node:assert/strict';
import { Intervals } from '../../debug-adapter/target/intervals.ts';
import { randomFrom } from '../language/generator.ts';

describe('intervals', () => {
  it('hold what they hold, the innermost start first', () => {
    const items = [
      { start: 0n, end: 100n, name: 'outer' },
      { start: 10n, end: 20n, name: 'inner' },
      { start: 10n, end: 30n, name: 'twin' },
      { start: 40n, end: 40n, name: 'empty' },
    ];
    const at = (address: bigint): string[] =>
      [...new Intervals(items).at(address)].map(({ name }) => name);
    assert.deepEqual(at(15n), ['inner', 'twin', 'outer']);
    assert.deepEqual(at(20n), ['twin', 'outer']);
    assert.deepEqual(at(40n), ['outer']);
    assert.deepEqual(at(100n), []);
    assert.deepEqual([...new Intervals([]).at(0n)], []);
  });

  it('find what looking through all of them finds', () => {
    const random = randomFrom(5);
    for (let round = 0; round < 200; round++) {
      const items = Array.from({ length: random.next(20) }, () => {
        const start = BigInt(random.next(60));
        return { start, end: start + BigInt(random.next(30)) };
      });
      const intervals = new Intervals(items);
      for (let address = 0n; address < 90n; address++) {
        const expected = items.filter(({ start, end }) => address >= start && address < end);
        const found = [...intervals.at(address)];
        assert.equal(found.length, expected.length);
        assert.deepEqual(new Set(found), new Set(expected));
      }
    }
  });
});
