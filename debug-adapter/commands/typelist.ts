/** `::typelist`: the names of the types that a dump knows. */
import { UsageError } from '../../dump-format/errors.ts';
import { namePattern } from '../target/name-pattern.ts';
import { withPrefix } from '../target/symbolize.ts';
import type { Dcmd } from './command.ts';

export const typelist: Dcmd = {
  name: 'typelist',
  address: 'none',
  synopsis: '[pattern]',
  summary: 'list types by name',
  description:
    'The pattern is an extended regular expression that is looked for anywhere in the C name (struct foo, foo_t). Names come in the order of the type information.',
  options: [
    {
      letter: 'k',
      argument: 'text',
      argumentName: 'kind',
      help: 'only struct, union, enum, typedef or base',
    },
    { letter: 'l', argument: 'none', help: 'with the size of each' },
  ],
  examples: [
    { line: '::typelist ctx', explains: 'types with ctx in their names' },
    { line: '::typelist -l -k struct', explains: 'structs with their sizes' },
  ],
  origin: 'corewalk',
  completes: ['type'],
  *run({ target, arguments: list, options, session }) {
    const [pattern, more] = list;
    if (more !== undefined || pattern?.kind === 'immediate') throw new UsageError('');
    const wanted = pattern && namePattern(pattern.text);
    const kindWanted = options.text('k');
    const seen = new Set<string>();
    for (const { name, kind } of target.types.names()) {
      const tagged = ['struct', 'union', 'enum'].includes(kind) && !name.startsWith(`${kind} `);
      const spelled = tagged ? `${kind} ${name}` : name;
      if (seen.has(spelled)) continue;
      seen.add(spelled);
      if ((seen.size & 0xff) === 0) session.checkpoint();
      if (kindWanted !== undefined && kind !== kindWanted) continue;
      if (wanted && !wanted.test(spelled)) continue;
      const size = options.has('l') ? target.findType(spelled)?.size : undefined;
      const number = size === undefined ? '' : `${withPrefix(BigInt(size), 16).padStart(8)} `;
      yield {
        spans: [
          { kind: 'number', text: number },
          { kind: 'type', text: spelled },
        ],
        data: { name: spelled, kind, ...(size !== undefined && { size }) },
      };
    }
  },
};
