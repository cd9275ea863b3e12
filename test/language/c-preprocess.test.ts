/** The preprocessor for headers: what gcc makes of the same text. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TypeSource } from '../../dump-format/ctype.ts';
import { AddedTypes } from '../../debug-adapter/language/added-types.ts';
import { declareTypes } from '../../debug-adapter/language/c-declarations.ts';
import { preprocess } from '../../debug-adapter/language/c-preprocess.ts';
import { tokensOf } from '../../debug-adapter/language/c-macros.ts';
import { hasGcc } from '../support/c-program.ts';
import { cGrammar } from '../support/grammars.ts';
import { randomFrom } from './generator.ts';

const noFiles = (): undefined => undefined;

function expand(text: string): { readonly text: string; readonly problems: readonly string[] } {
  return preprocess({ name: 'test.h', text }, noFiles);
}

/** Tokens without blanks: layout is nobody's business. */
function words(text: string): string[] {
  return tokensOf(text).filter((token) => token.trim() !== '');
}

/** Texts that gcc accepts. */
const texts: Readonly<Record<string, string>> = {
  constants: '#define A 3\n#define B (A + 1)\nint x[A][B]; A_B;\n#undef A\nA B',
  functions:
    '#define MAX(a, b) ((a) > (b) ? (a) : (b))\nMAX(1, MAX(2, 3)) MAX MAX (f(x, y), (z, w))',
  'over lines': '#define TWICE(x) x x\nTWICE(a\nb) \\\nc\n#define LONG \\\n  one \\\n  two\nLONG',
  pasting: '#define FIELD(n) int f_ ## n; char n##_f\n#define V 7\nFIELD(V); FIELD(a)',
  strings: '#define S(x) #x\nS(a + b) "S(x)" \'S\' "a /* b" /* S(x) */ S // S(x)\nend',
  variadic:
    '#define CALL(f, ...) f(__VA_ARGS__)\n#define ALL(args...) g(args)\nCALL(h, 1, 2) ALL(3, 4)',
  recursion: '#define a b\n#define b a\n#define f(x) f(x + 1)\na b f(f(2))',
  empty: '#define NOTHING\n#define EMPTY()\nNOTHING x EMPTY() y EMPTY ()',
  conditions:
    '#if 1 + 2 * 3 == 7 && !(2 > 3) || 0\nyes\n#else\nno\n#endif\n#if 0\n#error never\n#elif 0x10 >> 4 == 1\nsecond\n#elif 1\nthird\n#else\nfourth\n#endif',
  defined:
    '#define A\n#if defined(A) && !defined B\nboth\n#endif\n#ifdef A\none\n#endif\n#ifndef A\nnone\n#elif defined A\nother\n#endif',
  nested: '#if 0\n#if 1\nhidden\n#else\nhidden\n#endif\n#else\n#if 1\nshown\n#endif\n#endif\nafter',
  'unknown names': '#if NOWHERE == 0\nzero\n#endif\n#if NOWHERE\none\n#endif',
  ternary:
    "#if 1 ? 2 : 0\na\n#endif\n#if (-1 < 0) && ~0 == -1 && 'a' == 97\nb\n#endif\n#if 07 == 7 && 10UL > 9\nc\n#endif",
  platform:
    '#ifdef __x86_64__\nwide\n#endif\n#ifdef __i386__\nnarrow\n#endif\n#ifdef _LP64\nlp64\n#endif',
  'macro as condition': '#define V 2\n#define IS(x) (V == x)\n#if IS(2)\nyes\n#endif',
};

