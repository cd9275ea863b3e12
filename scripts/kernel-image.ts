/** What happens to a linked kernel image before it is committed: it must be one that the machine can execute, and it gets its sources. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bytesSource } from '../dump-format/byte-source.ts';
import { packSources, sourcesSection } from '../dump-format/source-archive.ts';
import { checkImage } from '../simulator/machine/check-image.ts';
import { readKernelImage } from '../simulator/machine/image.ts';
import { filesOf } from './kernel-sources.ts';

const run = promisify(execFile);

/** How the line tables call the folder `sample-dumps/kernels` (`-ffile-prefix-map`). */
export const sourcePrefix = '/src';

/**
 * @param linked path of the image; stays as it is
 * @returns the image with a section of its source text, so that a dump of it opens on its lines anywhere
 */
export async function finishImage(
  linked: string,
  os: string,
  kernels: string,
): Promise<Uint8Array> {
  const work = mkdtempSync(join(tmpdir(), 'corewalk-image-'));
  try {
    const archive = join(work, 'sources');
    const finished = join(work, 'image');
    writeFileSync(archive, packSources(sourcesOf(os, kernels)));
    await run('objcopy', [
      `--add-section=${sourcesSection}=${archive}`,
      `--set-section-flags=${sourcesSection}=readonly`,
      linked,
      finished,
    ]);
    const bytes = new Uint8Array(readFileSync(finished));
    refuseUnsupported(bytes, os);
    return bytes;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** @throws Error with one line per instruction that the machine can't execute */
function refuseUnsupported(image: Uint8Array, os: string): void {
  const lines = checkImage(readKernelImage(bytesSource(image, os))).map(
    ({ place, mnemonic, bytes }) => `${place}: ${mnemonic} (${Buffer.from(bytes).toString('hex')})`,
  );
  if (lines.length > 0)
    throw new Error(`${os}: the machine does not execute\n${lines.join('\n')}`);
}

/** C, headers and assembly of the shared folder and the kernel's own, by the names of the line table. */
function sourcesOf(os: string, kernels: string): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const folder of ['common', os]) {
    for (const file of filesOf(join(kernels, folder), '')) {
      if (!/\.[chS]$/.test(file)) continue;
      const path = `${folder}/${file}`;
      sources.set(`${sourcePrefix}/${path}`, readFileSync(join(kernels, path), 'utf8'));
    }
  }
  return sources;
}
