/** `$P`: the prompt. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Dcmd } from './command.ts';
import { setPrompt } from './lib-prompt.ts';

export const prompt: Dcmd = {
  name: '$P',
  address: 'none',
  synopsis: '[prompt]',
  summary: 'set debugger prompt string',
  description:
    '%<_name> in it stands for the value of a variable, in decimal. Without a prompt: "> ".',
  origin: 'mdb',
  *run({ session, arguments: words }) {
    const [text, ...rest] = words;
    if (rest.length > 0 || text?.kind === 'immediate') throw new UsageError('');
    setPrompt(session.settings, text?.text ?? '> ');
    yield* [];
  },
};
