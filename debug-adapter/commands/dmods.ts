/** `::dmods`: the modules that commands and walkers come from. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { textRow, type Dcmd, type Row } from './command.ts';

export const dmods: Dcmd = {
  name: 'dmods',
  address: 'none',
  synopsis: '[module]',
  summary: 'list loaded debugger modules',
  description: 'core is the debugger itself; the kernel that the dump shows adds one of its own.',
  options: [{ letter: 'l', argument: 'none', help: 'with their commands and walkers' }],
  examples: [{ line: '::dmods -l', explains: 'every command and walker, by module' }],
  origin: 'mdb',
  *run({ session, arguments: words, options }) {
    const [wanted, ...rest] = words;
    if (rest.length > 0 || wanted?.kind === 'immediate') throw new UsageError('');
    const dcmds = [...session.dcmds()];
    const walkers = [...session.walkers()];
    const names = new Set([...dcmds, ...walkers].map((each) => each.module ?? 'core'));
    if (wanted !== undefined && !names.has(wanted.text))
      throw new LookupError(`${wanted.text}: specified module is not loaded`);
    for (const module of [...names].sort()) {
      if (wanted !== undefined && wanted.text !== module) continue;
      if (!options.has('l')) {
        yield textRow(module, { data: { module } });
        continue;
      }
      yield textRow('');
      yield { spans: [{ kind: 'heading', text: module.padEnd(70) }] };
      for (const { name, summary, module: own = 'core' } of dcmds)
        if (own === module) yield memberRow('dcmd', name, summary);
      for (const { name, summary, module: own = 'core' } of walkers)
        if (own === module) yield memberRow('walk', name, summary);
    }
  },
};

function memberRow(kind: 'dcmd' | 'walk', name: string, summary: string): Row {
  return textRow(`  ${kind} ${name.padEnd(20)} - ${summary}`, { data: { kind, name, summary } });
}
