/** Lines on a dump that may be anything: each ends, says what it says in plain words, and leaves a session that works. */
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import type { Dump } from '../../dump-format/dump.ts';
import type { Random } from '../language/generator.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';

/** Rows after which a line has shown that it gives rows. */
const rowLimit = 2000;

/** One of so many sessions is asked for a sum afterwards. */
const sumShare = 8;

/** Runs some of the lines. @throws Error when a row is not fit to be read, or the session is of no use any more */
export function runLines(
  dump: Dump,
  lines: readonly string[],
  count: number,
  random: Random,
): void {
  const inspector = createInspector(dump, { grammar: mdbGrammar, cGrammar });
  for (let index = 0; index < count; index++) {
    const line = random.pick(lines);
    let rows = 0;
    for (const row of inspector.execute(line)) {
      const text = rowText(row);
      if (/\[object|NaN|is not a function|reading '/.test(text))
        throw new Error(`${line}: a row: ${text}`);
      if (++rows > rowLimit) break;
    }
  }
  if (random.next(sumShare) > 0) return;
  const sum = Array.from(inspector.execute('1+1=D'), rowText).join('').trim();
  if (sum !== '2') throw new Error(`the session is not usable afterwards: ${sum}`);
}
