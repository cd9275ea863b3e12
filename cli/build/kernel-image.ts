/** What happens to a linked kernel image before it is used: it must be one that the machine can execute, and it gets its sources. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { packSources, sourcesSection } from '../../dump-format/source-archive.ts';
import { checkImage } from '../../simulator/machine/check-image.ts';
import { readKernelImage } from '../../simulator/machine/image.ts';
import type { Toolchain } from './toolchain.ts';

const run = promisify(execFile);

/** How the line tables call the folder that the sources are below (`-ffile-prefix-map`). */
export const sourcePrefix = '/src';

/**
 * @param linked path of the image; stays as it is
 * @param name for messages
 * @param sources files that it was compiled from, below `kernels`
 * @returns the image with a section of its source text, so that a dump of it opens on its lines anywhere
 */
export async function finishImage(
  linked: string,
  name: string,
  kernels: string,
  sources: readonly string[],
  { objectCopier }: Pick<Toolchain, 'objectCopier'>,
): Promise<Uint8Array> {
  const work = mkdtempSync(join(tmpdir(), 'corewalk-image-'));
  try {
    const archive = join(work, 'sources');
    const finished = join(work, 'image');
    const texts = sources.map(
      (path) => [`${sourcePrefix}/${path}`, readFileSync(join(kernels, path), 'utf8')] as const,
    );
    writeFileSync(archive, packSources(new Map(texts)));
    await run(objectCopier, [
      `--add-section=${sourcesSection}=${archive}`,
      `--set-section-flags=${sourcesSection}=readonly`,
      linked,
      finished,
    ]);
    const bytes = new Uint8Array(readFileSync(finished));
    refuseUnsupported(bytes, name);
    return bytes;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** @throws Error with one line per instruction that the machine can't execute */
function refuseUnsupported(image: Uint8Array, name: string): void {
  const lines = checkImage(readKernelImage(bytesSource(image, name))).map(
    ({ place, mnemonic, bytes }) => `${place}: ${mnemonic} (${Buffer.from(bytes).toString('hex')})`,
  );
  if (lines.length > 0)
    throw new Error(`${name}: the machine does not execute\n${lines.join('\n')}`);
}
