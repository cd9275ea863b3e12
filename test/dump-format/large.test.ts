/** Large dumps: many segments and terabytes of holes open fast and in bounded memory. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { chunkBytes, ChunkCache } from '../../dump-format/chunk-cache.ts';
import { FormatError, LookupError } from '../../dump-format/errors.ts';
import { maximumReadBytes, openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { RangeBuilder } from '../../dump-format/ranges.ts';
import { segmentMemory } from '../../dump-format/segment-memory.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { elfMemory } from '../../dump-format/elf/memory.ts';
import { buildElf, randomNumbers } from './elf-builder.ts';
import { temporaryDirectory } from './kernel-fixture.ts';

const tebibyte = 2 ** 40;

describe('a large dump', () => {
  it('of 200,000 segments in any order opens by reading its headers once', () => {
    const random = randomNumbers(7);
    const places = Array.from({ length: 200_000 }, (_, index) => index);
    for (let index = places.length - 1; index > 0; index--) {
      const other = random(index + 1);
      [places[index], places[other]] = [places[other] ?? 0, places[index] ?? 0];
    }
    const base = 0xffff8880_00000000n;
    const segments = places.map((place) => ({
      virtualAddress: base + BigInt(place) * 8192n,
      physicalAddress: BigInt(place + 1) * 8192n,
      offset: 64 + place,
      fileSize: 4096,
    }));
    const bytes = buildElf({ segments });
    const plain = bytesSource(bytes, 'vmcore');
    let read = 0;
    const dump = openDump({
      ...plain,
      read(offset, length) {
        read += length;
        return plain.read(offset, length);
      },
    });
    assert.ok(read < 200_000 * 60, 'headers are read once');
    assert.equal(dump.segments.length, 200_000);
    for (const place of [0, 1, 77_777, 199_999]) {
      const expected = bytes.subarray(64 + place, 64 + place + 4096);
      assert.deepEqual(dump.virtual.read(base + BigInt(place) * 8192n, 4096), expected);
      assert.deepEqual(dump.physical.read(BigInt(place + 1) * 8192n, 4096), expected);
      assert.equal(dump.virtual.readAvailable(base + BigInt(place) * 8192n, 8192).length, 4096);
    }
    assert.deepEqual(dump.warnings, []);
  });

  it('of a terabyte of holes costs no more than what is read', () => {
    const path = join(temporaryDirectory(), 'vmcore');
    const head = buildElf({
      segments: [
        {
          virtualAddress: 0xffff8000_00000000n,
          physicalAddress: 0x1000n,
          offset: 4096,
          fileSize: tebibyte,
        },
      ],
    });
    const file = openSync(path, 'w');
    writeSync(file, head);
    ftruncateSync(file, 4096 + tebibyte);
    writeSync(file, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 0, 8, 4096 + tebibyte - 8);
    closeSync(file);
    assert.ok(statSync(path).blocks * 512 < 2 ** 20);
    const before = process.memoryUsage().arrayBuffers;
    const dump = openDump(openFile(path));
    const end = 0xffff8000_00000000n + BigInt(tebibyte);
    assert.equal(dump.virtual.readU64(end - 8n), 0x0807060504030201n);
    assert.equal(dump.physical.readU64(BigInt(tebibyte) + 0x1000n - 8n), 0x0807060504030201n);
    assert.equal(dump.virtual.readAvailable(end - 16n, 2 ** 20).length, 16);
    for (let step = 0n; step < 100n; step++)
      assert.equal(dump.virtual.readU64(end - 8n - (step + 1n) * (1n << 33n)), 0n);
    assert.deepEqual(dump.warnings, []);
    dump.close();
    assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 2 ** 20);
  });

  it('keeps a bounded number of chunks, and still reads right', () => {
    const { memory, chunks, reads, byteAt, size } = countedMemory(4, 16 * chunkBytes);
    const random = randomNumbers(1);
    for (let round = 0; round < 5000; round++) {
      const offset = random(size);
      assert.equal(memory.readU8(0x10_0000n + BigInt(offset)), byteAt(offset));
    }
    assert.ok(reads.length > 64, 'chunks were dropped and read again');
    const generation = chunks.generation;
    for (let round = 0; round < 100; round++) memory.readU8(0x10_0000n);
    assert.ok(chunks.generation <= generation + 1, 'what is in use stays');
  });

  it('that is too large to keep is read by pages while reads jump about, and by chunks again when they go along', () => {
    const { memory, reads, byteAt, size } = countedMemory(4, 16 * chunkBytes);
    const random = randomNumbers(2);
    const rounds = 5000;
    for (let round = 0; round < rounds; round++) {
      const offset = random(size);
      assert.equal(memory.readU8(0x10_0000n + BigInt(offset)), byteAt(offset));
    }
    const scattered = reads.reduce((sum, length) => sum + length, 0);
    assert.ok(scattered < rounds * 5000, `read ${scattered} bytes for ${rounds} of them`);
    reads.length = 0;
    for (let offset = 0; offset < size; offset += 512)
      assert.equal(memory.readU8(0x10_0000n + BigInt(offset)), byteAt(offset));
    const large = reads.filter((length) => length === chunkBytes).length;
    assert.ok(large > 40, `${large} of ${reads.length} reads were of chunks`);
  });

  it('that is small enough is kept whole while reads jump about: no byte is read twice more', () => {
    const { memory, chunks, reads, byteAt, size } = countedMemory(4, 64 * chunkBytes);
    const random = randomNumbers(3);
    for (let round = 0; round < 20_000; round++) {
      const offset = random(size - 8);
      assert.equal(memory.readU8(0x10_0000n + BigInt(offset)), byteAt(offset));
      const bytes = memory.read(0x10_0000n + BigInt(offset), 8);
      assert.equal(bytes[7], byteAt(offset + 7));
    }
    assert.ok(reads.length <= 68, `${reads.length} reads`);
    assert.equal(chunks.generation, 1);
    assert.equal(memory.readAvailable(0x10_0000n + BigInt(size) - 5n, 10).length, 5);
  });

  it('that jumps and is cut in the middle of a page has no byte more than it has', () => {
    const bytes = new Uint8Array(10 * chunkBytes + 77).fill(9);
    const ranges = new RangeBuilder();
    ranges.add(0x10_0000n, BigInt(bytes.length) + 4096n, 0);
    const chunks = new ChunkCache(bytesSource(bytes, 'vmcore'), 2);
    const memory = segmentMemory(chunks, 'little', ranges.build().ranges);
    for (const chunk of [0, 5, 2, 8, 4, 10])
      assert.equal(memory.readU8(0x10_0000n + BigInt(chunk * chunkBytes)), 9);
    assert.equal(chunks.generation, 1);
    const end = 0x10_0000n + BigInt(bytes.length);
    assert.equal(memory.readU8(end - 1n), 9);
    assert.throws(() => memory.readU8(end), /^FaultError/);
    assert.throws(() => memory.readU64(end - 4n), /^FaultError/);
  });
});

/** Memory over 4 MiB whose reads of the source are noted by their length. */
function countedMemory(chunkLimit: number, wholeLimit: number) {
  const bytes = new Uint8Array(64 * chunkBytes).map((_, index) => (index >>> 12) * 7 + index);
  const reads: number[] = [];
  const source = bytesSource(bytes, 'vmcore');
  const counted = {
    ...source,
    read: (offset: number, length: number): Uint8Array => {
      reads.push(length);
      return source.read(offset, length);
    },
  };
  const ranges = new RangeBuilder();
  ranges.add(0x10_0000n, BigInt(bytes.length), 0);
  const chunks = new ChunkCache(counted, chunkLimit, wholeLimit);
  const memory = segmentMemory(chunks, 'little', ranges.build().ranges);
  return { memory, chunks, reads, size: bytes.length, byteAt: (offset: number) => bytes[offset] };
}

