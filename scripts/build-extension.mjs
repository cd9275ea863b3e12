/** Bundles the extension's own code into dist/extension.cjs and its pages into dist/webview; the engine is bundled apart. */
import { resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/** Pages that webviews show: `extension/webview/<name>.ts` and `.css`. */
const pages = ['summary', 'table', 'ctxop'];

export async function buildExtension() {
  await Promise.all([
    // Everything that imports `vscode`.
    build({
      ...common,
      entryPoints: ['extension/activate.ts'],
      outfile: 'dist/extension.cjs',
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      external: ['vscode'],
    }),
    // What runs in the page of a webview.
    build({
      ...common,
      entryPoints: pages.flatMap((page) => [
        `extension/webview/${page}.ts`,
        `extension/webview/${page}.css`,
      ]),
      outdir: 'dist/webview',
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
    }),
  ]);
}

const common = { absWorkingDir: root, bundle: true, logLevel: 'warning' };
