/** The part of a graph of objects that is open: objects that were asked for, their neighbours, and groups of what is too much to draw. */
import type {
  IncomingItem,
  ObjectBody,
  OutgoingItem,
  StrengthItem,
} from '../../debug-adapter/dap/picture-protocol.ts';

/** Neighbours of one object in one direction that are drawn one by one. */
export const neighbourLimit = 12;

/** Elements of an opened list that are drawn. */
export const elementLimit = 24;

/** Holders of one kind that are drawn one by one. */
const holderLimit = 3;

export interface GraphState {
  readonly start: string;
  /** What the adapter said, by address. */
  readonly objects: ReadonlyMap<string, ObjectBody>;
  /** Groups that were opened, by `GraphNode.id`. */
  readonly open: ReadonlySet<string>;
}

export interface GraphNode {
  /** The address of an object, or the name of a group. */
  readonly id: string;
  /** `object` is open, `neighbour` can be opened, `group` stands for several. */
  readonly kind: 'object' | 'neighbour' | 'group';
  /** C type, or what the group is. */
  readonly title: string;
  readonly lines: readonly string[];
  /** C type, when it is known. */
  readonly type?: string;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** Members that hold the pointer. */
  readonly label: string;
  readonly strength: StrengthItem;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** What of the graph is drawn. */
export function graphOf({ objects, open, start }: GraphState): Graph {
  const builder = new Builder(objects);
  for (const body of objects.values()) builder.addObject(body);
  // Outgoing references of all objects come first: an incoming one says the same again.
  for (const body of objects.values()) addOutgoing(builder, body, open);
  for (const body of objects.values()) addIncoming(builder, body, open);
  return builder.reachable(start);
}

class Builder {
  readonly objects: ReadonlyMap<string, ObjectBody>;
  private readonly nodes = new Map<string, GraphNode>();
  private readonly edges = new Map<string, GraphEdge>();

  constructor(objects: ReadonlyMap<string, ObjectBody>) {
    this.objects = objects;
  }

  addObject({ address, type, symbol, facts, audit }: ObjectBody): void {
    const lines = [
      symbol === undefined ? address.slice(2) : `${symbol} ${address.slice(2)}`,
      ...facts.map(([member, value]) => `${member} = ${value}`),
      ...(audit === undefined ? [] : [audit]),
    ];
    this.nodes.set(address, { id: address, kind: 'object', title: type, lines, type });
  }

  addNeighbour(address: string, type: string): void {
    if (this.nodes.has(address)) return;
    const node = {
      id: address,
      kind: 'neighbour',
      title: type,
      lines: [address.slice(2)],
    } as const;
    // A member of an array or a pointer is no type to lay over an object.
    this.nodes.set(address, /^(struct |union )?\w+$/.test(type) ? { ...node, type } : node);
  }

  addGroup(id: string, title: string, line: string): void {
    this.nodes.set(id, { id, kind: 'group', title, lines: [line] });
  }

  addEdge(edge: GraphEdge): void {
    const key = `${edge.from} ${edge.to}`;
    const known = this.edges.get(key);
    if (known === undefined) this.edges.set(key, edge);
    else if (!known.label.split(', ').includes(edge.label))
      this.edges.set(key, { ...known, label: `${known.label}, ${edge.label}` });
  }

  hasEdge(from: string, to: string): boolean {
    return this.edges.has(`${from} ${to}`);
  }

