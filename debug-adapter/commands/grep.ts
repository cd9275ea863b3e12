/** `::grep`: the addresses of a pipeline for which an expression is not zero. */
import { UsageError } from '../../dump-format/errors.ts';
import { AbortError, type Dcmd } from './command.ts';

export const grep: Dcmd = {
  name: 'grep',
  address: 'optional',
  synopsis: 'expression',
  summary: 'print dot if expression is true',
  description:
    'Evaluates the string with dot at the address, and prints the address, unchanged, when the value is not zero. ' +
    'There is no < or >: compare with == and !=, or use ::filter, which takes C.',
  examples: [
    { line: "::walk thread | ::grep '.!=0'", explains: 'all but zero' },
    {
      line: '::walk thread t | ::print kthread_t t_state | ::grep .==4 | ::eval <t=K',
      explains: 'the threads whose t_state is 4',
    },
  ],
  origin: 'mdb',
  *run({ session, address, arguments: words, isPipeOut, input }) {
    const [expression, ...rest] = words;
    if (expression?.kind !== 'word' || rest.length > 0) throw new UsageError('');
    let isFailed = false;
    for (const row of session.execute(expression.text, isPipeOut)) {
      if (row.isError) isFailed = true;
      yield row;
    }
    if (isFailed) throw new AbortError();
    if (session.dot === 0n) return;
    const text = address.toString(session.radix);
    yield {
      spans: [{ kind: 'address', text, address }],
      value: address,
      ...(input?.object && { object: input.object }),
    };
  },
};
