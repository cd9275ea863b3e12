/** `::which` and `::whence`: where a name comes from. */
import { UsageError } from '../../dump-format/errors.ts';
import { textRow, type Dcmd, type Row, type Session } from './command.ts';
import { macroAliases } from './lib-macro-aliases.ts';

export const which: Dcmd = {
  name: 'which',
  aliases: ['whence'],
  address: 'none',
  synopsis: 'name ...',
  summary: 'determine which module defines a dcmd or walker',
  options: [{ letter: 'v', argument: 'none', help: 'with the list of its definitions' }],
  examples: [{ line: '::which walk', explains: 'says that it is built in' }],
  origin: 'mdb',
  completes: ['dcmd', 'dcmd', 'dcmd'],
  *run({ session, arguments: words, options }) {
    if (words.length === 0) throw new UsageError('');
    for (const word of words) {
      if (word.kind !== 'word') throw new UsageError('');
      yield* told(word.text.replace(/^::/, ''), session, options.has('v'));
    }
  },
};

function* told(name: string, session: Session, isVerbose: boolean): Iterable<Row> {
  const kinds = [
    ['dcmd', session.dcmd(name)],
    ['walker', session.walker(name)],
  ] as const;
  let isFound = false;
  for (const [kind, found] of kinds) {
    if (found === undefined) continue;
    isFound = true;
    const module = found.module ?? 'core';
    yield textRow(
      module === 'core'
        ? `${name} is a built-in ${kind}`
        : `${name} is a ${kind} from module ${module}`,
      { data: { name, kind, module } },
    );
    if (isVerbose) {
      yield textRow('   >  definition list:');
      yield textRow(`  [1] ${module}\`${found.name}`);
    }
  }
  const alias = macroAliases.get(name);
  if (alias !== undefined)
    yield textRow(`${name} is a macro alias for '${alias}'`, {
      data: { name, kind: 'alias', alias },
    });
  else if (!isFound) yield { spans: [{ kind: 'error', text: `${name} not found` }], isError: true };
}
