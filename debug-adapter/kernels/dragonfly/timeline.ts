/** The kernel's trace ring over time. */
import { trace } from '../../facts/dragonfly/ktr.ts';
import type { Target } from '../../target/target.ts';
import type { Timeline, TimelineEvent } from '../kernel.ts';

export function timeline(target: Target): Timeline {
  return { clock: 'ticks', events: events(target) };
}

function* events(target: Target): Generator<TimelineEvent> {
  for (const { at, cpu, tsc, what, data } of trace(target)) {
    const words = data.map((word) => word.toString(16)).join(' ');
    const line = `${at.toString(16)}::print "struct ktr_entry"`;
    yield { cpu, time: tsc, kind: what, label: `${what} ${words}`, line };
  }
}
