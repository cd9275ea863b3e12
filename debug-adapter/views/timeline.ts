/** The kernel's own trace in time order, with the names of the threads that ran. */
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { TimelineEvent } from '../kernels/kernel.ts';
import type { Target } from '../target/target.ts';

/** Events of one timeline; the newest are kept. */
export const eventLimit = 20_000;

export interface MachineTimeline {
  readonly clock: 'ticks' | 'order';
  readonly cpus: readonly number[];
  /** In time order. */
  readonly events: readonly TimelineEvent[];
  /** Older ones that are not given. */
  readonly eventsLeft: number;
  /** Names of the threads that appear, by address. */
  readonly threads: ReadonlyMap<bigint, string>;
  /** Why the trace ends early; undefined when it could be read to its end. */
  readonly gap: string | undefined;
}

/** @throws LookupError when the kernel keeps no trace, or an empty one */
export function timelineOf(target: Target): MachineTimeline {
  const timeline = target.kernel?.timeline?.();
  if (timeline === undefined) throw new LookupError('this kernel keeps no trace');
  const all: TimelineEvent[] = [];
  let gap: string | undefined;
  try {
    for (const event of timeline.events) all.push(event);
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
    gap = error.message;
  }
  if (all.length === 0) throw new LookupError(gap ?? 'the trace of this kernel is empty');
  all.sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
  const events = all.slice(-eventLimit);
  const wanted = new Set(events.flatMap(({ thread }) => thread ?? []));
  return {
    clock: timeline.clock,
    cpus: [
      ...new Set([...target.cpus.map(({ index }) => index), ...events.map(({ cpu }) => cpu)]),
    ].sort((one, other) => one - other),
    events,
    eventsLeft: all.length - events.length,
    threads: threadNames(target, wanted),
    gap,
  };
}

function threadNames(target: Target, wanted: ReadonlySet<bigint>): Map<bigint, string> {
  const names = new Map<bigint, string>();
  if (wanted.size === 0) return names;
  try {
    for (const { address, name } of target.threads()) {
      if (wanted.has(address)) names.set(address, name);
      if (names.size === wanted.size) break;
    }
  } catch (error) {
    // Threads that can't be read are known by their address.
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
  }
  return names;
}
