/** The committed kernel images are what their sources say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { staleImages } from '../../scripts/build-kernels.ts';
import { kernelNames, readKernel } from '../../cli/build/kernel-sources.ts';

const kernels = resolve(import.meta.dirname, '../../sample-dumps/kernels');

describe('kernel images', () => {
  for (const os of kernelNames(kernels)) {
    it(`${os}: none is older than its sources`, () => {
      assert.deepEqual(staleImages(os), []);
    });

    for (const variant of Object.keys(readKernel(kernels, os).variants)) {
      it(`${os}/${variant}.elf explains itself: build id, types, sources`, () => {
        const path = join(kernels, os, 'images', `${variant}.elf`);
        const image = openDump(bytesSource(new Uint8Array(readFileSync(path)), variant));
        assert.deepEqual(image.warnings, []);
        assert.match(image.buildId ?? '', /^[0-9a-f]{40}$/);
        assert.equal(image.debugInfo?.lookup('struct sim_tlbent')?.size, 40);
        const missing = (image.debugInfo?.sourceFiles() ?? []).filter(
          (file) => file.startsWith('/src/') && image.sourceText(file) === undefined,
        );
        assert.deepEqual(missing, ['/src/<built-in>']);
      });
    }
  }
});
