/** The arcs of context operators as a picture: those that cross were not restored in stack order. */
import type { ArcDiagram, StampEvent } from './ctxop-arcs.ts';
import { shape, type Shape } from './shape.ts';

/** What the picture says, in a sentence. */
export function verdict({ arcs, crossings, pairs }: ArcDiagram): string {
  if (arcs.length < 2)
    return 'There are not two operators with both stamps, so there is no order to see.';
  if (crossings === 0) return `Stack order: none of ${pairs} pairs cross.`;
  const what = crossings === pairs ? 'restored in the order of saving' : 'not in stack order';
  return `${crossings} of ${pairs} pairs cross: ${what}.`;
}

/** User units of the picture. */
const step = 92;
const margin = 60;
/** Room for the name of the last event, which runs to the right. */
const lastName = 110;
const arcHeight = 34;

export function ctxopPicture(diagram: ArcDiagram): Shape {
  const { events, arcs } = diagram;
  const width = 2 * margin + Math.max(0, events.length - 1) * step + lastName;
  const longest = Math.max(0, ...arcs.map(({ from, to }) => to - from));
  const axis = 16 + longest * arcHeight;
  const x = (place: number): number => margin + place * step;
  const shapes = [
    shape('line', {
      class: 'axis',
      x1: margin / 2,
      y1: axis,
      x2: width - lastName - margin / 2,
      y2: axis,
    }),
    ...arcs.map(({ operator, from, to, isCrossing }) => {
      const top = (to - from) * arcHeight;
      const radius = ((to - from) * step) / 2;
      const path = `M${x(from)},${axis} A${radius},${top} 0 0 1 ${x(to)},${axis}`;
      const name = diagram.operators[operator]?.save ?? '';
      const classes = `arc hue-${operator % 6}${isCrossing ? ' crossing' : ''}`;
      return shape(
        'path',
        { d: path, class: classes },
        shape('title', {}, `${name}: ${from + 1} to ${to + 1}`),
      );
    }),
    ...events.map((event, place) => eventMark(diagram, event, x(place), axis)),
  ];
  return shape(
    'svg',
    {
      width,
      height: axis + 120,
      viewBox: `0 0 ${width} ${axis + 120}`,
      role: 'img',
      'aria-label': `${verdict(diagram)} The table below lists the events.`,
    },
    ...shapes,
  );
}

/** A dot on the axis, and below it what happened and when. Names are turned, so that long ones do not meet. */
function eventMark(
  { operators }: ArcDiagram,
  { operator, kind, ticks }: StampEvent,
  x: number,
  axis: number,
): Shape {
  const name = operators[operator]?.[kind] ?? '';
  return shape(
    'g',
    {},
    shape('circle', { class: `event hue-${operator % 6} ${kind}`, cx: x, cy: axis, r: 5 }),
    shape(
      'text',
      { class: 'name', x: 0, y: 0, transform: `translate(${x - 4},${axis + 18}) rotate(28)` },
      name,
    ),
    shape('text', { class: 'ticks', x, y: axis + 112, 'text-anchor': 'middle' }, `+${ticks}`),
  );
}
