/** Source text in a dump: what goes in comes out, and cpio can unpack it too. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FormatError } from '../../dump-format/errors.ts';
import { packSources, unpackSources } from '../../dump-format/source-archive.ts';
import { hasTool } from './kernel-fixture.ts';

const sources = new Map([
  ['/src/illumos/swtch.S', '\tpushq %rbp\n'],
  ['/src/illumos/ctxop.c', 'int a;\n// naïve\n'],
  ['/src/empty.h', ''],
]);

describe('sources', () => {
  it('come out as they went in, sorted by name', () => {
    const found = unpackSources(packSources(sources), 'vmcore');
    assert.deepEqual([...found], [...sources].sort());
    assert.deepEqual([...unpackSources(packSources(new Map()), 'vmcore')], []);
  });

  it('give the same bytes in whatever order they came', () => {
    const reversed = new Map([...sources].reverse());
    assert.deepEqual(packSources(reversed), packSources(sources));
  });

  it('are an archive that cpio lists', function () {
    if (!hasTool('cpio')) return this.skip();
    const input = gunzipSync(packSources(sources));
    const listed = execFileSync('cpio', ['-it', '--quiet'], { input, encoding: 'utf8' });
    assert.deepEqual(listed.trim().split('\n'), [...sources.keys()].sort());
  });

  it('are refused when damaged, wherever the damage is', () => {
    const archive = gunzipSync(packSources(sources));
    for (let length = 0; length < archive.length - 3; length++)
      assert.throws(
        () => unpackSources(gzipSync(archive.subarray(0, length)), 'vmcore'),
        FormatError,
      );
    const wrong = Buffer.from(archive);
    wrong.write('zzzzzzzz', 54);
    assert.throws(
      () => unpackSources(gzipSync(wrong), 'vmcore'),
      /cpio: member at offset 0x0 is cut off/,
    );
    assert.throws(
      () => unpackSources(Uint8Array.of(1, 2, 3), 'vmcore'),
      /vmcore: gzip data is damaged/,
    );
  });
});
