/** What is generated belongs to the grammar.js beside it, and the queries fit the grammar. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mdbGrammar, projectRoot } from '../support/grammars.ts';

const folder = join(projectRoot, 'grammar');

describe('grammar: what is generated', () => {
  it('was made from this grammar.js (if not: npm run grammar)', () => {
    const expected: unknown = JSON.parse(readFileSync(join(folder, 'generated.json'), 'utf8'));
    assert.ok(typeof expected === 'object' && expected !== null);
    const actual = Object.keys(expected).map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]);
    assert.ok(actual.length > 5);
    assert.deepEqual(Object.fromEntries(actual), expected);
  });

  it('calls itself mdb', () => {
    assert.equal(mdbGrammar.name, 'mdb');
  });

  it('has highlights for every part of a line', () => {
    const line = `foo+0x10,2/4X "a\\n" ; ::list struct ctxop -x <v 'q' | ::eval $[<t] // why`;
    const captures = mdbGrammar.query(readFileSync(join(folder, 'queries/highlights.scm'), 'utf8'));
    const found = captures(line).map(({ name, start, end }) => `${line.slice(start, end)} ${name}`);
    for (const wanted of [
      'foo constant',
      '+ operator',
      '0x10 number',
      '/ operator',
      '4 number',
      'X string.special',
      '\\n string.escape',
      'list function',
      'struct keyword',
      '-x attribute',
      "'q' string",
      '| operator',
      't variable',
      '// why comment',
    ])
      assert.ok(found.includes(wanted), `${wanted} is not in ${found.join(', ')}`);
  });

  it('finds shell text for injection', () => {
    const captures = mdbGrammar.query(readFileSync(join(folder, 'queries/injections.scm'), 'utf8'));
    assert.deepEqual(captures('::ps ! wc -l'), [{ name: 'injection.content', start: 7, end: 12 }]);
  });
});
