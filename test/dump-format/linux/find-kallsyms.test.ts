/** The tables of kallsyms are found without a note that says where they are, and only those that agree with `_stext`. */
import assert from 'node:assert/strict';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { findKallsyms } from '../../../dump-format/linux/find-kallsyms.ts';
import type { Memory } from '../../../dump-format/memory.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import type { SymbolTable } from '../../../dump-format/symbols.ts';
import { buildElf, join, randomNumbers } from '../elf-builder.ts';
import { encodeKallsyms, encodeName, word, type KernelSymbol } from './linux-builder.ts';

const stext = 0xffff_ffff_8100_0000n;

/** More than two markers' worth of names. */
const symbols: readonly KernelSymbol[] = [
  { letter: 'A', name: 'runqueues', address: 0x31c40n },
  { letter: 'T', name: '_stext', address: stext },
  ...Array.from({ length: 600 }, (_, index) => ({
    letter: 'D',
    name: `init_task${index}`,
    address: stext + BigInt(index * 16 + 16),
  })),
];

function padded(bytes: Uint8Array): Uint8Array {
  const size = Math.ceil(bytes.length / 8) * 8;
  return join([bytes, new Uint8Array(size - bytes.length)]);
}

function markers(width: 4 | 8): Uint8Array {
  const values: Uint8Array[] = [];
  let at = 0;
  for (const [index, { letter, name }] of symbols.entries()) {
    if (index % 256 === 0) values.push(word(at, width));
    at += encodeName(letter + name).length;
  }
  return join(values);
}

/** Code, then the tables in the order of scripts/kallsyms.c. */
function image(width: 4 | 8 = 4): Uint8Array {
  const tables = encodeKallsyms(symbols, stext);
  const table = (name: string): Uint8Array =>
    padded(tables.get(`kallsyms_${name}`) ?? assert.fail());
  return join([
    Uint8Array.from({ length: 4096 }, (_, index) => (index * 7) & 0xff),
    // Digits that are no tokens.
    new TextEncoder().encode('0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00....'),
    table('offsets'),
    table('relative_base'),
    table('num_syms'),
    table('names'),
    padded(markers(width)),
    table('token_table'),
    table('token_index'),
    new Uint8Array(64),
  ]);
}

function memoryOf(bytes: Uint8Array): Memory {
  const core = buildElf({ segments: [{ virtualAddress: stext, physicalAddress: 0x1000n, bytes }] });
  return openDump(bytesSource(core, 'vmcore')).virtual;
}

const find = (bytes: Uint8Array): SymbolTable | undefined => findKallsyms(memoryOf(bytes), stext);

describe('kallsyms that no note names', () => {
  for (const width of [4, 8] as const)
    it(`is found by its tokens, with markers of ${width} bytes`, () => {
      const found = find(image(width));
      assert.equal(found?.count, symbols.length);
      assert.equal(found.byName('init_task599')?.address, stext + 599n * 16n + 16n);
      assert.equal(found.byName('runqueues')?.address, 0x31c40n);
    });

  it('is not taken where it does not agree with the note', () => {
    assert.equal(findKallsyms(memoryOf(image()), stext + 16n), undefined);
  });

  it('is not made up', () => {
    assert.equal(find(new Uint8Array(10_000)), undefined);
    assert.equal(find(image().subarray(0, 9000)), undefined);
    assert.equal(findKallsyms(memoryOf(image()), 0n), undefined);
  });

  it('may have random bytes anywhere', () => {
    const whole = image();
    for (let seed = 1; seed <= 150; seed++) {
      const random = randomNumbers(seed);
      const bytes = new Uint8Array(whole);
      for (let change = 0; change < 3; change++)
        bytes[4096 + random(bytes.length - 4096)] = random(256);
      const found = find(bytes);
      assert.ok(found === undefined || found.byName('_stext')?.address === stext, `seed ${seed}`);
    }
  });
});
