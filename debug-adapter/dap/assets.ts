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

let started: Promise<void> | undefined;

/** The mdb grammar; the parser is started once per process. */
export async function mdbGrammar(): Promise<Grammar> {
  started ??= startSyntax(readAsset('web-tree-sitter.wasm'));
  await started;
  return openGrammar(readAsset('tree-sitter-mdb.wasm'));
}

/** The C grammar, for a process that has the mdb grammar. */
export function cGrammar(): Grammar {
  return openGrammar(readAsset('tree-sitter-c.wasm'));
}

function readAsset(name: keyof typeof assets): Uint8Array {
  const beside = join(here, name);
  return readFileSync(existsSync(beside) ? beside : resolve(here, '../..', assets[name]));
}
