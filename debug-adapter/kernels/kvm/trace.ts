/** `::trace` and the machine over time: what the host recorded of QEMU and KVM. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd } from '../../commands/command.ts';
import { trace as traceOf } from '../../facts/kvm/trace.ts';
import { headingRow, tableRow, type Column } from '../../print/table.ts';
import type { Target } from '../../target/target.ts';
import type { Timeline, TimelineEvent } from '../kernel.ts';

const columns: readonly Column[] = [
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'TSC', width: 14, align: 'right' },
  { heading: 'PID', width: 6, align: 'right' },
  { heading: 'EVENT', width: 0, align: 'left' },
];

export const trace: Dcmd = {
  name: 'trace',
  address: 'none',
  summary: "the host's trace ring, oldest first",
  description:
    'Entries to guests and exits from them, completions, ioctls of QEMU, signals and wake-ups, while tracing_on is set. The entry is the value for the next stage of a pipe.',
  examples: [{ line: '::trace', explains: 'what was recorded' }],
  origin: 'corewalk',
  *run({ target, isPipeOut }) {
    const events = [...traceOf(target)];
    if (events.length === 0)
      throw new LookupError('the trace ring is empty: tracing_on was not set');
    if (!isPipeOut) yield headingRow(columns);
    for (const { at, cpu, tsc, pid, task, text } of events)
      yield tableRow(
        columns,
        [{ text: cpu.toString() }, { text: tsc.toString() }, { text: pid.toString() }, { text }],
        {
          value: at,
          object: { address: at, type: target.type('struct trace_event') },
          data: { entry: at, cpu, tsc, pid, task, event: text },
        },
      );
  },
};

export function timeline(target: Target): Timeline {
  return { clock: 'ticks', events: events(target) };
}

function* events(target: Target): Generator<TimelineEvent> {
  for (const { at, cpu, tsc, task, text } of traceOf(target)) {
    const kind = text.replace(/:.*$/, '');
    const line = `${at.toString(16)}::print "struct trace_event"`;
    yield { cpu, time: tsc, kind, label: text, ...(task !== undefined && { thread: task }), line };
  }
}
