/** `::msgbuf`: what the kernel wrote to its console, oldest first. */
import { LookupError } from '../../dump-format/errors.ts';
import { escapeControls } from '../print/escape.ts';
import type { Dcmd } from './command.ts';

export const msgbuf: Dcmd = {
  name: 'msgbuf',
  address: 'none',
  summary: 'print most recent console messages',
  options: [
    {
      letter: 'n',
      argument: 'number',
      argumentName: 'count',
      help: 'only the last messages (ours)',
    },
  ],
  description:
    'Messages as the kernel module of the dump finds them. Control characters are shown escaped.',
  examples: [
    { line: '::msgbuf', explains: 'all messages' },
    { line: '::msgbuf -n 5', explains: 'the last five' },
  ],
  origin: 'mdb',
  *run({ target, options, session, isPipeOut }) {
    const { kernel } = target;
    if (!kernel)
      throw new LookupError('no known kernel in this dump: its message buffer is not known');
    if (!isPipeOut) yield { spans: [{ kind: 'heading', text: 'MESSAGE' }] };
    const last = options.number('n');
    const messages =
      last === undefined ? kernel.messages() : lastOf(kernel.messages(), Number(last));
    for (const message of messages) {
      session.checkpoint();
      for (const line of message.replace(/\n+$/, '').split('\n'))
        yield { spans: [{ kind: 'string', text: escapeControls(line) }], data: { message: line } };
    }
  },
};

function lastOf(messages: Iterable<string>, count: number): readonly string[] {
  return count <= 0 ? [] : [...messages].slice(-count);
}
