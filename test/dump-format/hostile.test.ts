/** Hostile dumps: whatever the bytes, the reader ends, in bounded memory, with one of the four errors or an answer. */
import assert from 'node:assert/strict';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { FaultError, FormatError, LookupError, UsageError } from '../../dump-format/errors.ts';
import { extractKernel } from '../../dump-format/kernel-image.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { smallCore } from '../fuzz/targets/elf.ts';
import { buildElf, randomNumbers } from './elf-builder.ts';

const ours = [FormatError, FaultError, LookupError, UsageError];

function attempt(place: string, action: () => unknown): void {
  try {
    action();
  } catch (error) {
    const isOurs = ours.some((each) => error instanceof each);
    if (!isOurs) throw new Error(`${place}: ${String(error)}`, { cause: error });
    assert.ok(error instanceof Error);
    assert.doesNotMatch(error.message, /[^ -~]|undefined|NaN|\[object/, place);
  }
}

/** Asks a dump for all that it has. */
function useDump(bytes: Uint8Array, place: string): void {
  attempt(place, () => {
    const dump = openDump(bytesSource(bytes, 'vmcore'), { program: bytesSource(bytes, 'unix') });
    const { symbols } = dump;
    attempt(place, () => [...symbols.all()].length);
    attempt(place, () => symbols.byName('panic'));
    attempt(place, () => symbols.nearestBelow(0x1040n));
    attempt(place, () => symbols.withPrefix('', 10));
    attempt(place, () => dump.sourceText('/src/a.c'));
    attempt(place, () => dump.debugInfo?.lookup('struct ctxop'));
    assert.ok(dump.segments.length < 1e6);
    for (const memory of [dump.virtual, dump.physical]) {
      for (const address of [0n, 0x1000n, 0x1078n, 0xffffffff80001000n, -8n]) {
        attempt(place, () => memory.readU64(address));
        attempt(place, () => memory.read(address, 70_000));
        attempt(place, () => memory.readAvailable(address, 70_000));
        attempt(place, () => memory.rangeAtOrAbove(address));
      }
    }
    for (const { text } of dump.warnings)
      assert.doesNotMatch(text, /[^ -~]|undefined|NaN|\[object/);
  });
  attempt(place, () => extractKernel(bytesSource(bytes, 'vmcore')));
}

describe('a hostile dump', () => {
  const whole = smallCore();

  it('may be cut off anywhere', () => {
    useDump(whole, 'whole');
    for (let length = 0; length < whole.length; length++)
      useDump(whole.subarray(0, length), `cut to ${length} bytes`);
  });

  it('keeps its symbols, registers and sources when only memory was lost', () => {
    const [segment] = openDump(bytesSource(whole, 'vmcore')).segments;
    assert.ok(segment);
    const dump = openDump(bytesSource(whole.subarray(0, segment.fileOffset + 10), 'vmcore'));
    assert.equal(dump.symbols.byName('panic')?.address, 0x1000n);
    assert.equal(dump.cpus.length, 2);
    assert.equal(dump.sourceText('/src/a.c'), 'int a;\n');
    assert.deepEqual(dump.virtual.read(0x1000n, 10), new Uint8Array(10).fill(0x41));
    assert.throws(
      () => dump.virtual.readU64(0x1008n),
      /^FaultError: failed to read 6 bytes at 100a: the dump is cut off before it$/,
    );
    assert.match(
      dump.warnings.map(({ severity, text }) => `${severity}: ${text}`).join('\n'),
      /^error: vmcore: truncated: has \d+ bytes, its segments need \d+: 236 bytes in 2 of the segments are missing$/,
    );
  });

  it('may have random bytes anywhere', () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const random = randomNumbers(seed);
      const bytes = new Uint8Array(whole);
      for (let count = 1 + random(8); count > 0; count--)
        bytes[random(random(2) ? 0x400 : bytes.length)] = random(256);
      useDump(bytes, `seed ${seed}`);
    }
  });

  it('may have any field of its tables at an extreme', () => {
    const { header } = openElf(bytesSource(whole, 'vmcore'));
    const tables = [
      { offset: 0, count: 1, fields: fieldsOf([4, 4, 8, 2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2]) },
      {
        offset: header.programHeaderOffset,
        count: header.programHeaderCount,
        fields: fieldsOf([4, 4, 8, 8, 8, 8, 8, 8]),
        size: 56,
      },
      {
        offset: header.sectionHeaderOffset,
        count: header.sectionCount,
        fields: fieldsOf([4, 4, 8, 8, 8, 8, 4, 4, 8, 8]),
        size: 64,
      },
      { offset: 64 + 56 * header.programHeaderCount, count: 1, fields: fieldsOf([4, 4, 4]) },
    ];
    const extremes = [
      0n,
      1n,
      0x7fn,
      0xffn,
      0xffffn,
      0x7fffffffn,
      0xffffffffn,
      1n << 40n,
      (1n << 53n) - 1n,
      1n << 53n,
      (1n << 63n) - 1n,
      (1n << 64n) - 1n,
      (1n << 64n) - 4096n,
    ];
    let tried = 0;
    for (const { offset, count, fields, size = 0 } of tables)
      for (let index = 0; index < count; index++)
        for (const field of fields)
          for (const value of extremes) {
            const bytes = new Uint8Array(whole);
            const at = offset + index * size + field.offset;
            setInteger(bytes, at, field.size, value);
            useDump(
              bytes,
              `0x${value.toString(16)} in ${field.size} bytes at 0x${at.toString(16)}`,
            );
            tried++;
          }
    assert.ok(tried > 1000);
  });

  it('gets no memory for what it only claims to have', () => {
    const huge = 2 ** 44;
    const claims = buildElf({
      segments: [
        { virtualAddress: 0x1000n, memorySize: 1n << 62n },
        { virtualAddress: 0x2000n, fileSize: huge },
        { type: 4, fileSize: huge },
      ],
      sections: [{ name: '.symtab', type: 2, size: huge, bytes: new Uint8Array(24) }],
    });
    const before = process.memoryUsage().arrayBuffers;
    useDump(claims, 'huge claims');
    assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 2 ** 20);
  });
});

function fieldsOf(sizes: readonly number[]): { offset: number; size: number }[] {
  let offset = 0;
  return sizes.map((size) => {
    const field = { offset, size };
    offset += size;
    return field;
  });
}

function setInteger(bytes: Uint8Array, offset: number, size: number, value: bigint): void {
  for (let index = 0; index < size; index++)
    bytes[offset + index] = Number((value >> BigInt(index * 8)) & 0xffn);
}
