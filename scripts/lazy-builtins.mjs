/**
 * esbuild plugin: a module of Node is loaded when one of its exports is first used.
 *
 * `node:child_process` alone loads sockets, and compression loads web streams: 80 modules that most runs do without, and a quarter of the time to the first answer.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** Folders whose files are bundled into programs. */
const folders = ['cli', 'debug-adapter', 'dump-format', 'simulator'];

/** Those that Node itself has loaded before a program begins: a property of an object is not cheaper. */
const loadedAnyway = ['fs', 'path', 'module', 'url', 'buffer', 'events'];

export function lazyBuiltins() {
  const used = importedNames();
  return {
    name: 'lazy builtins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:/ }, ({ path, kind, importer }) => {
        // What a package takes of a module is not known here: it gets the module itself.
        const isOurs = !importer.includes('node_modules');
        const isLazy =
          isOurs &&
          kind === 'import-statement' &&
          !loadedAnyway.includes(path.slice('node:'.length));
        return isLazy ? { path, namespace: 'builtin' } : { path, external: true };
      });
      onLoad({ filter: /^node:/, namespace: 'builtin' }, ({ path }) => ({
        contents: [...(used.get(path) ?? [])]
          .sort()
          .map(
            (name) =>
              `Object.defineProperty(exports, '${name}', { enumerable: true, get: () => require('${path}').${name} });`,
          )
          .join('\n'),
      }));
    },
  };
}

/** What our sources take from each package and module of Node. Names of types are among them; they are undefined and never read. */
export function importedNames() {
  const used = new Map();
  for (const file of folders.flatMap(sources)) {
    const text = readFileSync(file, 'utf8');
    for (const [, list, whole, path] of text.matchAll(
      /^import (?:\{([^}]*)\}|\* as (\w+)) from '([\w:@/-]+)';/gm,
    )) {
      const names = used.get(path) ?? new Set();
      used.set(path, names);
      for (const name of whole ? membersOf(whole, text) : namesIn(list)) names.add(name);
    }
  }
  return used;
}

function membersOf(object, text) {
  return [...text.matchAll(new RegExp(`\\b${object}\\.(\\w+)`, 'g'))].map(([, name]) => name);
}

/** Of `a, type B, c as d`: `a`, `B` and `c`. */
function namesIn(list) {
  return [...list.matchAll(/(?:^|,)\s*(?:type )?(\w+)/g)].map(([, name]) => name);
}

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, folder, file));
}
