/** Compressed dumps open as plain ones do; formats that are not read are named. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { FormatError } from '../../dump-format/errors.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { buildElf } from './elf-builder.ts';
import { hasTool, temporaryDirectory } from './kernel-fixture.ts';

const core = buildElf({
  segments: [{ virtualAddress: 0x1000n, bytes: new Uint8Array(100_000).fill(7) }],
});

describe('a compressed dump', () => {
  it('of gzip reads as the plain one', () => {
    let isClosed = false;
    const source = bytesSource(zlib.gzipSync(core), 'vmcore.gz');
    const dump = openDump({ ...source, close: () => void (isClosed = true) });
    assert.equal(dump.name, 'vmcore.gz');
    assert.deepEqual(dump.virtual.read(0x1000n, 100_000), new Uint8Array(100_000).fill(7));
    assert.ok(isClosed);
  });

  it('of zstd reads where Node can, and says what it needs where not', function () {
    if (!hasTool('zstd')) return this.skip();
    const path = join(temporaryDirectory(), 'vmcore.zst');
    writeFileSync(path, execFileSync('zstd', ['-c'], { input: core }));
    if ('zstdDecompressSync' in zlib)
      assert.equal(openDump(openFile(path)).virtual.readU8(0x1000n), 7);
    else
      assert.throws(
        () => openDump(openFile(path)),
        (error) =>
          error instanceof FormatError &&
          error.message === `${path}: compressed with zstd, which needs Node 22.15 or newer`,
      );
  });

  it('that is damaged says so, wherever it is cut', () => {
    const packed = zlib.gzipSync(core);
    for (let length = 2; length < packed.length; length += 7)
      assert.throws(
        () => openDump(bytesSource(packed.subarray(0, length), 'vmcore.gz')),
        /^FormatError: vmcore\.gz: gzip data is damaged: /,
      );
  });
});

describe('a format that is not read', () => {
  it('is named, with what to do', () => {
    const cases = [
      ['\xfd7zXZ\0\0', 'is compressed with xz: unpack it first: xz -d'],
      [
        'KDUMP   \x06',
        'is a compressed kdump: only ELF dumps are read: makedumpfile -E writes them',
      ],
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
