/** `::head`: the first elements of a pipeline. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Argument, Dcmd } from './command.ts';

/** Elements without an argument. */
const usualCount = 10;

export const head: Dcmd = {
  name: 'head',
  address: 'optional',
  synopsis: '-num | -n num',
  summary: 'limit number of elements in pipe',
  description: `Lets the first elements of a pipeline through, ${usualCount} without an argument, and stops the commands before it. The number is decimal.`,
  examples: [
    { line: '::walk thread | ::head -3', explains: 'three threads' },
    { line: '::walk thread | ::head -n 1', explains: 'one thread' },
  ],
  origin: 'mdb',
  run() {
    throw new UsageError('');
  },
  *runPipe({ arguments: words, isPipeOut }, input) {
    let left = countOf(words);
    if (left === 0) return;
    for (const row of input) {
      const { value } = row;
      if (isPipeOut || value === undefined) yield row;
      else
        yield {
          ...row,
          spans: [{ kind: 'address', text: value.toString(16), address: value }],
        };
      if (--left === 0) return;
    }
  },
};

/** mdb reads the number in decimal, whatever the radix. */
function countOf(words: readonly Argument[]): number {
  const text = words.map((word) => (word.kind === 'word' ? word.text : word.value.toString()));
  if (text.length === 0) return usualCount;
  const [first = '', second] = text;
  const digits = first === '-n' ? second : first.replace(/^-n?/, '');
  const isWhole = text.length === (first === '-n' ? 2 : 1);
  if (digits === undefined || !isWhole || !first.startsWith('-') || !/^[0-9]{1,9}$/.test(digits))
    throw new UsageError('');
  return Number(digits);
}
