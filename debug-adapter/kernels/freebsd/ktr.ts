/** `::ktr` and the machine over time: what the kernel recorded of itself. */
import type { Dcmd } from '../../commands/command.ts';
import { LookupError } from '../../../dump-format/errors.ts';
import { trace } from '../../facts/freebsd/ktr.ts';
import { addressCell, headingRow, tableRow, type Column } from '../../print/table.ts';
import type { Target } from '../../target/target.ts';
import type { Timeline, TimelineEvent } from '../kernel.ts';

const columns: readonly Column[] = [
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'TSC', width: 14, align: 'right' },
  { heading: 'THREAD', width: 16, align: 'left' },
  { heading: 'EVENT', width: 0, align: 'left' },
];

export const ktr: Dcmd = {
  name: 'ktr',
  aliases: ['trace'],
  address: 'none',
  summary: 'the trace ring, oldest first',
  description:
    'The kernel writes an entry for each event of the classes in ktr_mask; the ring keeps the newest. The entry is the value for the next stage of a pipe.',
  examples: [{ line: '::ktr', explains: 'what was recorded' }],
  origin: 'corewalk',
  *run({ target, isPipeOut }) {
    const entries = [...trace(target)];
    if (entries.length === 0)
      throw new LookupError('the trace ring is empty: ktr_mask chose no event');
    if (!isPipeOut) yield headingRow(columns);
    for (const { at, cpu, tsc, thread, text } of entries)
      yield tableRow(
        columns,
        [{ text: cpu.toString() }, { text: tsc.toString() }, addressCell(thread), { text }],
        {
          value: at,
          object: { address: at, type: target.type('struct ktr_entry') },
          data: { entry: at, cpu, tsc, thread, event: text },
        },
      );
  },
};

export function timeline(target: Target): Timeline {
  return { clock: 'ticks', events: events(target) };
}

function* events(target: Target): Generator<TimelineEvent> {
  for (const { at, cpu, tsc, thread, text } of trace(target)) {
    const kind = text.replace(/:.*$/, '');
    const line = `${at.toString(16)}::print "struct ktr_entry"`;
    yield { cpu, time: tsc, kind, label: text, thread, line };
  }
}
