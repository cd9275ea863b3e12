/** The compiled grammars: beside the bundle, or where the packages keep them in a checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openGrammar, startSyntax, type Grammar } from '../language/syntax.ts';

/** In a bundle this is the folder of the bundle. */
const here = import.meta.dirname;

/** Files that a bundle has beside it, and where they are in a checkout. */
export const assets = {
  'web-tree-sitter.wasm': 'node_modules/web-tree-sitter/web-tree-sitter.wasm',
  'tree-sitter-mdb.wasm': 'grammar/tree-sitter-mdb.wasm',
  'tree-sitter-c.wasm': 'node_modules/tree-sitter-c/tree-sitter-c.wasm',
} as const;

let mdb: Promise<Grammar> | undefined;
let c: Grammar | undefined;

/** The mdb grammar. Parser and grammar are started once per process: what WebAssembly has taken it never gives back. */
export function mdbGrammar(): Promise<Grammar> {
  mdb ??= startSyntax(readAsset('web-tree-sitter.wasm')).then(() =>
    openGrammar(readAsset('tree-sitter-mdb.wasm')),
  );
  return mdb;
}

/** The C grammar, for a process that has the mdb grammar. */
export function cGrammar(): Grammar {
  c ??= openGrammar(readAsset('tree-sitter-c.wasm'));
  return c;
}

function readAsset(name: keyof typeof assets): Uint8Array {
  const beside = join(here, name);
  return readFileSync(existsSync(beside) ? beside : resolve(here, '../..', assets[name]));
}
