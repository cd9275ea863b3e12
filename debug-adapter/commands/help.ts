/** `::help`: how to use the debugger, or one command. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { didYouMean, nearestNames } from '../language/nearest.ts';
import { argumentsSynopsis, spelling } from '../language/options.ts';
import {
  textRow,
  type Dcmd,
  type HelpExample,
  type Row,
  type Session,
  type Walker,
} from './command.ts';
import { habitNames, habits, isHabit, type Habit } from './lib-habits.ts';
import { verbHelp, type VerbHelp } from './lib-verb-help.ts';
import { wrap } from './lib-wrap.ts';

export const help: Dcmd = {
  name: 'help',
  address: 'none',
  synopsis: '[command]',
  summary: 'list commands/command help',
  description:
    'The command may be a dcmd with or without ::, a legacy name such as $c, or a walker.',
  options: [
    {
      letter: 'm',
      argument: 'text',
      argumentName: 'debugger',
      help: 'what the habits of gdb, crash or drgn are here',
    },
  ],
  examples: [
    { line: '::help walk', explains: 'about ::walk' },
    { line: '::help -m crash', explains: 'for people who know crash' },
  ],
  origin: 'mdb',
  completes: ['dcmd'],
  *run({ session, arguments: words, options }) {
    const [name, ...rest] = words;
    if (rest.length > 0 || name?.kind === 'immediate') throw new UsageError('');
    const from = options.text('m');
    if (from !== undefined) {
      if (!isHabit(from) || name !== undefined)
        throw new UsageError(`-m wants one of ${habitNames.join(', ')}`);
      return yield* mapping(from);
    }
    if (name === undefined) return yield* introduction();
    const bare = name.text.replace(/^::/, '');
    const dcmd = session.dcmd(bare);
    const walker = session.walker(bare);
    const verb = verbHelp.find((each) => each.name === bare);
    if (dcmd !== undefined) yield* page(dcmd);
    else if (verb !== undefined) yield* verbPage(verb);
    else if (walker !== undefined) yield* walkerPage(walker);
    else throw new LookupError(`unknown command: ${bare}${near(bare, session)}`);
  },
};

function near(name: string, session: Session): string {
  const hint = didYouMean(
    nearestNames(
      name,
      [...session.dcmds()].map((each) => each.name),
    ),
  );
  return hint === undefined ? '' : ` (${hint})`;
}

function* introduction(): Iterable<Row> {
  const lines = [
    'Each line has the form',
    '',
    '    [ address [, count]] verb [ arguments ... ] [ | verb ... ]',
    '',
    'where a verb is a dcmd (::name), a format (/ for memory, = for the value itself) or >name, which sets',
    'a variable. Numbers are hexadecimal: 0t10 is decimal ten. To see',
    '',
    '    what this dump is                ::status',
    '    help on a command                ::help name',
    '    all commands                     ::dcmds, or ::dcmds -g by where they come from',
    '    all walkers                      ::walkers',
    '    commands about something         ::apropos word',
    '    format letters                   ::formats',
    '    what is wrong                    ::check',
    '    this debugger from another one   ::help -m gdb, crash or drgn',
  ];
  for (const line of lines) yield textRow(line);
}

/** mdb's page: NAME, SYNOPSIS, DESCRIPTION, ATTRIBUTES; and EXAMPLES, which are ours. */
function* page(dcmd: Dcmd): Iterable<Row> {
  const addresses = { optional: '[ addr ] ', required: 'addr ', none: '' };
  yield textRow('');
  yield* section('NAME', [`${dcmd.name} - ${dcmd.summary}`]);
  const synopsis = `${addresses[dcmd.address]}${spelling(dcmd.name)}${argumentsSynopsis(dcmd)}`;
  yield* section('SYNOPSIS', [synopsis]);
  const options = (dcmd.options ?? []).map(({ letter, argument, argumentName, help: text }) => {
    const head = argument === 'none' ? `-${letter}` : `-${letter} ${argumentName ?? argument}`;
    return `${head.padEnd(10)} ${text}`;
  });
  const description = dcmd.description === undefined ? [] : wrap(dcmd.description, 76);
  const gap = options.length > 0 && description.length > 0 ? [''] : [];
  if (options.length + description.length > 0)
    yield* section('DESCRIPTION', [...description, ...gap, ...options]);
  const examples = dcmd.examples ?? [];
  if (examples.length > 0) yield* section('EXAMPLES', exampleLines(examples));
  yield* attributes(dcmd.module ?? 'core', dcmd.origin);
}

function* verbPage({ name, summary, synopsis, description, examples }: VerbHelp): Iterable<Row> {
  yield textRow('');
  yield* section('NAME', [`${name} - ${summary}`]);
  yield* section('SYNOPSIS', [synopsis]);
  yield* section('DESCRIPTION', wrap(description, 76));
  yield* section('EXAMPLES', exampleLines(examples));
  yield* attributes('core', 'mdb');
}

function exampleLines(examples: readonly HelpExample[]): readonly string[] {
  return examples.flatMap(({ line, explains }) => [line, `    ${explains}`]);
}

function* walkerPage(walker: Walker): Iterable<Row> {
  yield textRow('');
  yield* section('NAME', [`${walker.name} - ${walker.summary}`]);
  const addresses = { optional: '[ addr ] ', required: 'addr ', none: '' };
  yield* section('SYNOPSIS', [`${addresses[walker.address]}::walk ${walker.name} [variable]`]);
  const lines = walker.description === undefined ? [] : wrap(walker.description, 76);
  if (walker.elementType !== undefined)
    lines.push(`Its elements are of type ${walker.elementType}.`);
  if (lines.length > 0) yield* section('DESCRIPTION', lines);
  yield* attributes(walker.module ?? 'core', walker.origin);
}

function* section(title: string, lines: readonly string[]): Iterable<Row> {
  yield { spans: [{ kind: 'heading', text: title }] };
  for (const line of lines) yield textRow(line === '' ? '' : `  ${line}`);
  yield textRow('');
}

function* attributes(module: string, origin: Dcmd['origin']): Iterable<Row> {
  yield* section('ATTRIBUTES', [
    '',
    'Target: dump',
    `Module: ${module}`,
    `Origin: ${origin === 'mdb' ? 'mdb' : 'corewalk (mdb has no such command)'}`,
  ]);
}

function* mapping(from: Habit): Iterable<Row> {
  const width = Math.max(...habits.map((each) => each.mdb.length));
  const theirs = Math.max(...habits.map((each) => each[from].length));
  yield {
    spans: [{ kind: 'heading', text: `${from.padEnd(theirs)}  ${'mdb'.padEnd(width)}  what` }],
  };
  for (const each of habits) {
    if (each[from] === '') continue;
    const text = `${each[from].padEnd(theirs)}  ${each.mdb.padEnd(width)}  ${each.task}`;
    yield textRow(text, { data: { task: each.task, mdb: each.mdb, [from]: each[from] } });
  }
}
