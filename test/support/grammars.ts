/** The grammars, opened for tests. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { openGrammar, startSyntax, type Grammar } from '../../debug-adapter/language/syntax.ts';

export const projectRoot = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

await startSyntax(readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')));

export const mdbGrammar: Grammar = openGrammar(
  readFileSync(join(projectRoot, 'grammar/tree-sitter-mdb.wasm')),
);

let opened: Grammar | undefined;

/** tree-sitter-c's own grammar, opened on first use. */
export function cGrammar(): Grammar {
  opened ??= openGrammar(readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')));
  return opened;
}
