/** `$<` and `$<<`: macro files, aliases, and types by name; `$M` lists the aliases. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { textRow, type Dcmd, type Invocation, type Row } from './command.ts';
import { findFile } from './lib-files.ts';
import { macroAliases } from './lib-macro-aliases.ts';

const description =
  'Reads commands from a macro file. Without one, the name may be an alias ($M), or a C type, which is printed. ' +
  'With a count of 0 nothing runs: x,#(<y==1)$<name is how macros decide. $< takes the place of what is running, $<< comes back.';

export const macro: Dcmd = {
  name: '$<',
  address: 'optional',
  synopsis: 'macro-name',
  summary: 'replace input with macro',
  description,
  origin: 'mdb',
  takesCount: true,
  *run(invocation) {
    yield* runMacro(invocation);
    invocation.session.endInput();
  },
};

export const macroCall: Dcmd = {
  name: '$<<',
  address: 'optional',
  synopsis: 'macro-name',
  summary: 'source macro',
  description,
  origin: 'mdb',
  takesCount: true,
  run: runMacro,
};

export const macroList: Dcmd = {
  name: '$M',
  address: 'none',
  summary: 'list macro aliases',
  origin: 'mdb',
  *run() {
    for (const [name, line] of macroAliases)
      yield textRow(`${name.padEnd(24)} - ${line}`, { data: { name, line } });
  },
};

function* runMacro(invocation: Invocation): Iterable<Row> {
  const { session, target, count, arguments: words, isPipeOut } = invocation;
  session.variables.set('9', count ?? 1n);
  const [name, ...rest] = words;
  if (rest.length > 0 || name?.kind === 'immediate') throw new UsageError('');
  // Without a name it ends the macro that is running.
  if (name === undefined) return session.endInput();
  const file = session.capabilities.readFile && findFile(session, name.text);
  const text = file?.text ?? macroAliases.get(name.text);
  if (text !== undefined) return yield* session.execute(text, isPipeOut);
  const bare = name.text;
  for (const spelling of [bare, `struct ${bare}`, `union ${bare}`, `${bare}_t`, `${bare}s`])
    if (target.findType(spelling) !== undefined)
      return yield* session.execute(`::print ${spelling}`, isPipeOut);
  throw new LookupError(`failed to open ${bare}: no such file, macro alias or type`);
}
