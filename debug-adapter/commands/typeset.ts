/** `::typeset`: makes variables and tags them. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Dcmd } from './command.ts';

export const typeset: Dcmd = {
  name: 'typeset',
  address: 'optional',
  synopsis: '[+/-t] var ...',
  summary: 'set variable attributes',
  description:
    'Makes each variable that does not exist, with the address as its value, or zero. -t tags it for ::vars -t, +t takes the tag off.',
  examples: [{ line: '10::typeset -t base', explains: 'a tagged variable with the value 0x10' }],
  origin: 'mdb',
  completes: ['variable', 'variable'],
  *run({ session, address, hasAddress, arguments: words }) {
    const names = words.map((word) => {
      if (word.kind !== 'word') throw new UsageError('');
      return word.text;
    });
    const attribute = /^[-+]t$/.test(names[0] ?? '') ? names.shift() : undefined;
    if (names.length === 0 || /^[-+]/.test(names[0] ?? '')) throw new UsageError('');
    for (const name of names) {
      const isKnown = session.variables.get(name) !== undefined;
      if (hasAddress || !isKnown) session.variables.set(name, hasAddress ? address : 0n);
      if (attribute !== undefined) session.variables.tag(name, attribute === '-t');
    }
    yield* [];
  },
};
