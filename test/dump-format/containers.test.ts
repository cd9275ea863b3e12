/** Compressed dumps open as plain ones do; formats that are not read are named. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as zlib from 'node:zlib';
import { blockGzip } from '../../dump-format/block-gzip.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { packingOf } from '../../dump-format/containers.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { FormatError } from '../../dump-format/errors.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { Spill } from '../../dump-format/spill-file.ts';
import { unpack } from '../../dump-format/unpack.ts';
import { buildElf } from './elf-builder.ts';
import { hasTool } from './kernel-fixture.ts';

const core = buildElf({
  segments: [{ virtualAddress: 0x1000n, bytes: new Uint8Array(100_000).fill(7) }],
});

/** Bytes that compress badly, so that the packed file has several pieces. */
const noise = Uint8Array.from(
  { length: 300_000 },
  (_, index) => (index * 7919 + (index >> 5) * 31) & 255,
);

const large = buildElf({ segments: [{ virtualAddress: 0x1000n, bytes: noise }] });

async function opened(bytes: Uint8Array): Promise<Dump> {
  const { source, damage } = await unpack(bytesSource(bytes, 'vmcore'));
  return openDump(source, damage === undefined ? {} : { damages: [damage] });
}

function packedBy(tool: string, ...words: readonly string[]): Uint8Array {
  return execFileSync(tool, ['-c', ...words], { input: large, maxBuffer: 2 ** 24 });
}

