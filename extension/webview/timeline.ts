/** The page of the machine over time: a lane for each CPU, idle time shortened, a search, and a table that says the same. */
import type { TimelineBody, TimelineEventItem } from '../../debug-adapter/dap/picture-protocol.ts';
import { kindsOf, matchingEvents, nearestEvent, runsOf, scaleOf } from '../views/timeline-model.ts';
import { fill, html, svg } from './dom.ts';
import { connectPicture, type Picture } from './picture.ts';
import {
  kindHues,
  laneAt,
  laneHeight,
  laneNames,
  margin,
  placeOf,
  timelinePicture,
  type TimelinePictureOptions,
} from './timeline-picture.ts';

/** Rows of the table; a search finds the others. */
const rowLimit = 1000;

/** Each step of the zoom. */
const zoomStep = 1.6;
const zoomLimit = 400;

const page = document.getElementById('page') ?? document.body;

connectPicture((picture) => void load(picture));

async function load(picture: Picture): Promise<void> {
  try {
    const body = await picture.ask('corewalk/timeline', {});
    new TimelinePage(picture, body).show();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    fill(page, [
      html('h1', {}, 'Machine over time'),
      html('p', { class: 'failure', role: 'alert' }, text),
    ]);
  } finally {
    page.setAttribute('aria-busy', 'false');
  }
}

class TimelinePage {
  private readonly picture: Picture;
  private readonly body: TimelineBody;
  private readonly kinds: readonly string[];
  private readonly first: bigint;
  private readonly drawing = html('div', {
    class: 'drawing',
    tabindex: '0',
    role: 'group',
    'aria-label': 'Events: arrow keys go from one to the next, Enter prints one',
  });
  private readonly said = html('p', { class: 'cursor', role: 'status' });
  private readonly table = html('section', {});
  private readonly search = html('input', { 'aria-label': 'Find events', title: 'Find events' });
  private readonly shorten = html('input', {});
  private options: TimelinePictureOptions;
  private zoom = 1;
  private selected = 0;
  private cursor = svg('line', { class: 'here' });

  constructor(picture: Picture, body: TimelineBody) {
    this.picture = picture;
    this.body = body;
    this.kinds = kindsOf(body.events);
    this.first = BigInt(body.events[0]?.time ?? 0);
    this.shorten.type = 'checkbox';
    this.shorten.checked = true;
    this.options = this.makeOptions();
    this.search.placeholder = 'Find: words of a label or a thread';
    this.search.addEventListener('input', () => this.draw());
    this.search.addEventListener('keydown', ({ key, shiftKey }) => {
      if (key === 'Enter') this.goToMatch(shiftKey ? -1 : 1);
    });
    this.shorten.addEventListener('change', () => this.draw());
    this.drawing.addEventListener('click', (event) => this.chooseAt(event));
    this.drawing.addEventListener('keydown', (event) => this.onKey(event));
    this.drawing.addEventListener('wheel', (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.resize(event.deltaY < 0 ? zoomStep : 1 / zoomStep);
    });
  }

  show(): void {
    const button = (title: string, text: string, onclick: () => void): HTMLElement =>
      html('button', { class: 'secondary', title, 'aria-label': title, onclick }, text);
    const { eventsLeft, gap, clock } = this.body;
    const remarks = [
      clock === 'order'
        ? 'The ring keeps no time: each CPU’s events are in order, and nothing is known between CPUs.'
        : '',
      eventsLeft > 0 ? `${eventsLeft} older events are left out.` : '',
      gap === undefined ? '' : `The trace could not be read to its end: ${gap}.`,
    ].filter((text) => text !== '');
    fill(page, [
      html('h1', {}, 'Machine over time'),
      html(
        'div',
        { class: 'toolbar', role: 'toolbar', 'aria-label': 'Timeline' },
        button('Smaller', '−', () => this.resize(1 / zoomStep)),
        button('Larger', '+', () => this.resize(zoomStep)),
        button('Fit all of it', 'Fit', () => this.resize(0)),
        this.search,
        button('Previous match', '↑', () => this.goToMatch(-1)),
        button('Next match', '↓', () => this.goToMatch(1)),
        clock === 'order' ? undefined : html('label', {}, this.shorten, ' shorten idle time'),
      ),
      remarks.length === 0 ? undefined : html('p', { class: 'quiet' }, remarks.join(' ')),
      html('div', { class: 'lanes' }, laneNames(this.body), this.drawing),
      legend(this.kinds),
      this.said,
      this.table,
    ]);
    this.draw();
  }

  private makeOptions(): TimelinePictureOptions {
    const { body, kinds } = this;
    const scale = scaleOf(body.events, this.shorten.checked && body.clock === 'ticks');
    const room = Math.max(400, this.drawing.clientWidth - 2 * margin - 24);
    return {
      body,
      scale,
      runs: runsOf(body.events),
      kinds,
      unit: Math.min(60, (room / Math.max(1, scale.width)) * this.zoom),
      matches: matchingEvents(body.events, this.search.value),
    };
  }

  private draw(): void {
    this.options = this.makeOptions();
    const drawn = timelinePicture(this.options);
    this.cursor = svg('line', { class: 'here' });
    drawn.append(this.cursor);
    fill(this.drawing, [drawn]);
    this.select(this.selected);
    this.drawTable();
  }

