/** `::panicstr` of the BSD kernels: what the kernel said when it gave up. */
import { LookupError } from '../../dump-format/errors.ts';
import type { Dcmd } from '../commands/command.ts';
import type { Target } from '../target/target.ts';

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

/** What `panicstr` points to; undefined when the kernel did not panic. */
export function panicMessage(target: Target): string | undefined {
  if (!target.hasGlobal('panicstr')) return undefined;
  const pointer = target.global('panicstr');
  return pointer.unsigned() === 0n ? undefined : pointer.text(160);
}
