/** The set of addresses that traversals keep: exact for any addresses, small for those of one heap. */
import assert from 'node:assert/strict';
import { VisitedAddresses } from '../../debug-adapter/target/visited.ts';
import { randomNumbers } from '../dump-format/elf-builder.ts';

describe('visited addresses', () => {
  const shapes: Readonly<Record<string, (index: number) => bigint>> = {
    'neighbours of 96 bytes': (index) => 0xffff_fe10_0000_0000n + BigInt(index) * 96n,
    'every word': (index) => 0xffff_8880_0000_0000n + BigInt(index) * 8n,
    'one a page': (index) => 0xffff_8880_0000_0000n + BigInt(index) * 4096n,
    'one in 32 KiB': (index) => 0xffff_8880_0000_0000n + BigInt(index) * 32768n,
    'one in 4 GiB': (index) => BigInt.asUintN(64, BigInt(index) << 32n),
    'not aligned': (index) => 0x1001n + BigInt(index) * 3n,
    'the last ones': (index) => 0xffff_ffff_ffff_fff8n - BigInt(index) * 8n,
  };
  for (const [name, addressOf] of Object.entries(shapes))
    it(`holds each once: ${name}`, () => {
      const visited = new VisitedAddresses();
      const count = 20_000;
      for (let index = 0; index < count; index++)
        assert.ok(visited.add(addressOf(index)), `${index} is new`);
      for (let index = 0; index < count; index++)
        assert.ok(!visited.add(addressOf(index)), `${index} is known`);
      assert.ok(visited.add(addressOf(count)));
    });

  it('agrees with a set of numbers on any order', () => {
    const visited = new VisitedAddresses();
    const known = new Set<bigint>();
    const random = randomNumbers(11);
    for (let round = 0; round < 50_000; round++) {
      const address = (BigInt(random(4)) << 40n) + BigInt(random(200_000));
      assert.equal(visited.add(address), !known.has(address));
      known.add(address);
    }
  });
});
