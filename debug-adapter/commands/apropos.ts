/** `::apropos`: commands and walkers whose help mentions a word. */
import { UsageError } from '../../dump-format/errors.ts';
import { spelling } from '../language/options.ts';
import { textRow, type Dcmd, type Session } from './command.ts';

export const apropos: Dcmd = {
  name: 'apropos',
  address: 'none',
  synopsis: 'word',
  summary: 'list commands and walkers whose help mentions a word',
  description:
    'Looks in names, summaries, descriptions and options, whatever the case of the letters.',
  examples: [{ line: '::apropos stack', explains: 'what there is about stacks' }],
  origin: 'corewalk',
  *run({ session, arguments: words }) {
    const [word, ...rest] = words;
    if (word?.kind !== 'word' || rest.length > 0) throw new UsageError('');
    const wanted = word.text.toLowerCase();
    for (const { name, summary, texts } of topics(session)) {
      if (!texts.some((text) => text.toLowerCase().includes(wanted))) continue;
      yield textRow(`${name.padEnd(24)} - ${summary}`, { data: { name, summary } });
    }
  },
};

function* topics(
  session: Session,
): Iterable<{ readonly name: string; readonly summary: string; readonly texts: string[] }> {
  for (const { name, summary, description = '', options = [] } of session.dcmds())
    yield {
      name: spelling(name),
      summary,
      texts: [name, summary, description, ...options.map((option) => option.help)],
    };
  for (const { name, summary, description = '' } of session.walkers())
    yield { name: `::walk ${name}`, summary, texts: [name, summary, description] };
}
