// Rebuilds what is generated from grammar.js: src/ (by the tree-sitter CLI), tree-sitter-mdb.wasm (by clang from npm),
// and generated.json, which holds the hashes that test/grammar/freshness.test.ts compares. With --check it writes
// nothing and fails when a rebuild gives other bytes.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runClang } from '@yowasp/clang';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const generated = [
  'src/grammar.json',
  'src/node-types.json',
  'src/parser.c',
  'src/tree_sitter/alloc.h',
  'src/tree_sitter/array.h',
  'src/tree_sitter/parser.h',
];
const isCheck = process.argv.includes('--check');

const work = mkdtempSync(join(tmpdir(), 'corewalk-grammar-'));
try {
  for (const file of ['grammar.js', 'tree-sitter.json'])
    copyFileSync(join(root, file), join(work, file));
  generateParser(work);
  writeFileSync(join(work, 'tree-sitter-mdb.wasm'), await compile(work));
  writeFileSync(join(work, 'generated.json'), hashes(work));

  const outputs = [...generated, 'tree-sitter-mdb.wasm', 'generated.json'];
  const stale = outputs.filter((file) => !isSame(join(work, file), join(root, file)));
  if (isCheck) {
    if (stale.length > 0) throw new Error(`older than grammar.js: ${stale.join(', ')}`);
    console.log('grammar: everything generated is fresh');
  } else {
    for (const file of outputs) cpSync(join(work, file), join(root, file));
    console.log(stale.length > 0 ? `grammar: rebuilt ${stale.join(', ')}` : 'grammar: no change');
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function generateParser(folder) {
  const cli = join(root, 'scripts', 'tree-sitter.sh');
  const run = spawnSync('sh', [cli, 'generate'], { cwd: folder, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`tree-sitter generate failed\n${run.stderr}`);
}

/** A side module as web-tree-sitter loads it: no libc is needed, since the grammar has no scanner of its own. */
async function compile(folder) {
  const read = (file) => readFileSync(join(folder, 'src', file));
  const files = {
    'parser.c': read('parser.c'),
    tree_sitter: {
      'alloc.h': read('tree_sitter/alloc.h'),
      'array.h': read('tree_sitter/array.h'),
      'parser.h': read('tree_sitter/parser.h'),
    },
    include: {
      'stdlib.h': [
        '#include <stddef.h>',
        'void *malloc(size_t);',
        'void *calloc(size_t, size_t);',
        'void *realloc(void *, size_t);',
        'void free(void *);',
        '',
      ].join('\n'),
    },
  };
  const output = await runClang(
    [
      'clang',
      '--target=wasm32-unknown-wasi',
      '-Os',
      '-fPIC',
      '-fno-exceptions',
      '-fvisibility=hidden',
      '-shared',
      '-nostdlib',
      '-Wl,--export=tree_sitter_mdb',
      '-Wl,--allow-undefined',
      '-Wl,--no-entry',
      '-Wl,--strip-all',
      '-I.',
      '-isystem',
      'include',
      '-o',
      'tree-sitter-mdb.wasm',
      'parser.c',
    ],
    files,
  );
  return output['tree-sitter-mdb.wasm'];
}

function hashes(folder) {
  const entries = ['grammar.js', ...generated, 'tree-sitter-mdb.wasm'].map((file) => [
    file,
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex'),
  ]);
  return JSON.stringify(Object.fromEntries(entries), undefined, 2) + '\n';
}

function isSame(left, right) {
  try {
    return readFileSync(left).equals(readFileSync(right));
  } catch {
    return false;
  }
}
