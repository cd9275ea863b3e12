/** Dumps that claim a terabyte, or have 200,000 segments: what is asked costs what it reads, and what is not there costs nothing. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  holedSegments,
  lastWord,
  largeStart,
  tebibyte,
  writeHoledCore,
  writeSegmentsCore,
  writeTebibyteCore,
} from '../../scripts/bench/scale/sparse-cores.ts';
import { temporaryDirectory } from '../dump-format/kernel-fixture.ts';
import { sampleDump } from '../support/sample-dump.ts';
import { illumosImage, openCounted } from './counted-dump.ts';

const mebibyte = 2 ** 20;
const word = lastWord.toString(16);

describe('a sparse core of a tebibyte', () => {
  const path = (): string => join(temporary, 'vmcore');
  let temporary: string;
  before(() => {
    temporary = temporaryDirectory();
    writeTebibyteCore(path(), sampleDump('illumos/ctxop-panic-run', 'buggy'), illumosImage);
  });

  it('takes no room, opens and answers by reading less than its sample has', () => {
    assert.ok(statSync(path()).blocks * 512 < 4 * mebibyte);
    const { lines, bytesRead, dump } = openCounted(path());
    const status = lines('::status');
    assert.match(status.join('\n'), /dump content: 1\.00T in \d+ ranges/);
    assert.match(status.join('\n'), /panic message: fpu emulation/);
    assert.ok(bytesRead() < 2 * mebibyte);
    dump.close();
  });

  it('is read at its far end', () => {
    const { lines, bytesRead, dump } = openCounted(path());
    lines('::status');
    bytesRead();
    const end = largeStart + BigInt(tebibyte);
    assert.match(lines(`${(end - 8n).toString(16)}/K`)[0] ?? '', new RegExp(`${word} *$`));
    assert.match(lines(`${end.toString(16)}/K`)[0] ?? '', /failed to read data from target/);
    for (let step = 1n; step < 64n; step++)
      assert.equal(dump.virtual.readU64(end - step * (1n << 34n)), 0n);
    assert.ok(bytesRead() < 8 * mebibyte, 'a chunk for each place');
    dump.close();
  });

  it('is searched with progress until the user cancels', () => {
    const { inspector, lines, bytesRead, cancelAfter, dump } = openCounted(path());
    const totals = new Set<number | undefined>();
    const done: number[] = [];
    inspector.onProgress = (progress) => {
      totals.add(progress.total);
      done.push(progress.done);
    };
    cancelAfter(40);
    const rows = lines(`${word}::kgrep`);
    assert.match(rows.at(-1) ?? '', /cancelled/);
    assert.ok(bytesRead() < 128 * mebibyte);
    assert.ok(done.length > 1 && done.every((each, index) => each > (done[index - 1] ?? -1)));
    assert.ok([...totals].every((total) => total !== undefined && total >= tebibyte));
    cancelAfter(Infinity);
    assert.match(lines('::status')[0] ?? '', /debugging crash dump/, 'the session goes on');
    dump.close();
  });

  it('that is cut off says how much is missing, and reads what is there', () => {
    const file = openSync(path(), 'r+');
    ftruncateSync(file, statSync(path()).size - tebibyte / 2);
    closeSync(file);
    const { lines, dump } = openCounted(path());
    assert.match(
      dump.warnings.map(({ text }) => text).join('\n'),
      new RegExp(`truncated: has \\d+ bytes, .*: ${tebibyte / 2} bytes in 1 of the segments`),
    );
    const middle = largeStart + BigInt(tebibyte / 2);
    assert.match(lines(`${(middle - 8n).toString(16)}/K`)[0] ?? '', / 0 *$/);
    assert.throws(() => dump.virtual.readU64(middle), /the dump is cut off before it/);
    dump.close();
  });
});

describe('a tebibyte of which a page in 64 MiB was saved', () => {
  let path: string;
  before(() => {
    path = join(temporaryDirectory(), 'vmcore');
    writeHoledCore(path, sampleDump('illumos/ctxop-panic-run', 'buggy'), illumosImage);
  });

  it('is searched without reading what was not saved', () => {
    const { count, bytesRead, dump } = openCounted(path);
    count('::status');
    bytesRead();
    const { rows, last } = count(`${word}::kgrep`);
    assert.equal(rows, holedSegments.count);
    const end = largeStart + BigInt(tebibyte - holedSegments.size + holedSegments.saved - 8);
    assert.equal(last, end.toString(16));
    assert.ok(bytesRead() < 1.5 * holedSegments.count * holedSegments.saved);
    dump.close();
  });

  it('says of a page that it was not saved', () => {
    const { dump } = openCounted(path);
    assert.throws(
      () => dump.virtual.readU64(largeStart + BigInt(holedSegments.saved)),
      /not saved in the dump/,
    );
    dump.close();
  });
});

describe('a core of 200,000 segments', function () {
  this.timeout(60_000);
  const segmentCount = 200_000;
  let path: string;
  before(() => {
    path = join(temporaryDirectory(), 'vmcore');
    writeSegmentsCore(
      path,
      sampleDump('illumos/ctxop-panic-run', 'buggy'),
      illumosImage,
      segmentCount,
    );
  });

  it('opens by reading its headers once, and finds each', () => {
    const { lines, bytesRead, dump } = openCounted(path);
    assert.match(lines('::status').join('\n'), /in 2000\d\d ranges/);
    assert.ok(bytesRead() < 1.2 * segmentCount * 56);
    for (const index of [0, 1, 77_777, segmentCount - 1]) {
      const address = largeStart + BigInt(index) * 8192n;
      assert.equal(dump.virtual.readU64(address), lastWord);
      assert.equal(dump.physical.readU64(0x40_0000_0000n + address - largeStart), lastWord);
      assert.throws(() => dump.virtual.readU64(address + 4096n), /^FaultError/);
    }
    assert.match(lines(`${largeStart.toString(16)}::whatis`).join('\n'), /in memory/);
    dump.close();
  });

  it('is listed by pages, searched whole, and audited in one pass', () => {
    const { count, dump } = openCounted(path);
    const page = count('::mappings');
    assert.equal(page.rows, 1002);
    assert.match(page.last, /^\.\.\. and 199\d\d\d more: ::mappings -v$/);
    assert.ok(count('::mappings | ::map .').rows >= segmentCount);
    assert.equal(count(`${word}::kgrep`).rows, segmentCount);
    // Work for each pair of segments would not end.
    assert.doesNotMatch(count('::findleaks').last, /^mdb: /);
    dump.close();
  });
});
