/** `npm run package`: corewalk.vsix, everything that Corewalk needs in one file. The same checkout gives the same bytes. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { buildPrograms } from './build.mjs';
import { buildExtension } from './build-extension.mjs';

const root = resolve(import.meta.dirname, '..');
const output = join(root, 'corewalk.vsix');

/** The first second that a zip archive can name: dates of a checkout are not the same twice. */
const earliestZipTime = 315532800;

/** Committed, and made by a step of its own. */
const needed = [['sample-dumps/kernels/illumos/images/buggy.elf', 'npm run kernels']];

await Promise.all([buildPrograms(join(root, 'dist')), buildExtension()]);
for (const [path, step] of needed) {
  if (existsSync(join(root, path))) continue;
  console.error(`package: ${path} is missing; it is made by: ${step}`);
  process.exit(1);
}
process.env.SOURCE_DATE_EPOCH ??= String(earliestZipTime);
await createVSIX({
  cwd: root,
  packagePath: output,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
});
console.log(`package: corewalk.vsix, ${Math.ceil(statSync(output).size / 1024)} KiB`);
