/** Linked structures: every one ends, and says where and why. */
import assert from 'node:assert/strict';
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import {
  chainProblem,
  followChain,
  walkChain,
  walkTree,
  type Chain,
  type ChainEnd,
} from '../../debug-adapter/target/lists.ts';
import { VisitedAddresses } from '../../debug-adapter/target/visited.ts';
import { memoryOfWords } from './memory-fixture.ts';

type Links = Readonly<Record<string, bigint>>;

/** Links at offset 8 of their elements. */
function follow(links: Links, chain: Partial<Chain> & { first: bigint }) {
  const memory = memoryOfWords(
    Object.fromEntries(Object.entries(links).map(([at, to]) => [`${BigInt(at) + 8n}`, to])),
  );
  const walk = followChain(memory, { linkOffset: 8n, ...chain });
  const elements: bigint[] = [];
  for (let step = walk.next(); ; step = walk.next()) {
    if (step.done === true) return { elements, end: step.value };
    elements.push(step.value);
  }
}

function summary(end: ChainEnd): string {
  return chainProblem(end) ?? end.reason;
}

describe('lists', () => {
  it('end in NULL', () => {
    const { elements, end } = follow({ 0x100: 0x200n, 0x200: 0n }, { first: 0x100n });
    assert.deepEqual(elements, [0x100n, 0x200n]);
    assert.deepEqual(end, { reason: 'null', element: 0x200n, count: 2 });
  });

  it('are empty when the first link is 0', () => {
    assert.deepEqual(follow({}, { first: 0n }).end, {
      reason: 'null',
      element: undefined,
      count: 0,
    });
  });

  it('end at the head of a circular list, which is no element', () => {
    const links = { 0x100: 0x200n, 0x200: 0x50n };
    assert.deepEqual(follow(links, { first: 0x100n, end: 0x50n }).elements, [0x100n, 0x200n]);
    assert.deepEqual(follow({}, { first: 0x50n, end: 0x50n }).elements, []);
  });

  it('end on return to the first element of a ring', () => {
    const links = { 0x100: 0x200n, 0x200: 0x100n };
    const { elements, end } = follow(links, { first: 0x100n, isRing: true });
    assert.deepEqual([elements, end.reason], [[0x100n, 0x200n], 'end']);
    assert.deepEqual(follow({ 0x100: 0x100n }, { first: 0x100n, isRing: true }).elements, [0x100n]);
  });

  it('that lead back into their middle give each element once', () => {
    const links = { 0x100: 0x200n, 0x200: 0x300n, 0x300: 0x200n };
    const { elements, end } = follow(links, { first: 0x100n });
    assert.deepEqual(elements, [0x100n, 0x200n, 0x300n]);
    assert.equal(summary(end), 'loops: the link of element 3 (300) leads back to 200');
  });

  it('that end in a bad pointer give what comes before, and the bad element itself', () => {
    const { elements, end } = follow({ 0x100: 0xdead0000n }, { first: 0x100n });
    assert.deepEqual(elements, [0x100n, 0xdead0000n]);
    assert.equal(
      summary(end),
      "breaks: the link of element 2 (dead0000) can't be read: no mapping for address",
    );
  });

  it('stop at their limit', () => {
    const links = { 0x100: 0x200n, 0x200: 0x300n, 0x300: 0n };
    const { elements, end } = follow(links, { first: 0x100n, limit: 2 });
    assert.deepEqual(elements, [0x100n, 0x200n]);
    assert.equal(summary(end), 'has more than 2 elements: stopped at 300');
  });

  it('may be linked in the middle of their elements', () => {
    const { elements } = follow({ 0x110: 0x210n, 0x210: 0n }, { first: 0x110n, nodeOffset: 0x10n });
    assert.deepEqual(elements, [0x100n, 0x200n]);
  });

  it('wrap at the end of the address space', () => {
    const { elements, end } = follow({}, { first: 0xffff_ffff_ffff_fff8n });
    assert.deepEqual([elements, end.reason], [[0xffff_ffff_ffff_fff8n], 'fault']);
  });

  it('throw for walkers, after the elements that could be read', () => {
    const memory = memoryOfWords({ 0x100: 0x200n, 0x200: 0x200n, 0x300: 0x400n });
    const seen: bigint[] = [];
    const walk = (first: bigint) => () => {
      for (const each of walkChain(memory, { first, linkOffset: 0n }, 'proc list')) seen.push(each);
    };
    assert.throws(walk(0x100n), (error) => {
      assert.ok(error instanceof LookupError);
      return error.message === 'proc list loops: the link of element 2 (200) leads back to 200';
    });
    assert.throws(walk(0x300n), (error) => {
      assert.ok(error instanceof FaultError);
      return /^failed to read 8 bytes at 400: .*link of element 2 \(400\)/.test(error.message);
    });
    assert.deepEqual(seen, [0x100n, 0x200n, 0x300n, 0x400n]);
  });
});

describe('trees', () => {
  const tree = (root: bigint, links: Links) => [
    ...walkTree(
      memoryOfWords(links),
      { root, leftOffset: 0n, rightOffset: 8n, nodeOffset: 0x10n },
      'tree',
    ),
  ];

  it('give their elements in order', () => {
    const links = {
      0x110: 0x210n,
      0x118: 0x310n,
      0x210: 0n,
      0x218: 0n,
      0x310: 0n,
      0x318: 0n,
    };
    assert.deepEqual(tree(0x110n, links), [0x200n, 0x100n, 0x300n]);
    assert.deepEqual(tree(0n, {}), []);
  });

  it('that loop end', () => {
    assert.throws(() => tree(0x110n, { 0x110: 0n, 0x118: 0x110n }), /tree loops at node 110/);
    assert.throws(() => tree(0x110n, { 0x110: 0x110n }), /tree loops at node 110/);
  });

  it('that are a list ever deeper end', () => {
    const links: Record<string, bigint> = {};
    for (let node = 0x1000n; node < 0x9000n; node += 0x10n) {
      links[`${node}`] = node + 0x10n;
      links[`${node + 8n}`] = 0n;
    }
    assert.throws(() => tree(0x1000n, links), /tree is deeper than 256 levels/);
  });
});

describe('visited addresses', () => {
  it('are a set, as Set is', () => {
    const seen = new VisitedAddresses();
    const model = new Set<bigint>();
    let state = 12345n;
    for (let index = 0; index < 20_000; index++) {
      state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
      // Few bits vary, as in lists, and 0 comes too.
      const address = (state >> 20n) & (index % 5 === 0 ? 0xf_ffff_ff00_000fn : 0xfff8n);
      assert.equal(seen.add(address), !model.has(address));
      model.add(address);
    }
  });
});
