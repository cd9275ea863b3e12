/** `::percpu`: where each CPU has its own copy of a per-CPU variable. */
import { UsageError } from '../../../dump-format/errors.ts';
import type { Argument, Dcmd } from '../../commands/command.ts';
import { heading, pointer, text } from '../../facts/cells.ts';
import { perCpuAddress } from '../../facts/linux/per-cpu.ts';

export const percpu: Dcmd = {
  name: 'percpu',
  address: 'none',
  synopsis: 'symbol',
  summary: 'address of a per-CPU variable on each CPU of the dump',
  description:
    'The symbol of a per-CPU variable is an offset, not an address. Its type goes with the address into a pipe where the kernel has it.',
  origin: 'corewalk',
  examples: [
    { line: '::percpu runqueues', explains: 'the run queue of each CPU' },
    { line: '::percpu runqueues | ::print struct rq idle', explains: 'a member of each' },
  ],
  *run({ target, arguments: words, isPipeOut }) {
    const name = symbolName(words);
    const type = target.debugInfo?.variable(name)?.type;
    if (!isPipeOut) yield { spans: [heading('CPU ADDRESS')] };
    for (const { index } of target.cpus) {
      const address = perCpuAddress(target, name, index);
      yield {
        spans: [text(`${index.toString().padStart(3)} `), pointer(address)],
        value: address,
        ...(type && { object: { address, type } }),
        data: { cpu: index, address },
      };
    }
  },
};

function symbolName([word, ...rest]: readonly Argument[]): string {
  if (word?.kind !== 'word' || rest.length > 0) throw new UsageError('a symbol is required');
  return word.text;
}
