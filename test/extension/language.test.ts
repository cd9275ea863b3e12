/** What the editor reads out of lines: commands of mdb scripts, expressions of C sources. */
import assert from 'node:assert/strict';
import { expressionAt, variableWords } from '../../extension/language/c-expression-at.ts';
import { commandAt, commandWords, isRunnable } from '../../extension/language/mdb-lines.ts';

describe('mdb lines', () => {
  it('runs what is not blank, a comment or an interpreter line', () => {
    assert.deepEqual(
      ['::status', ' $c', '', '  ', '// note', '#!/usr/bin/env corewalk'].map(isRunnable),
      [true, true, false, false, false, false],
    );
  });

  it('finds the commands of a pipeline, not those in quotes and comments', () => {
    const line = '<thread::print kthread_t t_ctx | ::list "struct ::no" next | $c // ::none';
    assert.deepEqual(
      commandWords(line).map((each) => each.name),
      ['print', 'list', '$c'],
    );
  });

  it('knows the command under the pointer', () => {
    const line = 'a::print t | ::list s';
    assert.equal(commandAt(line, 4)?.name, 'print');
    assert.equal(commandAt(line, 13)?.name, 'list');
    assert.equal(commandAt(line, 10), undefined);
  });
});

/** The expression at the mark `|` of a line. */
function at(marked: string): string | undefined {
  const position = marked.indexOf('^');
  return expressionAt(marked.replace('^', ''), position)?.text;
}

describe('C expressions', () => {
  it('are the chain up to the member that is pointed at', () => {
    assert.equal(at('  x = t->t_ctx->ne^xt;'), 't->t_ctx->next');
    assert.equal(at('  x = t->t_^ctx->next;'), 't->t_ctx');
    assert.equal(at('  x = ^t->t_ctx->next;'), 't');
    assert.equal(at('  a.b[i + c[2]].d^d = 1'), 'a.b[i + c[2]].dd');
    assert.equal(at('  cpu[in^dex].id'), 'index');
  });

  it('are no keywords, numbers, calls, strings or comments', () => {
    for (const line of [
      'ret^urn x;',
      'x = 0xf^f;',
      'sav^ectx(t);',
      'panic("t_c^tx");',
      'x = 1; // t_^ctx',
      ' * the thr^ead',
      '/* a^ */ b',
      "c = 'a^';",
    ])
      assert.equal(at(line), undefined, line);
    assert.equal(at('/* a */ b^'), 'b');
  });

  it('for inline values are variables only', () => {
    const words = (line: string): string[] => variableWords(line).map((each) => each.text);
    assert.deepEqual(words('ctx = t->t_ctx; save(ctx, &cpu); struct ctxop op; goto out;'), [
      'ctx',
      't',
      'cpu',
      'op',
    ]);
  });
});
