/** Events of a machine on a scale: idle time shortened, runs of one thread in one piece, kinds by how often they appear. */
import type { TimelineEventItem } from '../../debug-adapter/dap/picture-protocol.ts';

/** A gap longer than this many usual ones is idle time. */
const idleFactor = 12;

/** Usual gaps that idle time takes when it is shortened. */
const idleWidth = 4;

export interface TimeScale {
  /** Place of an event by its index, in usual gaps from the first one. */
  readonly positions: readonly number[];
  /** Shortened idle time: where it lies, and the ticks that it stands for. */
  readonly breaks: readonly {
    readonly from: number;
    readonly to: number;
    readonly ticks: bigint;
  }[];
  readonly width: number;
}

/** @param events in time order */
export function scaleOf(events: readonly TimelineEventItem[], isIdleShortened: boolean): TimeScale {
  const times = events.map(({ time }) => BigInt(time));
  const gaps = times.slice(1).map((time, index) => Number(time - (times[index] ?? time)));
  const usual = Math.max(1, median(gaps.filter((gap) => gap > 0)));
  const positions = [0];
  const breaks: TimeScale['breaks'][number][] = [];
  let position = 0;
  for (const gap of gaps) {
    const from = position;
    const isIdle = isIdleShortened && gap > idleFactor * usual;
    position += isIdle ? idleWidth : gap / usual;
    if (isIdle) breaks.push({ from, to: position, ticks: BigInt(gap) });
    positions.push(position);
  }
  return { positions, breaks, width: position };
}

/** One thread on one CPU, from its first event to its last before another one's. */
export interface Run {
  readonly cpu: number;
  readonly thread: string;
  readonly name: string;
  /** Indexes of events. */
  readonly first: number;
  readonly last: number;
}

/** What the events of a trace that names threads say of who ran where. */
export function runsOf(events: readonly TimelineEventItem[]): Run[] {
  const runs: Run[] = [];
  const open = new Map<number, number>();
  for (const [index, { cpu, thread, threadName }] of events.entries()) {
    if (thread === undefined) continue;
    const place = open.get(cpu);
    const run = place === undefined ? undefined : runs[place];
    if (run?.thread === thread && place !== undefined) runs[place] = { ...run, last: index };
    else {
      open.set(cpu, runs.length);
      const name = threadName ?? thread.slice(2);
      runs.push({ cpu, thread, name, first: index, last: index });
    }
  }
  return runs;
}

/** Kinds, the most frequent first, those of one number by name. */
export function kindsOf(events: readonly TimelineEventItem[]): string[] {
  const counts = new Map<string, number>();
  for (const { kind } of events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort(([one, count], [other, more]) => more - count || (one < other ? -1 : 1))
    .map(([kind]) => kind);
}

/** Indexes of the events that have all words in their label, their thread or its name. */
export function matchingEvents(events: readonly TimelineEventItem[], text: string): number[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  return events.flatMap(({ label, thread = '', threadName = '' }, index) => {
    const all = `${label} ${thread} ${threadName}`.toLowerCase();
    return words.every((word) => all.includes(word)) ? [index] : [];
  });
}

/** The event of a CPU that is nearest to a place on the scale; undefined for a CPU without events. */
export function nearestEvent(
  events: readonly TimelineEventItem[],
  { positions }: TimeScale,
  cpu: number,
  position: number,
): number | undefined {
  let nearest: number | undefined;
  const distance = (index: number): number => Math.abs((positions[index] ?? 0) - position);
  for (const [index, event] of events.entries())
    if (event.cpu === cpu && (nearest === undefined || distance(index) < distance(nearest)))
      nearest = index;
  return nearest;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 1;
}
