/** What of a graph of objects is drawn: neighbours, lists in one node, groups, and what is left when something closes. */
import assert from 'node:assert/strict';
import type {
  IncomingItem,
  ObjectBody,
  OutgoingItem,
} from '../../debug-adapter/dap/picture-protocol.ts';
import { elementLimit, graphOf, neighbourLimit } from '../../extension/views/graph-model.ts';

const address = (index: number): `0x${string}` => `0x${index.toString(16)}`;

function object(index: number, more: Partial<ObjectBody> = {}): ObjectBody {
  return {
    address: address(index),
    type: 'struct thread',
    facts: [],
    outgoing: [],
    incoming: [],
    incomingLeft: 0,
    ...more,
  };
}

function pointer(member: string, to: number, more: Partial<OutgoingItem> = {}): OutgoingItem {
  return { member, to: address(to), type: 'struct proc', strength: 'unknown', ...more };
}

function holder(member: string, from: number, type = 'struct holder'): IncomingItem {
  return { member, from: address(from), type, strength: 'unknown' };
}

function draw(objects: readonly ObjectBody[], open: readonly string[] = []) {
  const [first] = objects;
  return graphOf({
    start: first?.address ?? '',
    objects: new Map(objects.map((each) => [each.address, each])),
    open: new Set(open),
  });
}

const ids = (graph: ReturnType<typeof draw>): string[] => graph.nodes.map(({ id }) => id);

describe('graph model', () => {
  it('draws an object with its neighbours, and two members that lead to one place as one edge', () => {
    const graph = draw([object(1, { outgoing: [pointer('a', 2), pointer('b', 2)] })]);
    assert.deepEqual(
      graph.nodes.map(({ id, kind }) => [id, kind]),
      [
        ['0x1', 'object'],
        ['0x2', 'neighbour'],
      ],
    );
    assert.deepEqual(
      graph.edges.map(({ label }) => label),
      ['a, b'],
    );
  });

  it('says a pointer once when both of its ends are open', () => {
    const graph = draw([
      object(1, { outgoing: [pointer('t_procp', 2)] }),
      object(2, { incoming: [holder('t_procp', 1)] }),
    ]);
    assert.equal(graph.edges.length, 1);
  });

  it('keeps a list in one node until it is opened, and both directions of a ring are one list', () => {
    const elements = [2, 3, 4].map(address);
    const back = elements.toReversed();
    const ring = object(1, {
      outgoing: [
        pointer('next', 2, { list: { elements, count: 3 } }),
        pointer('prev', 4, { list: { elements: back, count: 3 } }),
      ],
    });
    const closed = draw([ring]);
    assert.deepEqual(
      closed.nodes.map(({ kind, title, lines }) => [kind, title, ...lines]).slice(1),
      [['group', '3 × struct proc', 'along next, prev']],
    );
    const opened = draw([ring], [closed.nodes[1]?.id ?? '']);
    assert.deepEqual(ids(opened), ['0x1', '0x2', '0x3', '0x4']);
    assert.deepEqual(
      opened.edges.map(({ from, to }) => [from, to]),
      [
        ['0x1', '0x2'],
        ['0x2', '0x3'],
        ['0x3', '0x4'],
      ],
    );
  });

  it('does not draw a list of thousands, open or not', () => {
    const elements = Array.from({ length: 100 }, (_, index) => address(index + 2));
    const long = object(1, { outgoing: [pointer('next', 2, { list: { elements, count: 5000 } })] });
    const opened = draw([long], ['list next of 0x1']);
    assert.equal(opened.nodes.length, 1 + elementLimit + 1);
    assert.equal(opened.nodes.at(-1)?.title, `${5000 - elementLimit} more`);
  });

  it('groups many holders of one kind, and says once what one table says often', () => {
    const many = Array.from({ length: 9 }, (_, index) => holder('owner', index + 10));
    const table = [3, 4, 5].map((index) => holder(`ring[${index}].thread`, 99, 'entry [8]'));
    const graph = draw([object(1, { incoming: [...many, ...table] })]);
    assert.deepEqual(
      graph.edges.map(({ from, label }) => [from, label]),
      [
        ['struct holder owner to 0x1', 'owner'],
        ['0x63', 'ring[*].thread (3)'],
      ],
    );
    assert.equal(graph.nodes.find(({ kind }) => kind === 'group')?.title, '9 × struct holder');
    const opened = draw([object(1, { incoming: many })], ['struct holder owner to 0x1']);
    assert.equal(opened.nodes.length, 10);
  });

  it('draws a bounded number of neighbours and tells of the others', () => {
    const outgoing = Array.from({ length: 40 }, (_, index) => pointer(`m${index}`, index + 2));
    const graph = draw([object(1, { outgoing, incomingLeft: 7 })]);
    assert.equal(graph.nodes.length, 1 + neighbourLimit + 2);
    assert.deepEqual(
      graph.nodes.slice(-2).map(({ title }) => title),
      [`${40 - neighbourLimit} more`, '7 more'],
    );
  });

  it('drops what can no longer be reached when an object is closed', () => {
    const first = object(1, { outgoing: [pointer('a', 2)] });
    const second = object(2, { outgoing: [pointer('b', 3)] });
    const third = object(3, { outgoing: [pointer('c', 4)] });
    assert.deepEqual(ids(draw([first, second, third])), ['0x1', '0x2', '0x3', '0x4']);
    assert.deepEqual(ids(draw([first, third])), ['0x1', '0x2']);
  });
});
