/** A placed graph as a drawing whose nodes are walked by the arrow keys. */
import type { GraphNode } from '../views/graph-model.ts';
import { svg } from './dom.ts';
import {
  letterLimit,
  lineHeight,
  type PlacedEdge,
  type PlacedGraph,
  type PlacedNode,
} from './graph-layout.ts';

export interface GraphPictureOptions {
  readonly graph: PlacedGraph;
  /** `GraphNode.id` of the node that has the cursor. */
  readonly selected: string;
  /** The cursor has come to a node. */
  readonly onSelect: (node: GraphNode) => void;
  /** Opens or closes a node. */
  readonly toggle: (node: GraphNode) => void;
}

export interface GraphPicture {
  readonly element: SVGSVGElement;
  /** Moves the cursor, and with it the keyboard's focus, to a node. */
  choose(id: string): void;
}

export function graphPicture({
  graph,
  selected,
  onSelect,
  toggle,
}: GraphPictureOptions): GraphPicture {
  const elements = new Map<string, SVGGElement>();
  let cursor = selected;
  // Elements stay: a double click would miss one that its first click has replaced.
  const choose = (id: string, block: ScrollLogicalPosition = 'center'): void => {
    mark(elements.get(cursor), false);
    cursor = id;
    const element = elements.get(id);
    mark(element, true);
    element?.focus();
    element?.scrollIntoView({ block, inline: block });
  };
  const select = (node: GraphNode): void => {
    // What is being clicked must not move away.
    choose(node.id, 'nearest');
    onSelect(node);
  };
  const edges = graph.edges.map(drawEdge);
  const nodes = graph.nodes.map((placed) => {
    const element = drawNode(placed);
    mark(element, placed.node.id === selected);
    element.addEventListener('click', () => select(placed.node));
    element.addEventListener('dblclick', () => toggle(placed.node));
    element.addEventListener('keydown', (event) => {
      const next = nextNode(graph.nodes, placed, event.key);
      if (event.key === 'Enter' || event.key === ' ') toggle(placed.node);
      else if (next !== undefined) select(next.node);
      else return;
      event.preventDefault();
    });
    elements.set(placed.node.id, element);
    return element;
  });
  const { width, height } = graph;
  const element = svg(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': 'Graph' },
    svg('defs', {}, arrow()),
    ...edges,
    ...nodes,
  );
  return { element, choose };
}

function mark(element: SVGGElement | undefined, isSelected: boolean): void {
  element?.classList.toggle('selected', isSelected);
  element?.setAttribute('tabindex', isSelected ? '0' : '-1');
}

/** The nearest node in the direction of an arrow key. */
export function nextNode(
  nodes: readonly PlacedNode[],
  from: PlacedNode,
  key: string,
): PlacedNode | undefined {
  const direction = directions[key];
  if (direction === undefined) return undefined;
  const distance = ({ x, y }: PlacedNode): number => {
    const ahead = (x - from.x) * direction.x + (y - from.y) * direction.y;
    const aside = Math.abs((x - from.x) * direction.y) + Math.abs((y - from.y) * direction.x);
    return ahead <= 1 ? Infinity : ahead + 2 * aside;
  };
  let nearest: PlacedNode | undefined;
  for (const node of nodes)
    if (distance(node) < (nearest === undefined ? Infinity : distance(nearest))) nearest = node;
  return nearest;
}

const directions: Readonly<Record<string, { readonly x: number; readonly y: number }>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

function drawNode({ node, x, y, width, height }: PlacedNode): SVGGElement {
  const left = x - width / 2;
  const top = y - height / 2;
  const text = [node.title, ...node.lines];
  const isOpen = node.kind === 'object';
  return svg(
    'g',
    {
      class: `node ${node.kind}`,
      role: 'button',
      'aria-expanded': String(isOpen),
      'data-id': node.id,
    },
    svg('title', {}, text.join(', ')),
    svg('rect', { x: left, y: top, width, height, rx: node.kind === 'group' ? 12 : 3 }),
    ...text.map((line, index) =>
      svg(
        'text',
        {
          class: index === 0 ? 'type' : 'line',
          x: left + 10,
          y: top + 4 + lineHeight * (index + 0.75),
        },
        line.length > letterLimit ? `${line.slice(0, letterLimit - 1)}…` : line,
      ),
    ),
  );
}

function drawEdge({ edge, points, label }: PlacedEdge): SVGGElement {
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x},${y}`).join(' ');
  const text =
    edge.label.length > letterLimit ? `${edge.label.slice(0, letterLimit - 1)}…` : edge.label;
  return svg(
    'g',
    { class: `edge ${edge.strength}` },
    svg('title', {}, `${edge.label} (${edge.strength})`),
    svg('path', { d: path, 'marker-end': 'url(#arrow)' }),
    svg('text', { x: label.x, y: label.y - 3, 'text-anchor': 'middle' }, text),
  );
}

function arrow(): SVGMarkerElement {
  return svg(
    'marker',
    {
      id: 'arrow',
      viewBox: '0 0 8 8',
      refX: 8,
      refY: 4,
      markerWidth: 8,
      markerHeight: 8,
      orient: 'auto',
      markerUnits: 'userSpaceOnUse',
    },
    svg('path', { class: 'arrow', d: 'M0,0 L8,4 L0,8 z' }),
  );
}
