/** The trace of context operators over time: what saved and restored on which CPU. */
import { hasTrace, traceEntries } from '../../facts/illumos/ctxtrace.ts';
import type { Target } from '../../target/target.ts';
import type { Timeline, TimelineEvent } from '../kernel.ts';

export function timeline(target: Target): Timeline {
  return { clock: 'ticks', events: hasTrace(target) ? events(target) : [] };
}

function* events(target: Target): Generator<TimelineEvent> {
  for (const { address, tsc, thread, operator, function: code, cpu, kind } of traceEntries(
    target,
  )) {
    yield {
      cpu: Number(cpu),
      time: tsc,
      kind,
      label: `${kind} ${target.formatAddress(code)}`,
      thread,
      line:
        operator === 0n
          ? `${address.toString(16)}::print ctxtrace_t`
          : `${operator.toString(16)}::print "struct ctxop"`,
    };
  }
}
