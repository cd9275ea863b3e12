/** The kernel messages that each core has run, in order: the ring keeps no time. */
import { cores, kernelMessageTrace } from '../../facts/akaros/cores.ts';
import type { Target } from '../../target/target.ts';
import type { Timeline, TimelineEvent } from '../kernel.ts';

export function timeline(target: Target): Timeline {
  return { clock: 'order', events: events(target) };
}

function* events(target: Target): Generator<TimelineEvent> {
  for (const core of cores(target)) {
    let time = 0n;
    for (const handler of kernelMessageTrace(target, core)) {
      const label = target.formatAddress(handler);
      yield { cpu: core.id, time: time++, kind: label, label, line: `0t${core.id}::trace -t kmsg` };
    }
  }
}