describe('file source', () => {
  it('reads the same bytes as the file, whatever the place and length', () => {
    const path = join(temporaryDirectory(), 'vmcore');
    const random = randomNumbers(3);
    const bytes = Uint8Array.from({ length: 3_000_001 }, () => random(256));
    writeFileSync(path, bytes);
    const source = openFile(path);
    assert.equal(source.size, bytes.length);
    for (let round = 0; round < 3000; round++) {
      const offset = random(bytes.length + 100);
      const length = random(20) ? random(300) : random(2_000_000);
      const expected = bytes.subarray(offset, offset + length);
      assert.ok(
        Buffer.from(source.read(offset, length)).equals(expected),
        `${length} at ${offset}`,
      );
    }
    for (const offset of [-1, Number.NaN, 2 ** 53, Infinity])
      assert.equal(source.read(offset, 10).length, 0);
    source.close();
    source.close();
    assert.throws(() => source.read(100, 10), /is closed/);
  });

  it('refuses in one line what is no readable file', () => {
    const directory = temporaryDirectory();
    assert.throws(
      () => openFile(directory),
      (error) =>
        error instanceof FormatError && error.message === `${directory}: not a regular file`,
    );
    const missing = join(directory, 'vmcore');
    assert.throws(
      () => openFile(missing),
      (error) =>
        error instanceof LookupError && error.message === `${missing}: no such file or directory`,
    );
  });

  it('refuses one read that no memory could hold', () => {
    const path = join(temporaryDirectory(), 'vmcore');
    closeSync(openSync(path, 'w'));
    const file = openSync(path, 'r+');
    ftruncateSync(file, 4 * maximumReadBytes);
    closeSync(file);
    assert.throws(
      () => openFile(path).read(0, maximumReadBytes + 1),
      /is over the limit of 1073741824 \(maximumReadBytes\)/,
    );
  });

  it('does not make up bytes when the file shrinks under it', () => {
    const path = join(temporaryDirectory(), 'vmcore');
    const bytes = buildElf({
      segments: [{ virtualAddress: 0x1000n, bytes: new Uint8Array(300_000).fill(5) }],
    });
    writeFileSync(path, bytes);
    const file = openElf(openFile(path));
    const { virtual } = elfMemory(file);
    const handle = openSync(path, 'r+');
    ftruncateSync(handle, 200_000);
    closeSync(handle);
    assert.equal(virtual.readU8(0x1000n), 5);
    assert.throws(
      () => virtual.readU64(0x1000n + 250_000n),
      /^FaultError: failed to read 8 bytes at 3e090/,
    );
    assert.throws(() => virtual.read(0x1000n, 290_000), /^FaultError/);
  });
});
