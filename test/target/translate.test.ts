/** Page walks, and memory that lies behind page tables. */
import assert from 'node:assert/strict';
import { FaultError } from '../../dump-format/errors.ts';
import { pagedMemory } from '../../debug-adapter/target/paged-memory.ts';
import { translate, translateBySegments } from '../../debug-adapter/target/translate.ts';
import { memoryOf, words } from './memory-fixture.ts';

const present = 1n;
const writable = 2n;
const user = 4n;
const large = 0x80n;
const noExecute = 1n << 63n;

/** A table with a few entries. */
function table(start: bigint, entries: Readonly<Record<number, bigint>>) {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  for (const [index, entry] of Object.entries(entries))
    view.setBigUint64(Number(index) * 8, entry, true);
  return { start, bytes };
}

/** Canonical address of table indexes, upper half where the first one says so. */
function addressOf(pml4: number, pdpt: number, pd: number, pt: number, offset: number): bigint {
  const bits =
    (BigInt(pml4) << 39n) | (BigInt(pdpt) << 30n) | (BigInt(pd) << 21n) | (BigInt(pt) << 12n);
  return BigInt.asUintN(64, BigInt.asIntN(48, bits | BigInt(offset)));
}

const page = new Uint8Array(4096).fill(0xaa);
const physical = memoryOf([
  table(0x1000n, {
    256: 0x2000n | present | writable | user,
    1: 0x9000n | present,
    511: 0x2000n | present,
  }),
  table(0x2000n, {
    0: 0x3000n | present | writable,
    1: 0x4000_0000n | present | large,
    2: 0n,
  }),
  table(0x3000n, {
    0: 0x4000n | present | writable,
    1: 0x20_0000n | present | writable | large | noExecute,
  }),
  table(0x4000n, {
    3: 0x5000n | present | noExecute,
    4: 0x6000n | present | writable,
    5: 0xffff_f000n | present,
  }),
  { start: 0x5000n, bytes: page },
  { start: 0x6000n, bytes: words(0x11n, 0x22n) },
  { start: 0x20_0000n, bytes: words(0x33n) },
]);

describe('page walks', () => {
  it('reach a page through four levels, and show each', () => {
    const address = addressOf(256, 0, 0, 3, 0x123);
    assert.equal(address, 0xffff_8000_0000_3123n);
    const walk = translate(physical, 0x1000n, address);
    assert.equal(walk.physicalAddress, 0x5123n);
    assert.equal(walk.pageSize, 4096n);
    assert.deepEqual(
      walk.steps.map(({ level, index, entryAddress }) => [level, index, entryAddress]),
      [
        ['PML4', 256, 0x1800n],
        ['PDPT', 0, 0x2000n],
        ['PD', 0, 0x3000n],
        ['PT', 3, 0x4018n],
      ],
    );
    assert.deepEqual(walk.steps.at(-1)?.flags, ['P', 'NX']);
    assert.deepEqual([walk.isWritable, walk.isUser, walk.isExecutable], [false, false, false]);
  });

  it('stop early at large pages', () => {
    const two = translate(physical, 0x1000n, addressOf(256, 0, 1, 5, 0x10));
    assert.deepEqual([two.physicalAddress, two.pageSize], [0x20_5010n, 1n << 21n]);
    const one = translate(physical, 0x1000n, addressOf(256, 1, 2, 3, 0x10));
    assert.deepEqual([one.physicalAddress, one.pageSize], [0x4040_3010n, 1n << 30n]);
  });

  it('say at which level they end', () => {
    const problem = (address: bigint): string | undefined =>
      translate(physical, 0x1000n, address).problem;
    assert.equal(problem(addressOf(2, 0, 0, 0, 0)), 'PML4 entry is not present');
    assert.equal(problem(addressOf(256, 2, 0, 0, 0)), 'PDPT entry is not present');
    assert.equal(problem(addressOf(1, 0, 0, 0, 0)), 'PDPT at 9000 is not in the dump');
    assert.equal(problem(0x8000_0000_0000n), 'address is not canonical');
    assert.equal(translate(physical, 0x7000n, 0n).problem, 'PML4 at 7000 is not in the dump');
  });

  it('ignore the low bits of CR3, and walk five levels when asked', () => {
    assert.equal(translate(physical, 0x1fffn, addressOf(256, 0, 0, 4, 8)).physicalAddress, 0x6008n);
    const five = memoryOf([
      table(0x8000n, { 0: 0x9000n | present }),
      table(0x9000n, { 0: 0xa000n | present }),
      table(0xa000n, { 0: 0x4000_0000n | present | large }),
    ]);
    const walk = translate(five, 0x8000n, 0x1234n, 5);
    assert.deepEqual(
      [walk.physicalAddress, walk.steps.map(({ level }) => level)],
      [0x4000_1234n, ['PML5', 'PML4', 'PDPT']],
    );
  });

  it('can be answered by segments where there is no CR3', () => {
    const segments = [
      { virtualAddress: 0xf000n, physicalAddress: 0x1000n, size: 0x100n, fileOffset: 0, flags: 6 },
      { virtualAddress: undefined, physicalAddress: 0n, size: 0x100n, fileOffset: 0, flags: 6 },
    ];
    assert.equal(translateBySegments(segments, 0xf010n), 0x1010n);
    assert.equal(translateBySegments(segments, 0xf100n), undefined);
  });
});

describe('paged memory', () => {
  const mapped = addressOf(256, 0, 0, 4, 0);
  const segments = memoryOf([{ start: mapped - 0x100n, bytes: words(0x77n) }]);
  const memory = pagedMemory(segments, physical, 0x1000n, 4);

  it('reads segments first, then through the tables', () => {
    assert.equal(memory.readU64(mapped - 0x100n), 0x77n);
    for (let again = 0; again < 2; again++) {
      assert.equal(memory.readU64(mapped), 0x11n);
      assert.equal(memory.readU64(mapped + 8n), 0x22n);
      assert.equal(memory.readU32(mapped + 8n), 0x22);
      assert.equal(memory.readU16(mapped), 0x11);
      assert.equal(memory.readU8(mapped + 1n), 0);
      assert.equal(memory.readU64(addressOf(256, 0, 1, 0, 0)), 0x33n);
    }
  });

  it('reads across pages', () => {
    const before = addressOf(256, 0, 0, 3, 0xffc);
    const expected = [0xaa, 0xaa, 0xaa, 0xaa, 0x11, 0, 0, 0];
    assert.deepEqual([...memory.read(before, 8)], expected);
    assert.equal(memory.readU64(before), 0x11_aaaa_aaaan);
  });

  it('faults where neither has a page, and at a page that the dump lacks', () => {
    const absent = addressOf(256, 0, 0, 9, 0);
    assert.throws(() => memory.readU64(absent), FaultError);
    assert.throws(() => memory.readU8(addressOf(256, 0, 0, 5, 0)), FaultError);
    assert.throws(
      () => memory.read(mapped, 32),
      (error) => error instanceof FaultError && error.address === mapped + 16n,
    );
    assert.equal(memory.readAvailable(absent, 8).length, 0);
    assert.deepEqual([...memory.readAvailable(mapped, 9)], [0x11, 0, 0, 0, 0, 0, 0, 0, 0x22]);
  });
});
