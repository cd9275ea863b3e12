/** Places the nodes of a graph in layers, from what refers to what is referred to. */
import { Graph as LayeredGraph, layout } from '@dagrejs/dagre';
import type { Graph, GraphNode } from '../views/graph-model.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** User units of a node's box. */
export interface PlacedNode {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly edge: Graph['edges'][number];
  readonly points: readonly Point[];
  readonly label: Point;
}

export interface PlacedGraph {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

export const lineHeight = 17;
export const letterWidth = 7.3;

/** Letters of a line in a box. */
export const letterLimit = 36;

const padding = 10;

export function placeGraph({ nodes, edges }: Graph): PlacedGraph {
  const graph = new LayeredGraph({ multigraph: false });
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 56, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, boxOf(node));
  for (const { from, to, label } of edges)
    graph.setEdge(from, to, {
      width: Math.min(label.length, letterLimit) * (letterWidth - 1) + 8,
      height: 14,
      labelpos: 'c',
    });
  layout(graph);
  const whole = readSize(graph.graph());
  return {
    nodes: nodes.map((node) => ({ node, ...readBox(graph.node(node.id)) })),
    edges: edges.map((edge) => {
      const placed: unknown = graph.edge(edge.from, edge.to);
      return { edge, points: readPoints(placed), label: readBox(placed) };
    }),
    ...whole,
  };
}

function boxOf({ title, lines }: GraphNode): { width: number; height: number } {
  const longest = Math.max(title.length, ...lines.map((line) => line.length));
  return {
    width: Math.min(longest, letterLimit) * letterWidth + 2 * padding,
    height: (1 + lines.length) * lineHeight + padding,
  };
}

/** The library's types are open: what it has written is read field by field. */
function readBox(value: unknown): { x: number; y: number; width: number; height: number } {
  const { x, y, width, height } = numbersOf(value);
  return { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 };
}

function readSize(value: unknown): { width: number; height: number } {
  const { width, height } = numbersOf(value);
  return { width: Math.ceil(width ?? 0), height: Math.ceil(height ?? 0) };
}

function readPoints(value: unknown): Point[] {
  if (typeof value !== 'object' || value === null || !('points' in value)) return [];
  return Array.isArray(value.points) ? value.points.map((each: unknown) => readBox(each)) : [];
}

function numbersOf(value: unknown): Readonly<Record<string, number>> {
  const entries: [string, unknown][] =
    typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.flatMap(([name, each]) => (typeof each === 'number' ? [[name, each]] : [])),
  );
}
