/** The grammar's corpus, through the runtime that users get. `UPDATE=1` writes the trees: read the diff. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SyntaxNode } from '../../debug-adapter/language/syntax.ts';
import { mdbGrammar, projectRoot } from '../support/grammars.ts';

const folder = join(projectRoot, 'grammar/test/corpus');
const isUpdate = process.env['UPDATE'] === '1';

interface Entry {
  readonly title: string;
  readonly input: string;
  readonly tree: string;
}

describe('grammar: corpus', () => {
  for (const name of readdirSync(folder).sort()) {
    const file = join(folder, name);
    const entries = read(readFileSync(file, 'utf8'));
    if (isUpdate) writeFileSync(file, entries.map(write).join('\n'));
    for (const { title, input, tree } of entries) {
      it(`${name.replace('.txt', '')}: ${title}`, () => {
        assert.equal(treeOf(input), isUpdate ? treeOf(input) : tree);
      });
    }
  }
});

/** The CLI's own format: a title between two lines of `=`, the input, a line of `---`, the tree. */
function read(text: string): Entry[] {
  const parts = text.split(/^=+\n(.+)\n=+\n/m).slice(1);
  const entries: Entry[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [input = '', tree = ''] = (parts[i + 1] ?? '').split(/^---\n/m);
    entries.push({ title: parts[i] ?? '', input: input.replace(/\n$/, ''), tree: tree.trim() });
  }
  return entries;
}

function write({ title, input }: Entry): string {
  const rule = '='.repeat(80);
  return `${rule}\n${title}\n${rule}\n${input}\n---\n\n${treeOf(input)}\n`;
}

function treeOf(input: string): string {
  return mdbGrammar.parse(input, (root) => show(root, undefined, 0));
}

/** One named node a line with its field, as `tree-sitter test` writes it; empty for punctuation. */
function show(node: SyntaxNode, field: string | undefined, depth: number): string {
  const label = node.isMissing ? `MISSING ${node.type}` : node.type;
  const head = `${'  '.repeat(depth)}${field === undefined ? '' : `${field}: `}(${label}`;
  const below = node.children
    .map((child, index) => ({ child, name: node.fieldNameForChild(index) ?? undefined }))
    .filter(({ child }) => child.isNamed || child.isMissing)
    .map(({ child, name }) => show(child, name, depth + 1));
  return [head, ...below].join('\n') + ')';
}
