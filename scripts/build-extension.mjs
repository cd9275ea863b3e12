/** Bundles the extension's own code into dist/extension.cjs; the engine is bundled apart. */
import { resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/** Everything that imports `vscode`. */
export async function buildExtension() {
  await build({
    absWorkingDir: root,
    entryPoints: ['extension/activate.ts'],
    outfile: 'dist/extension.cjs',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    logLevel: 'warning',
  });
}
