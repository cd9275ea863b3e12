/** Bundles the extension's own code into dist/extension.cjs and its pages into dist/webview; the engine is bundled apart. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/** Pages that webviews show: `extension/webview/<name>.ts` and `.css`. */
const pages = [
  'summary',
  'table',
  'ctxop',
  'memory',
  'layout',
  'graph',
  'timeline',
  'address-space',
  'learn',
];

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
      plugins: [vscodeOnce()],
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

const common = {
  absWorkingDir: root,
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  // Names stay: a stack trace in a bug report has to say something.
  minifyIdentifiers: false,
  logLevel: 'warning',
};

/**
 * One import of VS Code's API for the whole bundle.
 *
 * In CommonJS, esbuild wraps the whole API anew for each file that imports it, at half a millisecond each: two thirds of the time
 * that activation took. A module that re-exports the names in use is bound at build time and costs nothing.
 */
function vscodeOnce() {
  return {
    name: 'vscode once',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
        namespace === 'once'
          ? { path: 'vscode', external: true }
          : { path: 'vscode', namespace: 'once' },
      );
      onLoad({ filter: /^vscode$/, namespace: 'once' }, () => ({
        contents: [
          `const api = require('vscode');`,
          ...vscodeNames().map((name) => `export const ${name} = api.${name};`),
        ].join('\n'),
      }));
    },
  };
}

/** What our sources take from the API. Names of types are among them, which are undefined and never read. */
function vscodeNames() {
  const names = new Set();
  for (const file of sources('extension'))
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/\bvscode\.(\w+)/g)) names.add(name);
  return [...names].sort();
}

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, folder, file));
}
