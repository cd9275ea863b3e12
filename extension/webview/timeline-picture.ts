/** Lanes of CPUs with the events of a trace: one path per kind and lane, so that twenty thousand events are as quick as twenty. */
import type { TimelineBody, TimelineEventItem } from '../../debug-adapter/dap/picture-protocol.ts';
import type { Run, TimeScale } from '../views/timeline-model.ts';
import { svg } from './dom.ts';

/** User units. */
export const laneHeight = 58;
export const margin = 12;
const namesWidth = 60;
const top = 26;
const letterWidth = 7.2;

/** Colours that kinds have; the rarer ones share the last. */
export const kindHues = 6;

export interface TimelinePictureOptions {
  readonly body: TimelineBody;
  readonly scale: TimeScale;
  readonly runs: readonly Run[];
  readonly kinds: readonly string[];
  /** User units of a usual gap. */
  readonly unit: number;
  /** Indexes of events that a search has found. */
  readonly matches: readonly number[];
}

export function timelinePicture(options: TimelinePictureOptions): SVGSVGElement {
  const { body, scale, runs, unit, matches } = options;
  const width = margin + scale.width * unit + 24;
  const height = top + body.cpus.length * laneHeight + 8;
  const x = (index: number): number => margin + (scale.positions[index] ?? 0) * unit;
  const lane = (cpu: number): number => top + body.cpus.indexOf(cpu) * laneHeight;
  return svg(
    'svg',
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `${body.events.length} events on ${body.cpus.length} CPUs; the table below lists them`,
    },
    ...scale.breaks.map(({ from, to, ticks }) =>
      drawBreak(margin + from * unit, margin + to * unit, height, ticks),
    ),
    ...body.cpus.flatMap((cpu) => [
      svg('line', {
        class: 'lane',
        x1: margin,
        x2: width - 16,
        y1: lane(cpu) + laneHeight - 8,
        y2: lane(cpu) + laneHeight - 8,
      }),
    ]),
    ...runs.map((run) => drawRun(run, x(run.first), x(run.last), lane(run.cpu))),
    ...eventPaths(options, x, lane),
    svg('path', {
      class: 'match',
      d: matches
        .map((index) => mark(x(index), lane(body.events[index]?.cpu ?? 0) + 24, 26))
        .join(''),
    }),
  );
}

/** The place of an event: where the cursor is drawn. */
export function placeOf(
  { body, scale, unit }: TimelinePictureOptions,
  index: number,
): { readonly x: number; readonly y: number } {
  const cpu = body.events[index]?.cpu ?? 0;
  const x = margin + (scale.positions[index] ?? 0) * unit;
  return { x, y: top + body.cpus.indexOf(cpu) * laneHeight };
}

/** What lies at a place of the drawing: a CPU, and a place on the scale. */
export function laneAt(
  { body, unit }: TimelinePictureOptions,
  x: number,
  y: number,
): { readonly cpu: number; readonly position: number } | undefined {
  const cpu = body.cpus[Math.floor((y - top) / laneHeight)];
  return cpu === undefined ? undefined : { cpu, position: (x - margin) / unit };
}

/** Names of the lanes, which stay in place while the drawing is scrolled. */
export function laneNames({ cpus }: TimelineBody): SVGSVGElement {
  const height = top + cpus.length * laneHeight + 8;
  return svg(
    'svg',
    { class: 'names', width: namesWidth, height, 'aria-hidden': 'true' },
    ...cpus.map((cpu, index) =>
      svg('text', { x: 0, y: top + index * laneHeight + 40 }, `CPU ${cpu}`),
    ),
  );
}

function eventPaths(
  { body, kinds }: TimelinePictureOptions,
  x: (index: number) => number,
  lane: (cpu: number) => number,
): SVGElement[] {
  const paths = new Map<number, string[]>();
  for (const [index, event] of body.events.entries()) {
    const hue = hueOf(kinds, event);
    const path = paths.get(hue) ?? [];
    path.push(mark(x(index), lane(event.cpu) + 28, 22));
    paths.set(hue, path);
  }
  return [...paths].map(([hue, marks]) =>
    svg('path', { class: `event hue-${hue}`, d: marks.join('') }),
  );
}

function hueOf(kinds: readonly string[], { kind }: TimelineEventItem): number {
  return Math.min(kindHues - 1, kinds.indexOf(kind));
}

function mark(x: number, y: number, height: number): string {
  return `M${x.toFixed(1)},${y}v${height}`;
}

function drawRun({ name, thread }: Run, from: number, to: number, y: number): SVGElement {
  const width = Math.max(3, to - from);
  const letters = Math.floor((width - 8) / letterWidth);
  return svg(
    'g',
    { class: 'run' },
    svg('title', {}, `${name} ${thread}`),
    svg('rect', { x: from - 1, y: y + 4, width: width + 2, height: 18, rx: 2 }),
    svg('text', { x: from + 4, y: y + 17 }, letters < 2 ? '' : name.slice(0, letters)),
  );
}

const compact = new Intl.NumberFormat('en', { notation: 'compact' });

function drawBreak(from: number, to: number, height: number, ticks: bigint): SVGElement {
  const whole = `${ticks} ticks without an event`;
  const text = compact.format(ticks);
  return svg(
    'g',
    { class: 'break' },
    svg('title', {}, whole),
    svg('rect', { x: from, y: top - 4, width: to - from, height: height - top }),
    to - from < text.length * letterWidth
      ? undefined
      : svg('text', { x: (from + to) / 2, y: 14, 'text-anchor': 'middle' }, text),
  );
}
