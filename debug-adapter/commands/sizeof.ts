/** `::sizeof`: the bytes of a type. */
import { withPrefix } from '../target/symbolize.ts';
import { UsageError } from '../../dump-format/errors.ts';
import type { Dcmd } from './command.ts';
import { takeTypeArgument } from './lib-types.ts';

export const sizeof: Dcmd = {
  name: 'sizeof',
  address: 'none',
  synopsis: 'type',
  summary: 'print the size of a type',
  description: 'In front of a pipe, the number alone.',
  options: [],
  examples: [{ line: '::sizeof kthread_t', explains: 'bytes of a kthread_t, in hexadecimal' }],
  origin: 'mdb',
  completes: ['type'],
  *run({ target, arguments: list, isPipeOut }) {
    const { type, name, rest } = takeTypeArgument(target, list);
    if (rest.length > 0) throw new UsageError('');
    const size = withPrefix(BigInt(type.size), 16);
    yield {
      spans: isPipeOut
        ? [{ kind: 'number', text: size }]
        : [
            { kind: 'text', text: 'sizeof (' },
            { kind: 'type', text: name },
            { kind: 'text', text: ') = ' },
            { kind: 'number', text: size },
          ],
      value: BigInt(type.size),
      data: { type: name, size: type.size },
    };
  },
};
