/** Lines of every kind: the grammar and the scanner of faults agree, and nothing throws, whatever is typed. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Dump } from '../../dump-format/dump.ts';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { completeLine } from '../../debug-adapter/language/complete.ts';
import { parseLine } from '../../debug-adapter/language/parse.ts';
import { findFault } from '../../debug-adapter/language/syntax-fault.ts';
import type { SyntaxNode } from '../../debug-adapter/language/syntax.ts';
import { cGrammar, mdbGrammar, projectRoot } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';
import { readTranscripts } from '../transcripts.ts';
import { randomFrom, type Random } from './generator.ts';
import { openSession } from './session.ts';

const lines = [
  ...new Set(
    readTranscripts(join(projectRoot, 'test/transcripts')).flatMap(
      (transcript) => transcript.lines,
    ),
  ),
];

/** Bits of the language, and of what never belongs to it. */
const pieces = [
  ...'0x 0t9 ff hz . + - * % %% # ~ ( ) | || & :: ::walk ::print $ $< $[ ] :'.split(' '),
  ...'/ \\ ? @ = == != ! < << > >> >/c/ , ; " \' \\" // ` é 😀'.split(' '),
  ' ',
  '\t',
  '\0',
];

function mutate(line: string, random: Random): string {
  const characters = [...line];
  for (let count = 1 + random.next(3); count > 0; count--) {
    const at = random.next(characters.length + 1);
    switch (random.next(4)) {
      case 0:
        characters.splice(at, 1 + random.next(3));
        break;
      case 1:
        characters.splice(at, 0, random.pick(pieces));
        break;
      case 2:
        characters.splice(at, 1, random.pick(pieces));
        break;
      default:
        characters.splice(at, 0, ...[...random.pick(lines)].slice(0, random.next(12)));
    }
  }
  return characters.join('');
}

/** Quotes may stand open in a tree; a line that runs has none. */
function hasOpenQuote(node: SyntaxNode): boolean {
  const closed = closedQuotes[node.type];
  return (closed !== undefined && !closed.test(node.text)) || node.children.some(hasOpenQuote);
}

const closedQuotes: Readonly<Record<string, RegExp>> = {
  single_quoted: /^'[^']*'$/,
  string: /^"(?:[^"\\]|\\.)*"$/s,
  shell_single_quoted: /^'(?:[^'\\]|\\.)*'$/s,
  shell_double_quoted: /^"(?:[^"\\]|\\.)*"$/s,
};

describe('language: whatever is typed', () => {
  it('is refused by the scanner of faults exactly when the grammar refuses it', () => {
    const seed = 4711;
    const random = randomFrom(seed);
    let faults = 0;
    for (let count = 0; count < 20_000; count++) {
      const line = count < lines.length ? (lines[count] ?? '') : mutate(random.pick(lines), random);
      // A NUL may end the text for tree-sitter; the scanner refuses it everywhere.
      const refused =
        line.includes('\0') ||
        mdbGrammar.parse(line, (root) => root.hasError || hasOpenQuote(root));
      const fault = findFault(line);
      assert.equal(
        fault !== undefined,
        refused,
        `seed ${seed}: ${JSON.stringify(line)} ${JSON.stringify(fault)}`,
      );
      if (refused) faults++;
    }
    assert.ok(faults > 2000 && faults < 18_000, `${faults} of 20000 lines are faulty`);
  });

  it('keeps the statements before a fault', () => {
    for (const line of lines) {
      const { statements, fault } = parseLine(`1=X; ${line}`, mdbGrammar);
      if (fault !== undefined) assert.equal(statements[0]?.stages[0]?.kind, 'format', line);
    }
  });

  /** Runs mutated lines, each cut off after a time or some rows, and then a sound one. */
  function tortures(dump: Dump, seed: number, count: number): void {
    const random = randomFrom(seed);
    let deadline = 0;
    const isCancelled = (): boolean => performance.now() > deadline;
    const inspector = createInspector(dump, { grammar: mdbGrammar, cGrammar, isCancelled });
    for (let index = 0; index < count; index++) {
      const line = mutate(random.pick(lines), random);
      const where = `seed ${seed}, line ${index}: ${JSON.stringify(line)}`;
      const start = performance.now();
      let rows = 0;
      deadline = start + 2000;
      for (const row of inspector.execute(line)) {
        const text = rowText(row);
        assert.ok(!text.startsWith('mdb: internal error'), `${where}: ${text}`);
        if (++rows >= 500) break;
      }
      assert.ok(performance.now() - start < 10_000, `${where} can't be cancelled`);
    }
    deadline = Infinity;
    inspector.session.radix = 16;
    assert.deepEqual([...inspector.execute('0t65=c')].map(rowText), [`${' '.repeat(16)}A`]);
  }

  it('tells an error again when an empty line repeats the command', function () {
    const opened = openNamedTarget('program formats');
    if ('reason' in opened) this.skip();
    const inspector = createInspector(opened.dump, { grammar: mdbGrammar, cGrammar });
    const said = ['::set -o repeatlast', '1>a=b', ''].map((line) =>
      [...inspector.execute(line)].map(rowText),
    );
    const message = "mdb: '=' may not be used in a variable name";
    assert.deepEqual(said, [[], [message], [message]]);
  });

  it('never throws out of a session: 8,000 mutated lines over a program', function () {
    this.timeout(60_000);
    const opened = openNamedTarget('program formats');
    if ('reason' in opened) this.skip();
    tortures(opened.dump, 99, 8000);
  });

  it('never throws out of a session: 2,000 mutated lines over a sample dump', function () {
    this.timeout(60_000);
    const opened = openNamedTarget('scenario illumos/ctxop-panic-run buggy');
    if ('reason' in opened) this.skip();
    tortures(opened.dump, 7, 2000);
  });

  it('parses every prefix of every line', () => {
    let faults = 0;
    for (const line of lines) {
      for (let end = 0; end <= line.length; end++) {
        const prefix = line.slice(0, end);
        const { text, fault } = parseLine(prefix, mdbGrammar);
        assert.equal(text, prefix);
        if (fault !== undefined) faults++;
      }
    }
    assert.ok(faults > 100, `${faults} prefixes are faulty`);
  });

  it('completes at every prefix of every line, and every completion is inside the line', function () {
    const session = openSession(this);
    let offered = 0;
    for (const line of lines) {
      for (let position = 0; position <= line.length; position++) {
        for (const each of completeLine(line, position, session, mdbGrammar)) {
          offered++;
          assert.ok(
            each.start >= 0 && each.start <= each.end && each.end === position,
            `${JSON.stringify(line)} at ${position}: ${JSON.stringify(each)}`,
          );
        }
      }
    }
    assert.ok(offered > 1000);
  });

  it('completes mutated lines without an exception', function () {
    const session = openSession(this);
    const random = randomFrom(31);
    for (let count = 0; count < 3000; count++) {
      const line = mutate(random.pick(lines), random);
      completeLine(line, random.next(line.length + 1), session, mdbGrammar);
    }
  });

  it('is read in time that grows with its length: long lines of one kind', () => {
    for (const piece of ['(', '-', "'", '"', '$[', '::a|', '1+', 'a ', ';', '<', '//', '!']) {
      const line = piece.repeat(30_000 / piece.length);
      const start = performance.now();
      parseLine(line, mdbGrammar);
      const elapsed = performance.now() - start;
      assert.ok(elapsed < 3000, `${piece} took ${Math.round(elapsed)} ms`);
    }
  });
});
