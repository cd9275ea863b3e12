/** Lone commands: the grammar reads them the same way, and none of them needs it afterwards. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { isLoneCommand, loneGrammar } from '../../debug-adapter/language/lone-command.ts';
import { parseLine } from '../../debug-adapter/language/parse.ts';
import type { Grammar } from '../../debug-adapter/language/syntax.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';

const dumps = ['scenario illumos/ctxop-panic-run buggy', 'scenario dragonfly/df01-stale-tlb buggy'];

/** The first rows of a line, and how it came out. */
function answer(name: string, grammar: Grammar, line: string): readonly string[] {
  const target = openNamedTarget(name);
  assert.ok('dump' in target);
  const cGrammar = (): never => assert.fail(`${line} wants the C grammar`);
  const inspector = createInspector(target.dump, { grammar, cGrammar });
  const rows: string[] = [];
  for (const row of inspector.execute(line)) if (rows.push(rowText(row)) === 100) break;
  return [...rows, inspector.lastStatus];
}

describe('lone commands', function () {
  this.timeout(120_000);

  it('mean what the grammar says', () => {
    for (const line of ['::status', '::x', '::_a1', '::walk']) {
      assert.ok(isLoneCommand(line));
      // With a blank at the end it is another line, which the grammar reads.
      assert.deepEqual(
        parseLine(line, loneGrammar).statements,
        parseLine(`${line} `, mdbGrammar).statements,
      );
    }
  });

  it('are nothing else', () => {
    for (const line of ['', '::', ' ::status', '::status ', '::1', '::a-b', '::a.b', '$c', '::a;'])
      assert.ok(!isLoneCommand(line), line);
    assert.ok(!isLoneCommand('::status\n'));
    assert.throws(() => parseLine('::walk thread', loneGrammar), /lone/);
  });

  for (const name of dumps)
    it(`answer without the grammar as with it: ${name}`, () => {
      const target = openNamedTarget(name);
      assert.ok('dump' in target);
      const { session } = createInspector(target.dump, { grammar: mdbGrammar });
      const lines = [...session.dcmds()].map((dcmd) => `::${dcmd.name}`).filter(isLoneCommand);
      assert.ok(lines.length > 70, `${lines.length} commands`);
      for (const line of lines)
        assert.deepEqual(answer(name, loneGrammar, line), answer(name, mdbGrammar, line), line);
    });
});
