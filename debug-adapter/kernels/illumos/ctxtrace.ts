/** `::ctxtrace`: every entry of a context operator that the kernel recorded, in time order. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd } from '../../commands/command.ts';
import { hex } from '../../facts/illumos/chains.ts';
import { hasTrace, traceEntries } from '../../facts/illumos/ctxtrace.ts';
import { heading, pointer, text } from '../../facts/cells.ts';
import { selected } from '../../facts/selected.ts';

export const ctxtrace: Dcmd = {
  name: 'ctxtrace',
  address: 'optional',
  summary: 'context operators as they were entered: time, CPU, thread, operator',
  description:
    'With an address, those of that thread alone. It shows what tracing the handlers of a thread that leaves and gets a CPU would show: in stack order, or not.',
  origin: 'corewalk',
  examples: [
    { line: '<thread::ctxtrace', explains: 'the switches of the thread that panicked' },
    { line: '::ctxtrace', explains: 'all threads' },
  ],
  *run(invocation) {
    const { target } = invocation;
    if (!hasTrace(target))
      throw new LookupError('this kernel keeps no trace of context operators (ctxtrace_buf)');
    if (invocation.isFirst && !invocation.isPipeOut) {
      yield { spans: [heading('TSC              CPU THREAD           KIND       OP')] };
    }
    for (const entry of selected(
      traceEntries(target),
      invocation,
      ({ thread }, address) => thread === address,
      'is not a thread that the trace knows',
    )) {
      invocation.session.checkpoint();
      yield {
        spans: [
          { kind: 'number', text: hex(entry.tsc).padStart(16, '0') },
          text(` ${entry.cpu.toString().padStart(3)} `),
          pointer(entry.thread, { zeroPadded: true }),
          text(` ${entry.kind.padEnd(10)} `),
          { kind: 'symbol', text: target.formatAddress(entry.function), address: entry.function },
        ],
        value: entry.operator,
        data: { ...entry, name: target.formatAddress(entry.function) },
      };
    }
  },
};
