/** What may happen next: for explorers that try every possibility. */
import type { Machine } from './machine/machine.ts';
import type { Directive } from './schedule.ts';
import { readyCpus } from './schedule-random.ts';

export interface ChoiceOptions {
  /** Union of `stopAt`: a CPU that is chosen executes to the next such place. */
  readonly stops: number;
  /** A CPU that meets no such place is interrupted after so many steps; default 100,000. */
  readonly longestSteps?: number;
}

const defaultLongest = 100_000;

/**
 * The directives that are possible now, in a fixed order: each CPU that can execute, then each store that may drain. None: a deadlock, a stop, or
 * idle time that `Machine.skipIdleTime` can pass.
 *
 * All of them together cover every behaviour that differs at the chosen places: carry one out with `apply`, and ask again.
 */
export function choices(machine: Machine, options: ChoiceOptions): readonly Directive[] {
  const found: Directive[] = readyCpus(machine).map((cpu) => ({
    kind: 'execute',
    cpu,
    steps: options.longestSteps ?? defaultLongest,
    stops: options.stops,
  }));
  if (machine.configuration.memoryModel === 'sc' || machine.stop) return found;
  for (let cpu = 0; cpu < machine.cpuCount; cpu++)
    for (const sequence of machine.drainable(cpu)) found.push({ kind: 'drain', cpu, sequence });
  return found;
}
