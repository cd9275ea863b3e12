/** The page of context operators: arcs from saving to restoring over time, and a table that says the same. */
import { arcsOf, type ArcDiagram } from '../../debug-adapter/documents/ctxop-arcs.ts';
import { ctxopPicture, verdict } from '../../debug-adapter/documents/ctxop-picture.ts';
import type { FromCtxopPage, ToCtxopPage } from '../views/ctxop-messages.ts';
import { draw, fill, html, type Child } from './dom.ts';
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
      draw(ctxopPicture(diagram)),
    ),
    table(diagram),
  ];
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