  private resize(factor: number): void {
    this.zoom = factor === 0 ? 1 : Math.max(1, Math.min(zoomLimit, this.zoom * factor));
    this.draw();
  }

  private select(index: number): void {
    const event = this.body.events[index];
    if (event === undefined) return;
    this.selected = index;
    const { x, y } = placeOf(this.options, index);
    for (const [name, value] of Object.entries({ x1: x, x2: x, y1: y, y2: y + laneHeight }))
      this.cursor.setAttribute(name, String(value));
    const { scrollLeft, clientWidth } = this.drawing;
    if (x < scrollLeft || x > scrollLeft + clientWidth)
      this.drawing.scrollLeft = x - clientWidth / 2;
    const matches =
      this.search.value.trim() === '' ? '' : ` — ${this.options.matches.length} found`;
    this.said.textContent = `CPU ${event.cpu}  ${this.timeOf(event)}  ${event.label}  ${threadText(event)}${matches}`;
  }

  private onKey(event: KeyboardEvent): void {
    const { events, cpus } = this.body;
    const { cpu = 0, line } = events[this.selected] ?? {};
    const inLane = (step: 1 | -1): number | undefined => {
      for (let index = this.selected + step; index >= 0 && index < events.length; index += step)
        if (events[index]?.cpu === cpu) return index;
      return undefined;
    };
    const toLane = (step: 1 | -1): number | undefined => {
      const next = cpus[cpus.indexOf(cpu) + step];
      const place = this.options.scale.positions[this.selected] ?? 0;
      return next === undefined ? undefined : nearestEvent(events, this.options.scale, next, place);
    };
    const next = {
      ArrowRight: () => inLane(1),
      ArrowLeft: () => inLane(-1),
      ArrowDown: () => toLane(1),
      ArrowUp: () => toLane(-1),
      Home: () => 0,
      End: () => events.length - 1,
    };
    if (event.key === 'Enter' && line !== undefined) this.picture.run(line);
    else if (event.key === '+') this.resize(zoomStep);
    else if (event.key === '-') this.resize(1 / zoomStep);
    else if (event.key in next) {
      const [, go] = Object.entries(next).find(([key]) => key === event.key) ?? [];
      const place = go?.();
      if (place !== undefined) this.select(place);
    } else return;
    event.preventDefault();
  }

  private chooseAt({ clientX, clientY }: MouseEvent): void {
    const box = this.drawing.getBoundingClientRect();
    const at = laneAt(
      this.options,
      clientX - box.left + this.drawing.scrollLeft,
      clientY - box.top + this.drawing.scrollTop,
    );
    if (at === undefined) return;
    const index = nearestEvent(this.body.events, this.options.scale, at.cpu, at.position);
    if (index !== undefined) this.select(index);
  }

  private goToMatch(step: 1 | -1): void {
    const { matches } = this.options;
    const next =
      step === 1
        ? (matches.find((index) => index > this.selected) ?? matches[0])
        : (matches.findLast((index) => index < this.selected) ?? matches.at(-1));
    if (next !== undefined) this.select(next);
  }

  private timeOf({ time }: TimelineEventItem): string {
    return this.body.clock === 'order' ? `#${BigInt(time)}` : `+${BigInt(time) - this.first}`;
  }

  private drawTable(): void {
    const { events } = this.body;
    const isSearching = this.search.value.trim() !== '';
    const shown = isSearching ? this.options.matches : events.map((_, index) => index);
    const heads = ['time', 'CPU', 'event', 'thread'].map((text) => {
      const head = html('th', {}, text);
      head.scope = 'col';
      return head;
    });
    const rows = shown.slice(0, rowLimit).flatMap((index) => {
      const event = events[index];
      if (event === undefined) return [];
      const choose = (): void => this.select(index);
      return [
        html(
          'tr',
          {},
          html('td', { class: 'number' }, this.timeOf(event)),
          html('td', { class: 'number' }, String(event.cpu)),
          html('td', {}, html('button', { class: 'link', onclick: choose }, event.label)),
          html('td', {}, threadText(event)),
        ),
      ];
    });
    const left = shown.length - rows.length;
    fill(this.table, [
      html('h2', {}, isSearching ? `${shown.length} events found` : `${events.length} events`),
      html(
        'table',
        { 'aria-label': 'Events' },
        html('thead', {}, html('tr', {}, ...heads)),
        html('tbody', {}, ...rows),
      ),
      left > 0 ? html('p', { class: 'quiet' }, `${left} more: a search finds them.`) : undefined,
    ]);
  }
}

function threadText({ thread, threadName }: TimelineEventItem): string {
  return [threadName, thread].filter((each) => each !== undefined).join(' ');
}

function legend(kinds: readonly string[]): HTMLElement {
  const named = kinds.slice(0, kindHues - 1);
  const rest = kinds.length > kindHues ? ['others'] : kinds.slice(kindHues - 1);
  const samples = [...named, ...rest].map((kind, index) =>
    html('span', { class: 'sample' }, html('span', { class: `swatch hue-${index}` }), kind),
  );
  return html('p', { class: 'quiet legend' }, ...samples);
}
