/** `::tail` and `::count`: the last elements of a pipeline, and how many there are. Ours. */
import { UsageError } from '../../dump-format/errors.ts';
import { textRow, type Argument, type Dcmd, type Row } from './command.ts';

/** Elements without an argument. */
const usualCount = 10;

/** Elements that `::tail` may keep. */
export const tailLimit = 1_000_000;

export const tail: Dcmd = {
  name: 'tail',
  address: 'optional',
  synopsis: '-num | -n num',
  summary: 'let the last elements of a pipe through',
  description: `The counterpart of ::head: ${usualCount} without an argument. The number is decimal.`,
  examples: [{ line: '::walk thread | ::tail -3', explains: 'the last three threads' }],
  origin: 'corewalk',
  run() {
    throw new UsageError('');
  },
  *runPipe({ arguments: list, session }, input) {
    const wanted = Math.min(countOf(list), tailLimit);
    let kept: Row[] = [];
    let count = 0;
    for (const row of input) {
      if ((++count & 0xfff) === 0) session.checkpoint({ done: count, what: 'elements' });
      kept.push(row);
      if (kept.length >= wanted * 2 + 1024) kept = kept.slice(kept.length - wanted);
    }
    yield* wanted === 0 ? [] : kept.slice(-wanted);
  },
};

export const count: Dcmd = {
  name: 'count',
  address: 'optional',
  summary: 'count the elements of a pipe',
  description: 'Printed in decimal; the next stage of a pipe gets the number.',
  options: [],
  examples: [{ line: '::walk thread | ::count', explains: 'how many threads there are' }],
  origin: 'corewalk',
  run() {
    throw new UsageError('');
  },
  *runPipe({ session }, input) {
    let found = 0;
    for (const row of input) {
      if (row.value === undefined) continue;
      if ((++found & 0xfff) === 0) session.checkpoint({ done: found, what: 'counting' });
    }
    yield textRow(found.toString(), { value: BigInt(found), data: { count: found } });
  },
};

/** As `::head` reads its own. */
function countOf(list: readonly Argument[]): number {
  const texts = list.map((each) => (each.kind === 'word' ? each.text : each.value.toString()));
  if (texts.length === 0) return usualCount;
  const match = /^-n? ?(\d{1,9})$/.exec(texts.join(' '));
  if (!match) throw new UsageError('');
  return Number(match[1]);
}
