/** `::panicstr`: what the kernel said when it gave up. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd } from '../../commands/command.ts';

export const panicstr: Dcmd = {
  name: 'panicstr',
  address: 'none',
  summary: 'the message of the panic',
  examples: [{ line: '::panicstr', explains: 'why there is a dump' }],
  origin: 'corewalk',
  *run({ target }) {
    const message = target.kernel?.panicMessage;
    if (message === undefined) throw new LookupError('no panic: the dump was forced');
    const value = target.global('panicstr').unsigned();
    yield { spans: [{ kind: 'string', text: message }], value, data: { message } };
  },
};
