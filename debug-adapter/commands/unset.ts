/** `::unset`: removes variables. */
import { UsageError } from '../../dump-format/errors.ts';
import { errorRow, type Dcmd } from './command.ts';

export const unset: Dcmd = {
  name: 'unset',
  address: 'none',
  synopsis: 'name ...',
  summary: 'unset variables',
  description: 'mdb’s own variables and the registers stay.',
  examples: [{ line: '1>x; ::unset x', explains: 'x is gone' }],
  origin: 'mdb',
  completes: ['variable', 'variable', 'variable'],
  *run({ session, arguments: words }) {
    if (words.length === 0) throw new UsageError('');
    const known = new Map([...session.variables.entries()].map((each) => [each.name, each]));
    for (const word of words) {
      if (word.kind !== 'word') throw new UsageError('');
      const variable = known.get(word.text);
      if (variable === undefined) yield errorRow(`variable '${word.text}' not defined`);
      else if (variable.isPersistent)
        yield errorRow(`cannot remove persistent variable '${word.text}'`);
      else session.variables.unset(word.text);
    }
  },
};
