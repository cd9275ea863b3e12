/** `::dcmds` and `::walkers`: what there is, by name. */
import { UsageError } from '../../dump-format/errors.ts';
import {
  textRow,
  type Dcmd,
  type Invocation,
  type OptionSpecification,
  type Row,
} from './command.ts';
import { patternOf } from './lib-pattern.ts';

const options: readonly OptionSpecification[] = [
  { letter: 'n', argument: 'none', help: 'match the pattern with names only' },
  { letter: 'g', argument: 'none', help: 'group by the module that each comes from' },
];

export const dcmds: Dcmd = {
  name: 'dcmds',
  address: 'none',
  synopsis: '[pattern]',
  summary: 'list available debugger commands',
  description: 'The pattern, a regular expression, is matched with names and descriptions.',
  options,
  examples: [
    { line: '::dcmds -n stack', explains: 'commands that have stack in their name' },
    { line: '::dcmds -g', explains: 'all, by where they come from' },
  ],
  origin: 'mdb',
  run: (invocation) => list(invocation, [...invocation.session.dcmds()]),
};

export const walkers: Dcmd = {
  name: 'walkers',
  address: 'none',
  synopsis: '[pattern]',
  summary: 'list available walkers',
  description: 'The pattern, a regular expression, is matched with names and descriptions.',
  options,
  examples: [{ line: '::walkers thread', explains: 'walkers of threads' }],
  origin: 'mdb',
  run: (invocation) => list(invocation, [...invocation.session.walkers()]),
};

interface Listed {
  readonly name: string;
  readonly summary: string;
  readonly module?: string;
  readonly origin: 'mdb' | 'corewalk';
}

function* list(invocation: Invocation, all: readonly Listed[]): Iterable<Row> {
  const [pattern, ...rest] = invocation.arguments;
  if (rest.length > 0) throw new UsageError('');
  const expression = patternOf(pattern);
  const isNameOnly = invocation.options.has('n');
  const chosen = all.filter(
    ({ name, summary }) => expression.test(name) || (!isNameOnly && expression.test(summary)),
  );
  if (!invocation.options.has('g')) return yield* chosen.map(line);
  for (const module of [...new Set(chosen.map(moduleOf))].sort()) {
    yield { spans: [{ kind: 'heading', text: module }] };
    for (const each of chosen) if (moduleOf(each) === module) yield line(each);
  }
}

function moduleOf(each: Listed): string {
  return each.module ?? 'core';
}

function line(each: Listed): Row {
  const { name, summary, origin } = each;
  return textRow(`${name.padEnd(24)} - ${summary}`, {
    data: { name, summary, origin, module: moduleOf(each) },
  });
}