describe('a compressed dump', () => {
  const ways = [
    ['gzip', () => zlib.gzipSync(large)],
    ['blocks of gzip', () => Buffer.concat([...blockGzip([large])])],
    ['zstd', () => packedBy('zstd')],
    ['zstd in two frames', () => Buffer.concat(halves('zstd'))],
    ['xz', () => packedBy('xz')],
    ['xz in several blocks', () => packedBy('xz', '--block-size=65536')],
  ] as const;
  const halves = (tool: string): Uint8Array[] =>
    [large.subarray(0, 100_000), large.subarray(100_000)].map((input) =>
      execFileSync(tool, ['-c'], { input }),
    );

  for (const [name, pack] of ways) {
    const tool = /^(zstd|xz)/.exec(name)?.[0];
    it(`of ${name} reads as the plain one`, async function () {
      if (tool !== undefined && !hasTool(tool)) return this.skip();
      const dump = await opened(pack());
      assert.deepEqual(dump.warnings, openDump(bytesSource(large, 'vmcore')).warnings);
      assert.deepEqual(dump.virtual.read(0x1000n, noise.length), noise);
      assert.deepEqual(dump.virtual.read(0x1000n + 65000n, 1000), noise.subarray(65000, 66000));
    });

    it(`of ${name}, wherever it is cut, opens with what is there or says that it is damaged`, async function () {
      if (tool !== undefined && !hasTool(tool)) return this.skip();
      const packed = pack();
      let count = 0;
      for (let length = 8; length < packed.length; length += 1 + (packed.length >> 6)) {
        try {
          const dump = await opened(packed.subarray(0, length));
          assert.notDeepEqual(dump.warnings, [], `${length} bytes`);
          const there = dump.virtual.readAvailable(0x1000n, noise.length);
          assert.deepEqual(there, noise.subarray(0, there.length));
          if (there.length > 0) count++;
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
          assert.match(error.message, /^vmcore: /);
        }
      }
      assert.ok(count > 0, 'something is shown of one that is nearly whole');
    });
  }

  it('is closed once it is unpacked, and stays open where it is read in place', async () => {
    for (const [bytes, stays] of [
      [zlib.gzipSync(core), false],
      [Buffer.concat([...blockGzip([core])]), true],
    ] as const) {
      let isClosed = false;
      const source = { ...bytesSource(bytes, 'vmcore.gz'), close: () => void (isClosed = true) };
      const unpacked = await unpack(source);
      assert.equal(isClosed, !stays);
      unpacked.source.close();
      assert.equal(isClosed, true);
    }
  });

  it('of blocks is unpacked by gunzip too, and holds gzip files to the byte', function () {
    if (!hasTool('gzip')) return this.skip();
    const packed = Buffer.concat([...blockGzip([large.subarray(0, 5), large.subarray(5)])]);
    assert.deepEqual(new Uint8Array(execFileSync('gzip', ['-dc'], { input: packed })), large);
  });

  it('with a damaged block says which, and the rest is read', () => {
    const packed = new Uint8Array(Buffer.concat([...blockGzip([large])]));
    const at = packed.length >> 1;
    packed[at] = (packed[at] ?? 0) ^ 0xff;
    const dump = openDump(bytesSource(packed, 'vmcore.gz'));
    assert.deepEqual(dump.virtual.read(0x1000n, 1000), noise.subarray(0, 1000));
    assert.throws(
      () => dump.virtual.read(0x1000n, noise.length),
      /vmcore\.gz: block at 0x[0-9a-f]+ is (damaged: |not of its size)/,
    );
  });

  it('that unpacks to more than the limit is stopped, and leaves nothing', async () => {
    const packed = zlib.gzipSync(new Uint8Array(10_000_000));
    await assert.rejects(
      unpack(bytesSource(packed, 'bomb.gz'), { maximumBytes: 1_000_000 }),
      /^FormatError: bomb\.gz: gzip data gives more than 1000000 bytes/,
    );
  });

  it('of zstd that asks for a window of gigabytes is refused before it gets one', async () => {
    const frame = Uint8Array.from(
      { length: 64 },
      (_, at) => [0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8][at] ?? 0,
    );
    await assert.rejects(
      unpack(bytesSource(frame, 'vmcore.zst')),
      /its window of 2147483648 bytes is over the limit of 134217728 \(maximumWindowBytes\)/,
    );
  });

  /** A zstd frame with a window of 2 to the power of `exponent`, and these blocks of plain bytes. */
  function zstdFrame(exponent: number, blocks: readonly Uint8Array[]): Uint8Array {
    const parts = blocks.map((block, index) => {
      const header = (block.length << 3) | (index === blocks.length - 1 ? 1 : 0);
      return Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16, ...block);
    });
    return Buffer.concat([
      Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, (exponent - 10) << 3),
      ...parts,
    ]);
  }

  it('of zstd whose second frame asks for gigabytes gives what the first one has', async () => {
    const first = zstdFrame(20, [core.subarray(0, 60_000), core.subarray(60_000)]);
    for (const second of [zstdFrame(31, [new Uint8Array(40)]), zstdFrame(31, []).subarray(0, 6)]) {
      const packed = Buffer.concat([first, second]);
      const { source, damage } = await unpack(bytesSource(packed, 'vmcore.zst'));
      assert.match(
        damage ?? '',
        /damaged after \d+ unpacked bytes \(its window of 2147483648 bytes is over the limit of 134217728 \(maximumWindowBytes\)\)/,
      );
      assert.deepEqual(Buffer.from(source.read(0, source.size)), Buffer.from(core));
    }
  });

  it('of zstd in a hundred thousand frames, some skippable, is unpacked', async () => {
    const empty = zstdFrame(10, [new Uint8Array(0)]);
    const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
    const many = Array.from({ length: 100_000 }, (_, index) => (index % 3 ? empty : skippable));
    const packed = Buffer.concat([...many, zstdFrame(17, [core.subarray(0, 500)]), ...many]);
    const { source, damage } = await unpack(bytesSource(packed, 'vmcore.zst'));
    assert.equal(damage, undefined);
    assert.deepEqual(Buffer.from(source.read(0, source.size)), Buffer.from(core.subarray(0, 500)));
  });

  it('of zstd whose blocks are tiny in a huge window is given up', async () => {
    const packed = zstdFrame(
      27,
      Array.from({ length: 200_000 }, () => Uint8Array.of(7)),
    );
    const { source, damage } = await unpack(bytesSource(packed, 'vmcore.zst'));
    assert.match(damage ?? '', /its blocks are too small for their window of 134217728 bytes/);
    assert.ok(source.size < 1000);
  });

  it('larger than memory allows goes through a file', async () => {
    const spill = new Spill('vmcore', 100_000);
    for (let at = 0; at < noise.length; at += 7001) spill.write(noise.subarray(at, at + 7001));
    const source = spill.finish();
    assert.deepEqual(source.read(0, noise.length), noise);
    assert.equal(source.size, noise.length);
    source.close();
  });

  it('can be given up while it is unpacked', async () => {
    await assert.rejects(
      unpack(bytesSource(zlib.gzipSync(large), 'vmcore.gz'), { isCancelled: () => true }),
      /opening was cancelled/,
    );
  });

  it('of one kind is told from another by its bytes, not its name', () => {
    assert.equal(packingOf(bytesSource(zlib.gzipSync(core), 'vmcore.xz')), 'gzip');
    assert.equal(packingOf(bytesSource(core, 'vmcore.gz')), undefined);
  });
});

describe('a format that is not read', () => {
  it('is named, with what to do', () => {
    const cases = [
      ['BZh91AY', 'is compressed with bzip2: unpack it first: bunzip2'],
      ['DISKDUMP', 'is a diskdump: only ELF dumps are read'],
      [
        'minidump FreeBSD/amd64',
        'is a FreeBSD minidump: only ELF dumps are read: set debug.minidump=0',
      ],
      ['#include', 'not an ELF file: begins with 23 69 6e 63, expected 7f 45 4c 46'],
    ] as const;
    for (const [start, message] of cases) {
      const bytes = Uint8Array.from(start, (letter) => letter.charCodeAt(0));
      assert.throws(
        () => openDump(bytesSource(bytes, 'vmcore')),
        (error) => error instanceof FormatError && error.message === `vmcore: ${message}`,
      );
    }
  });

  it('is an object file, which is no dump and no program', () => {
    assert.throws(
      () => openDump(bytesSource(buildElf({ type: 1 }), 'a.o')),
      /^FormatError: a\.o: e_type is 1: neither a core \(4\) nor a linked program \(2, 3\)$/,
    );
  });
});
