/** `::kgrep`: every place in memory that holds a value. */
import { UsageError } from '../../dump-format/errors.ts';
import { scanMemory, type Pattern } from '../target/memory-scan.ts';
import type { Dcmd, Invocation } from './command.ts';

const sizes = [1n, 2n, 4n, 8n];

export const kgrep: Dcmd = {
  name: 'kgrep',
  address: 'required',
  summary: 'search kernel memory for pointers',
  description:
    'Aligned words of all memory that the dump holds at kernel addresses are compared with the address. Gives the place of each that matches.',
  options: [
    { letter: 'a', argument: 'number', argumentName: 'min', help: 'search from this address on' },
    { letter: 'A', argument: 'number', argumentName: 'max', help: 'search below this address' },
    {
      letter: 'd',
      argument: 'number',
      argumentName: 'distance',
      help: 'values that differ by at most this',
    },
    { letter: 'm', argument: 'number', argumentName: 'mask', help: 'bits that must be equal' },
    { letter: 'M', argument: 'number', argumentName: 'mask', help: 'bits that may differ' },
    {
      letter: 's',
      argument: 'number',
      argumentName: 'size',
      help: 'bytes of a word: 1, 2, 4 or 8, which it is unless given',
    },
    { letter: 'v', argument: 'none', help: 'with the value found' },
  ],
  examples: [
    { line: '<thread::kgrep', explains: 'who holds the address of the current thread' },
    { line: '<thread::kgrep | ::whatis', explains: 'and what these places are' },
  ],
  origin: 'mdb',
  *run(invocation) {
    const { target, session, options, isPipeOut } = invocation;
    const report = (done: number, total: number): void =>
      session.checkpoint({ done, total, what: 'searching memory' });
    for (const { address, value } of scanMemory(target, patternOf(invocation), report)) {
      const text = address.toString(16);
      const isVerbose = options.has('v') && !isPipeOut;
      yield {
        spans: [
          { kind: 'address', text: isVerbose ? `${text}:` : text, address },
          { kind: 'text', text: isVerbose ? `\t${value.toString(16)}` : '' },
        ],
        value: address,
        data: { address, value },
      };
    }
  },
};

/** @throws UsageError when options exclude one another */
function patternOf({ address, options }: Invocation): Pattern {
  const size = options.number('s') ?? 8n;
  const mask = options.number('m');
  const inverse = options.number('M');
  const distance = options.number('d');
  const masks = [mask, inverse, distance].filter((each) => each !== undefined);
  if (!sizes.includes(size) || masks.length > 1) throw new UsageError('');
  const all = (1n << (size * 8n)) - 1n;
  return {
    value: address & all,
    mask: (mask ?? (inverse === undefined ? all : ~inverse)) & all,
    distance: distance ?? 0n,
    size: Number(size),
    from: options.number('a') ?? 0n,
    to: options.number('A') ?? 1n << 64n,
  };
}