describe('language: C preprocessor', () => {
  for (const [name, text] of Object.entries(texts))
    it(`does as gcc -E: ${name}`, function () {
      if (!hasGcc) this.skip();
      const gcc = spawnSync('gcc', ['-E', '-P', '-'], { input: `${text}\n`, encoding: 'utf8' });
      assert.equal(gcc.status, 0, gcc.stderr);
      const ours = expand(text);
      assert.deepEqual(ours.problems, []);
      assert.deepEqual(words(ours.text), words(gcc.stdout));
    });

  it('includes files, each beside the one that names it, and its guards work', () => {
    const files = new Map([
      ['sys/b.h', '#ifndef B\n#define B\n#include "c.h"\nint b[N];\n#endif\n'],
      ['sys/c.h', '#pragma once\n#define N 4\nint c;\n'],
    ]);
    const find = (name: string, from: string) => {
      const found = from.replace(/[^/]*$/, '') + name;
      const text = files.get(found);
      return text === undefined ? undefined : { name: found, text };
    };
    const text =
      '#include <stdint.h>\n#include "sys/b.h"\n#include "sys/b.h"\n#include "sys/c.h"\n';
    const { text: out, problems } = preprocess({ name: 'a.h', text }, find);
    assert.deepEqual(problems, []);
    assert.deepEqual(words(out), words('int c; int b[4];'));
  });

  it('says what is wrong and goes on', () => {
    const problems = (text: string): string => expand(`${text}\nint after;`).problems.join('; ');
    assert.match(problems('#include "gone.h"'), /^test\.h: #include "gone\.h": no such file$/);
    assert.match(problems('#error stop'), /#error stop/);
    assert.match(problems('#if 1'), /an #if without its #endif/);
    assert.match(problems('#endif'), /an #endif without its #if/);
    assert.match(problems('#if 1 +'), /an expression is missing/);
    assert.match(problems('#define 7'), /is no definition/);
    assert.match(expand('#endif\nint after;').text, /int after;/);
  });

  it('ends for files that include themselves and macros that grow', () => {
    const self = preprocess({ name: 'a.h', text: '#include "a.h"\nint x;' }, (name) => ({
      name,
      text: '#include "a.h"\nint x;',
    }));
    assert.match(self.problems.join(), /too many files are included/);
    const doubling = Array.from({ length: 40 }, (_, n) => `#define M${n + 1} M${n} M${n}`).join(
      '\n',
    );
    assert.match(
      expand(`#define M0 x\n${doubling}\nM40`).problems.join(),
      /macros are used more than/,
    );
  });

  it('never throws for mutated text', () => {
    const random = randomFrom(12);
    const all = Object.values(texts);
    const pieces = [
      '#',
      '(',
      ')',
      ',',
      '\\\n',
      '"',
      "'",
      '/*',
      '##',
      '#if ',
      '#define f(x) ',
      '__VA_ARGS__',
    ];
    for (let count = 0; count < 2000; count++) {
      const text = random.pick(all);
      const at = random.next(text.length);
      const cut = text.slice(0, at) + random.pick(pieces) + text.slice(at + random.next(4));
      assert.doesNotThrow(() => expand(cut), JSON.stringify(cut));
    }
  });

  it('gives a header whose types gcc lays out alike', function () {
    if (!hasGcc) this.skip();
    const header = `#ifndef LAYOUT_H
#define LAYOUT_H
#include <stdint.h>
#define PACKED __attribute__((packed))
#define LIST_ENTRY(type) struct { struct type *le_next; struct type **le_prev; }
#define BUFFERS (1 << 3)
#if BUFFERS > 4
typedef uint64_t id_type;
#else
typedef uint8_t id_type;
#endif
struct entry { id_type id; LIST_ENTRY(entry) link; char name[BUFFERS * 2 - 1]; };
struct tight { char c; uint32_t n[BUFFERS]; } PACKED;
#endif
`;
    const { text, problems } = expand(header);
    assert.deepEqual(problems, []);
    const added = new AddedTypes();
    const known: TypeSource = { lookup: () => undefined, names: () => [] };
    assert.deepEqual(declareTypes(cGrammar(), text, known, added).problems, []);
    const folder = mkdtempSync(join(tmpdir(), 'corewalk-header-'));
    try {
      const program = `${header}#include <stdio.h>\n#include <stddef.h>\nint main(void) { printf("%zu %zu %zu %zu", sizeof(struct entry), offsetof(struct entry, name), sizeof(struct tight), sizeof(id_type)); return 0; }\n`;
      writeFileSync(join(folder, 'a.c'), program);
      const built = spawnSync('gcc', ['-o', join(folder, 'a'), join(folder, 'a.c')]);
      assert.equal(built.status, 0, String(built.stderr));
      const said = spawnSync(join(folder, 'a'), { encoding: 'utf8' }).stdout;
      const entry = added.lookup('struct entry');
      assert.ok(entry?.kind === 'struct');
      const ours = [
        entry.size,
        entry.members.at(-1)?.offset,
        added.lookup('struct tight')?.size,
        added.lookup('id_type')?.size,
      ];
      assert.equal(ours.join(' '), said);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
