/** Runs every command and walker there is, as it stands: without an address, arguments or a start. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import type { Inspector } from '../../debug-adapter/inspector.ts';

/** No table of a sample dump is longer. */
const rowLimit = 5000;

/** Ends the session. */
const ending: ReadonlySet<string> = new Set(['quit', '$q']);

/** Each answers within the limit, or says in a line why it doesn't; the session goes on. */
export function runEveryCommand(inspector: Inspector, where: string): void {
  const { session } = inspector;
  const dcmds = [...session.dcmds()].map(({ name }) => name).filter((name) => !ending.has(name));
  const walkers = [...session.walkers()].map(({ name }) => `::walk ${name}`);
  const lines = [...dcmds.map((name) => (/^[$:]/.test(name) ? name : `::${name}`)), ...walkers];
  assert.ok(lines.length > 100);
  for (const line of lines) {
    let count = 0;
    let last = '';
    for (const row of inspector.execute(line)) {
      last = rowText(row);
      assert.ok(++count <= rowLimit, `${where}: ${line}: more than ${rowLimit} rows`);
    }
    if (inspector.lastStatus === 'error')
      assert.match(last, /\S/, `${where}: ${line}: fails without a word`);
  }
  assert.equal([...inspector.execute('1+1=D')].map(rowText).join('').trim(), '2', where);
}
