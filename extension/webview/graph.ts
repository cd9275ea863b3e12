/** The page of the object graph: objects around an address, opened one after the other, and a table that says the same. */
import type { ObjectBody } from '../../debug-adapter/dap/picture-protocol.ts';
import { graphOf, type Graph, type GraphNode, type GraphState } from '../views/graph-model.ts';
import type { PictureSubject } from '../views/picture-messages.ts';
import { fill, html } from './dom.ts';
import { placeGraph } from './graph-layout.ts';
import { graphPicture } from './graph-picture.ts';
import { connectPicture, type Picture } from './picture.ts';

/** Sizes that `+` and `-` go through. */
const zooms = [0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.6, 2];

const page = document.getElementById('page') ?? document.body;

connectPicture((picture, subject) => void new GraphPage(picture).start(subject));

class GraphPage {
  private readonly picture: Picture;
  private state: GraphState = { start: '', objects: new Map(), open: new Set() };
  private selected = '';
  /** Nodes of the last drawing. */
  private drawn: ReadonlySet<string> = new Set();
  private zoom = zooms.indexOf(1);
  private readonly drawing = html('div', { class: 'drawing' });
  private readonly about = html('div', { class: 'about', role: 'status' });
  private readonly table = html('section', {});
  private readonly status = html('p', { class: 'quiet', role: 'status' });

  constructor(picture: Picture) {
    this.picture = picture;
    const button = (title: string, text: string, onclick: () => void): HTMLElement =>
      html('button', { class: 'secondary', title, 'aria-label': title, onclick }, text);
    const bar = html(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': 'Graph' },
      button('Smaller', '−', () => this.resize(-1)),
      button('Larger', '+', () => this.resize(1)),
      legend(),
    );
    window.addEventListener('keydown', (event) => {
      if (event.key === '+') this.resize(1);
      else if (event.key === '-') this.resize(-1);
    });
    fill(page, [html('h1', {}, 'Objects'), bar, this.status, this.drawing, this.about, this.table]);
  }

  async start({ at = '0', type }: PictureSubject): Promise<void> {
    const body = await this.ask(at, type);
    if (body === undefined) return;
    this.state = { start: body.address, objects: new Map([[body.address, body]]), open: new Set() };
    this.selected = body.address;
    this.draw();
  }

  private async ask(at: string, type: string | undefined): Promise<ObjectBody | undefined> {
    page.setAttribute('aria-busy', 'true');
    try {
      const words = { at, ...(type !== undefined && { type }) };
      const body = await this.picture.ask('corewalk/object', words);
      this.status.textContent = '';
      return body;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      fill(this.status, [html('span', { class: 'failure', role: 'alert' }, text)]);
      return undefined;
    } finally {
      page.setAttribute('aria-busy', 'false');
    }
  }

  private async toggle(node: GraphNode): Promise<void> {
    const { objects, open, start } = this.state;
    if (node.kind === 'group') this.state = { ...this.state, open: new Set([...open, node.id]) };
    else if (node.kind === 'object') {
      if (node.id === start) return;
      this.state = {
        ...this.state,
        objects: new Map([...objects].filter(([address]) => address !== node.id)),
      };
    } else {
      const body = await this.askNode(node);
      if (body === undefined) return;
      this.state = { ...this.state, objects: new Map([...objects, [node.id, body]]) };
    }
    this.draw();
  }

  /** What the dump knows of the address, or what the pointer's type says when it points into something larger. */
  private async askNode({ id, type }: GraphNode): Promise<ObjectBody | undefined> {
    const known = await this.ask(id, undefined);
    if (known?.address === id) return known;
    const typed = type === undefined ? undefined : await this.ask(id, type);
    if (typed === undefined && known !== undefined)
      this.status.textContent = `${id} lies in ${known.type} at ${known.address}: Start here shows it.`;
    return typed;
  }

  private draw(): void {
    const graph = graphOf(this.state);
    // A group that was opened is gone: the cursor goes to what came out of it.
    if (!graph.nodes.some(({ id }) => id === this.selected))
      this.selected = graph.nodes.find(({ id }) => !this.drawn.has(id))?.id ?? this.state.start;
    this.drawn = new Set(graph.nodes.map(({ id }) => id));
    const drawn = graphPicture({
      graph: placeGraph(graph),
      selected: this.selected,
      onSelect: (node) => {
        this.selected = node.id;
        fill(this.about, [this.aboutNode(node)]);
      },
      toggle: (node) => void this.toggle(node),
    });
    const { width, height } = drawn.element.viewBox.baseVal;
    const scale = zooms[this.zoom] ?? 1;
    drawn.element.setAttribute('width', String(width * scale));
    drawn.element.setAttribute('height', String(height * scale));
    fill(this.drawing, [drawn.element]);
    fill(this.about, [this.aboutNode(graph.nodes.find(({ id }) => id === this.selected))]);
    fill(this.table, [html('h2', {}, 'References'), edgeTable(graph)]);
    drawn.choose(this.selected);
  }

  private resize(step: 1 | -1): void {
    this.zoom = Math.max(0, Math.min(zooms.length - 1, this.zoom + step));
    this.draw();
  }

  private aboutNode(node: GraphNode | undefined): HTMLElement {
    if (node === undefined) return html('p', {});
    const button = (text: string, onclick: () => void): HTMLElement =>
      html('button', { class: 'secondary', onclick }, text);
    const toggle =
      node.kind === 'object' ? (node.id === this.state.start ? undefined : 'Close') : 'Open';
    const { type } = node;
    const subject = { at: node.id, ...(type !== undefined && { type }) };
    const print = `${node.id}::print ${type?.includes(' ') === true ? `"${type}"` : type}`;
    return html(
      'p',
      { class: 'links' },
      html('code', {}, [node.title, ...node.lines].join('  ')),
      ' ',
      toggle === undefined ? undefined : button(toggle, () => void this.toggle(node)),
      ...(node.kind === 'group'
        ? []
        : [
            button('Memory', () => this.picture.open('memory', subject)),
            button('Start here', () => void this.start(subject)),
          ]),
      node.kind === 'group' || type === undefined
        ? undefined
        : button('Print', () => this.picture.run(print)),
    );
  }
}

function legend(): HTMLElement {
  const sample = (name: string, text: string): HTMLElement =>
    html('span', { class: `sample ${name}` }, text);
  return html(
    'span',
    { class: 'quiet legend' },
    sample('counted', 'counted or implicit: keeps it alive'),
    sample('weak', 'weak'),
    sample('unknown', 'no rule of this kernel says'),
  );
}

function edgeTable({ nodes, edges }: Graph): HTMLElement {
  const names = new Map(nodes.map(({ id, title, lines }) => [id, `${title} ${lines[0] ?? ''}`]));
  const heads = ['from', 'member', 'strength', 'to'].map((text) => {
    const head = html('th', {}, text);
    head.scope = 'col';
    return head;
  });
  const rows = edges.map(({ from, to, label, strength }) =>
    html(
      'tr',
      {},
      html('td', {}, html('code', {}, names.get(from) ?? from)),
      html('td', {}, html('code', {}, label)),
      html('td', {}, strength === 'unknown' ? '' : strength),
      html('td', {}, html('code', {}, names.get(to) ?? to)),
    ),
  );
  return html(
    'table',
    { 'aria-label': 'References' },
    html('thead', {}, html('tr', {}, ...heads)),
    html('tbody', {}, ...rows),
  );
}
