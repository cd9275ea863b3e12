/** `::map`: each address of a pipeline replaced by the value of an expression. */
import { UsageError } from '../../dump-format/errors.ts';
import { AbortError, type Dcmd } from './command.ts';

export const map: Dcmd = {
  name: 'map',
  address: 'optional',
  synopsis: 'expression',
  summary: 'print dot after evaluating expression',
  description:
    'Evaluates the string with dot at the address, and prints the value, which is what the next command of a pipeline gets.',
  examples: [
    { line: "1000::map '.+8'", explains: 'prints 1008' },
    { line: "::walk thread | ::map '*.'", explains: 'the first word of every thread' },
  ],
  origin: 'mdb',
  *run({ session, arguments: words, isPipeOut }) {
    const [expression, ...rest] = words;
    if (expression?.kind !== 'word' || rest.length > 0) throw new UsageError('');
    let isFailed = false;
    for (const row of session.execute(expression.text, isPipeOut)) {
      if (row.isError) isFailed = true;
      yield row;
    }
    if (isFailed) throw new AbortError();
    const value = session.dot;
    const text = value.toString(session.radix);
    yield { spans: [{ kind: 'number', text, address: value }], value };
  },
};