  /** Closing an object leaves its neighbours' neighbours without a way to them. */
  reachable(start: string): Graph {
    const near = new Map<string, string[]>();
    for (const { from, to } of this.edges.values()) {
      near.set(from, [...(near.get(from) ?? []), to]);
      near.set(to, [...(near.get(to) ?? []), from]);
    }
    const seen = new Set([start]);
    for (const id of seen) for (const next of near.get(id) ?? []) seen.add(next);
    return {
      nodes: [...this.nodes.values()].filter(({ id }) => seen.has(id)),
      edges: [...this.edges.values()].filter(({ from, to }) => seen.has(from) && seen.has(to)),
    };
  }
}

function addOutgoing(builder: Builder, body: ObjectBody, open: ReadonlySet<string>): void {
  const { address, outgoing } = body;
  const lists = mergeLists(outgoing);
  const single = outgoing.filter(({ list }) => (list?.count ?? 1) < 2);
  const drawn = new Set<string>();
  const moreId = `more from ${address}`;
  for (const { to, type, member, strength } of single) {
    const isDrawn =
      drawn.has(to) || builder.objects.has(to) || drawn.size < neighbourLimit || open.has(moreId);
    if (!isDrawn) continue;
    drawn.add(to);
    builder.addNeighbour(to, type);
    builder.addEdge({ from: address, to, label: member, strength });
  }
  const left = new Set(single.map(({ to }) => to).filter((to) => !drawn.has(to))).size;
  if (left > 0) {
    builder.addGroup(moreId, `${left} more`, 'it points to');
    builder.addEdge({ from: address, to: moreId, label: '', strength: 'unknown' });
  }
  for (const { member, type, strength, list } of lists) {
    if (list === undefined) continue;
    const id = `list ${member} of ${address}`;
    if (!open.has(id) && !list.elements.some((each) => builder.objects.has(each))) {
      builder.addGroup(id, `${list.count} × ${type}`, `along ${member}`);
      builder.addEdge({ from: address, to: id, label: member, strength });
      continue;
    }
    const shown = list.elements.slice(0, elementLimit);
    for (const [index, element] of shown.entries()) {
      builder.addNeighbour(element, type);
      const from = shown[index - 1] ?? address;
      builder.addEdge({ from, to: element, label: member, strength });
    }
    const last = shown.at(-1);
    if (list.count <= shown.length || last === undefined) continue;
    const rest = `rest of ${id}`;
    builder.addGroup(rest, `${list.count - shown.length} more`, `along ${member}`);
    builder.addEdge({ from: last, to: rest, label: member, strength });
  }
}

/** Lists of two elements and more; next and previous of one ring are one list. */
function mergeLists(outgoing: readonly OutgoingItem[]): OutgoingItem[] {
  const merged = new Map<string, OutgoingItem>();
  for (const item of outgoing) {
    if (item.list === undefined || item.list.count < 2) continue;
    const key = `${item.list.count} ${[...item.list.elements].sort().join(' ')}`;
    const known = merged.get(key);
    merged.set(
      key,
      known === undefined ? item : { ...known, member: `${known.member}, ${item.member}` },
    );
  }
  return [...merged.values()];
}

function addIncoming(builder: Builder, body: ObjectBody, open: ReadonlySet<string>): void {
  const { address, incoming, incomingLeft } = body;
  const kinds = new Map<string, IncomingItem[]>();
  for (const item of incoming) {
    if (builder.hasEdge(item.from, address)) continue;
    const kind = `${item.type} ${item.member.replace(/\d+/g, '*')}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), item]);
  }
  let drawn = 0;
  let left = incomingLeft;
  const moreId = `more to ${address}`;
  for (const [kind, items] of kinds) {
    const id = `${kind} to ${address}`;
    const holders = new Set(items.map(({ from }) => from));
    const [first] = items;
    if (first === undefined) continue;
    if (drawn >= neighbourLimit && !open.has(moreId)) {
      left += holders.size;
      continue;
    }
    const isOpen = open.has(id) || items.some(({ from }) => builder.objects.has(from));
    if (holders.size > holderLimit && !isOpen) {
      drawn++;
      const label = first.member.replace(/\d+/g, '*');
      builder.addGroup(id, `${holders.size} × ${first.type}`, `by ${label}`);
      builder.addEdge({ from: id, to: address, label, strength: first.strength });
      continue;
    }
    for (const item of manyOfOne(items)) {
      drawn++;
      builder.addNeighbour(item.from, item.type);
      const { from, member, strength } = item;
      builder.addEdge({ from, to: address, label: member, strength });
    }
  }
  if (left === 0) return;
  builder.addGroup(moreId, `${left} more`, 'point to it');
  builder.addEdge({ from: moreId, to: address, label: '', strength: 'unknown' });
}

/** A table that points here from many of its elements says so once. */
function manyOfOne(items: readonly IncomingItem[]): IncomingItem[] {
  const byHolder = new Map<string, IncomingItem[]>();
  for (const item of items) byHolder.set(item.from, [...(byHolder.get(item.from) ?? []), item]);
  return [...byHolder.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    if (list.length === 1) return [first];
    return [{ ...first, member: `${first.member.replace(/\d+/g, '*')} (${list.length})` }];
  });
}
