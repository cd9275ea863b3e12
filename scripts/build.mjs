/**
 * `npm run build`: the programs as bundles in dist/, with the WebAssembly files that they read beside them.
 *
 * CommonJS, since iced-x86 and the extension host want it.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildExtension } from './build-extension.mjs';
import { importedNames, lazyBuiltins } from './lazy-builtins.mjs';

const root = resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);

/** Programs by the name of their bundle. */
export const programs = {
  corewalk: 'cli/main.ts',
  adapter: 'debug-adapter/dap/main.ts',
  // A bundle of its own, since all that it needs would be parsed at each start of the command line.
  'mcp-server': 'cli/mcp-server.ts',
};

/** Programs that start often: NAME.cjs is the loader, and runs NAME.program.cjs with the bytecode of an earlier run. */
const loadedPrograms = ['corewalk', 'adapter'];

/** Packages that most runs do without. */
const lazyPackages = ['iced-x86', 'markdown-it'];

/** Files that the bundles read at run time, from packages and from our own folders. */
const wasmFiles = [
  require.resolve('web-tree-sitter/web-tree-sitter.wasm'),
  require.resolve('tree-sitter-c/tree-sitter-c.wasm'),
  join(dirname(require.resolve('iced-x86')), 'iced_x86_bg.wasm'),
  join(root, 'grammar/tree-sitter-mdb.wasm'),
];

/** @param {(keyof typeof programs)[]} names which programs; all when absent */
export async function buildPrograms(folder, names = Object.keys(programs)) {
  await mkdir(folder, { recursive: true });
  const copies = wasmFiles.map(async (file) => {
    await replaceFile(join(folder, basename(file)), await readFile(file));
  });
  const entryPoints = Object.fromEntries([
    ...names.map((name) => [bundleName(name), programs[name]]),
    ...names.filter(isLoaded).map((name) => [name, 'cli/program-loader.ts']),
    ...lazyPackages.map((name) => [name, require.resolve(name)]),
  ]);
  const bundle = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    // Names stay: a stack trace in a bug report has to say something.
    minifyIdentifiers: false,
    // The loader relies on it.
    charset: 'ascii',
    logLevel: 'warning',
    write: false,
    // web-tree-sitter's ES build calls createRequire(import.meta.url), which a CommonJS bundle hasn't.
    alias: { 'web-tree-sitter': require.resolve('web-tree-sitter') },
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    // An `import()` is a `require`: the loader's programs are no modules of Node's.
    supported: { 'dynamic-import': false },
    plugins: [...lazyPackages.map(lazyPackage), lazyBuiltins(), bundleBeside('cli/mcp-server.ts')],
  });
  const bundles = bundle.outputFiles.map(({ path, contents }) =>
    replaceFile(path, path.endsWith('.program.cjs') ? asFunction(contents) : contents),
  );
  await Promise.all([...bundles, ...copies]);
}

/** As Node wraps a module. Done here, since at a start it would copy the whole program. */
function asFunction(contents) {
  const before = '(function (exports, require, module, __filename, __dirname) {';
  return Buffer.concat([Buffer.from(before), contents, Buffer.from('})\n')]);
}

function isLoaded(name) {
  return loadedPrograms.includes(name);
}

function bundleName(name) {
  return isLoaded(name) ? `${name}.program` : name;
}

/** Writes a file at once or not at all: others may be starting it, or writing it too. */
async function replaceFile(path, contents) {
  const present = await readFile(path).catch(() => undefined);
  if (present && Buffer.compare(present, contents) === 0) return;
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, contents, { mode: 0o755 });
  await rename(unfinished, path);
}

/**
 * A package that is loaded when one of its exports is first used, out of a bundle of its own: reading and compiling it would take
 * longer than `::status`.
 */
function lazyPackage(name) {
  const isFunction = typeof require(name) === 'function';
  return {
    name: `lazy ${name}`,
    setup({ onResolve, onLoad }) {
      const filter = new RegExp(`^${name}$`);
      onResolve({ filter }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path: name, namespace: 'lazy' },
      );
      onResolve({ filter: /^\.\/.*\.cjs$/, namespace: 'lazy' }, ({ path }) => ({
        path,
        external: true,
      }));
      onLoad({ filter, namespace: 'lazy' }, () => ({
        contents: isFunction
          ? `module.exports = (...words) => require('./${name}.cjs')(...words);`
          : `for (const name of ${JSON.stringify([...(importedNames().get(name) ?? [])])})
               Object.defineProperty(exports, name, { enumerable: true, get: () => require('./${name}.cjs')[name] });`,
      }));
    },
  };
}

/** A program that another one loads with `import()` when it wants it. */
function bundleBeside(file) {
  const name = basename(file, '.ts');
  return {
    name: `bundle ${name}`,
    setup({ onResolve }) {
      onResolve({ filter: new RegExp(`/${name}\\.ts$`) }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: `./${name}.cjs`, external: true } : undefined,
      );
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  await Promise.all([buildPrograms(join(root, 'dist')), buildExtension()]);
}
