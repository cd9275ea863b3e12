/** The page of context operators: arcs from saving to restoring over time, and a table that says the same. */
import { arcsOf, type ArcDiagram, type StampEvent } from '../views/ctxop-arcs.ts';
import type { FromCtxopPage, ToCtxopPage } from '../views/ctxop-messages.ts';
import { fill, html, svg, type Child } from './dom.ts';
import { connect } from './host.ts';

const host = connect<ToCtxopPage, FromCtxopPage>();
const page = document.getElementById('page') ?? document.body;

host.onMessage((message) => {
  page.setAttribute('aria-busy', 'false');
  if (message.type === 'failed')
    fill(page, [html('p', { class: 'failure', role: 'alert' }, message.text)]);
  else fill(page, content(message.thread, arcsOf(message.rows)));
});
host.send({ type: 'ready' });

function content(thread: string, diagram: ArcDiagram): Child[] {
  const title = html('h1', {}, `Context operators of ${thread}`);
  if (diagram.operators.length === 0)
    return [title, html('p', { class: 'quiet' }, 'The thread has no context operators.')];
  return [
    title,
    html('p', { class: diagram.crossings > 0 ? 'verdict wrong' : 'verdict' }, verdict(diagram)),
    html(
      'div',
      { class: 'picture', tabindex: '0', role: 'group', 'aria-label': 'Picture' },
      picture(diagram),
    ),
    table(diagram),
  ];
}

function verdict({ arcs, crossings, pairs }: ArcDiagram): string {
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

function picture(diagram: ArcDiagram): SVGElement {
  const { events, arcs } = diagram;
  const width = 2 * margin + Math.max(0, events.length - 1) * step + lastName;
  const longest = Math.max(0, ...arcs.map(({ from, to }) => to - from));
  const axis = 16 + longest * arcHeight;
  const x = (place: number): number => margin + place * step;
  const shapes = [
    svg('line', {
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
      return svg(
        'path',
        { d: path, class: classes },
        svg('title', {}, `${name}: ${from + 1} to ${to + 1}`),
      );
    }),
    ...events.map((event, place) => eventMark(diagram, event, x(place), axis)),
  ];
  return svg(
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
): SVGElement {
  const name = operators[operator]?.[kind] ?? '';
  return svg(
    'g',
    {},
    svg('circle', { class: `event hue-${operator % 6} ${kind}`, cx: x, cy: axis, r: 5 }),
    svg(
      'text',
      { class: 'name', x: 0, y: 0, transform: `translate(${x - 4},${axis + 18}) rotate(28)` },
      name,
    ),
    svg('text', { class: 'ticks', x, y: axis + 112, 'text-anchor': 'middle' }, `+${ticks}`),
  );
}

function table({ operators, events }: ArcDiagram): HTMLElement {
  const heads = ['', 'event', 'operator', 'function', 'ticks', 'stamp'].map((text) => {
    const cell = html('th', {}, text);
    cell.scope = 'col';
    return cell;
  });
  const rows = events.map(({ operator, kind, ticks, stamp }, place) => {
    const { address = '', [kind]: name = '' } = operators[operator] ?? {};
    const line = `${address}::print "struct ctxop"`;
    const link = html(
      'button',
      {
        class: 'link',
        title: `Run in the debug console: ${line}`,
        onclick: () => host.send({ type: 'run', line }),
      },
      address,
    );
    const cells = [String(place + 1), kind, link, html('code', {}, name), `+${ticks}`];
    return html(
      'tr',
      {},
      ...cells.map((cell) => html('td', {}, cell)),
      html('td', {}, html('code', {}, `0x${stamp.toString(16)}`)),
    );
  });
  return html(
    'table',
    { 'aria-label': 'Events in time order' },
    html('thead', {}, html('tr', {}, ...heads)),
    html('tbody', {}, ...rows),
  );
}
