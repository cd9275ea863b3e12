/** A part of the benchmark as users run the engine: bundled, in a process of its own. */
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../..');

/** Bundles a program of `scripts/bench`; returns the path of the bundle. */
export async function bundleProgram(file: string): Promise<string> {
  mkdirSync(join(root, 'out'), { recursive: true });
  const outfile = join(root, `out/bench-${basename(file, '.ts')}.mjs`);
  await build({
    entryPoints: [join(root, 'scripts/bench', file)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    packages: 'external',
    // Two folders below the root, as the grammars' own module is.
    define: { 'import.meta.dirname': JSON.stringify(join(root, 'test/support')) },
    outfile,
  });
  return outfile;
}
