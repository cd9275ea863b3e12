/** The page of an investigation: what is known, what to find out next, and the way to the console. */
import type { FromLearnPage, ToLearnPage } from '../learn/learn-messages.ts';
import { fill, html, type Child } from './dom.ts';
import { connect } from './host.ts';

const host = connect<ToLearnPage, FromLearnPage>();
const page = document.getElementById('page') ?? document.body;

host.onMessage((state) => {
  page.setAttribute('aria-busy', 'false');
  fill(page, content(state));
  document.getElementById('current')?.scrollIntoView({ block: 'nearest' });
});
host.send({ type: 'ready' });

function content(state: ToLearnPage): Child[] {
  const { title, introduction, done, step, count, ending, source } = state;
  const behind = done.map((each) =>
    html('li', {}, html('h2', {}, each.title), html('p', {}, each.meaning)),
  );
  return [
    html('h1', {}, title),
    html('p', {}, introduction),
    html('ol', { class: 'steps' }, ...behind, step && current(step)),
    html('p', { class: 'quiet', role: 'status' }, `${done.length} of ${count} steps`),
    step === undefined
      ? html(
          'section',
          { id: 'current' },
          html('h2', {}, 'What really happened'),
          html('p', {}, ending),
          html('p', { class: 'quiet' }, source),
        )
      : undefined,
  ];
}

function current({ title, task, hint }: NonNullable<ToLearnPage['step']>): HTMLElement {
  const shown = html('p', { class: 'quiet', 'aria-live': 'polite' });
  const button = (text: string, kind: string, onclick: () => void): HTMLElement =>
    html('button', { class: kind, onclick }, text);
  return html(
    'li',
    { class: 'current', id: 'current', 'aria-current': 'step' },
    html('h2', {}, title),
    html('p', {}, task),
    html(
      'div',
      { class: 'actions', role: 'toolbar', 'aria-label': 'Help with this step' },
      button('Go to the Console', 'primary', () => host.send({ type: 'console' })),
      button('Hint', 'secondary', () => (shown.textContent = hint)),
      button('Type It for Me', 'secondary', () => host.send({ type: 'show' })),
      button('Skip', 'secondary', () => host.send({ type: 'skip' })),
    ),
    shown,
  );
}
