/** Traversals of linked structures in a dump: each ends, whatever the memory holds, and says where and why. */
import { FaultError, LookupError, unreachable } from '../../dump-format/errors.ts';
import type { Memory } from '../../dump-format/memory.ts';
import { VisitedAddresses } from './visited.ts';

/** Elements a traversal takes when its caller sets no limit. */
export const defaultWalkLimit = 16_777_216;

/** Levels a binary tree may have; a balanced one of 2^64 nodes has fewer. */
export const treeDepthLimit = 256;

/** A singly linked chain, or one direction of a doubly linked one. */
export interface Chain {
  /** C type of the addresses: pointers to whatever the link points to. 0 is the empty list. */
  readonly first: bigint;
  /** Bytes from where a link points to, to the next link. */
  readonly linkOffset: bigint;
  /** The link that ends the list besides 0: the head of a circular list, which is no element. */
  readonly end?: bigint;
  /** True when the list has no head: it ends on return to the first element. */
  readonly isRing?: boolean;
  /** Bytes from the start of an element to where links point to (`list_node_t` in its middle). Default 0. */
  readonly nodeOffset?: bigint;
  readonly limit?: number;
}

type EndReason =
  | { readonly reason: 'null' | 'end' }
  /** `target`: the element that the last one's link leads back to. */
  | { readonly reason: 'loop'; readonly target: bigint }
  /** `target`: the element whose link can't be read. */
  | { readonly reason: 'fault'; readonly target: bigint; readonly fault: FaultError }
  /** `target`: the element that would have come next. */
  | { readonly reason: 'limit'; readonly target: bigint };

/** How a traversal ended. `element` is the last one given, undefined when there was none; `count` is how many were. */
export type ChainEnd = EndReason & {
  readonly element: bigint | undefined;
  readonly count: number;
};

/**
 * Gives the elements of a chain, each once, in link order, and returns how it ended.
 *
 * An element is given before its link is read, so an element in an absent page is given too: its address is known, its
 * content isn't (mdb does the same).
 */
export function* followChain(memory: Memory, chain: Chain): Generator<bigint, ChainEnd> {
  const walk = new ChainWalk(memory, chain);
  for (let size = 1; ; size = Math.min(size * 2, batchLimit)) {
    const batch = walk.next(size);
    for (const element of batch) yield element;
    if (walk.end) return walk.end;
  }
}

/** Elements that are read ahead of their use, at most. The first batches are small: `::head` should not read a list. */
const batchLimit = 256;

/**
 * The loop behind `followChain`, in batches: a plain loop runs about twice as fast as one that yields in its middle.
 */
class ChainWalk {
  /** Set once the last element has been given. */
  end: ChainEnd | undefined;
  private readonly memory: Memory;
  private readonly chain: Chain;
  private readonly limit: number;
  private readonly visited = new VisitedAddresses();
  private node: bigint;
  private element: bigint | undefined;
  private count = 0;

  constructor(memory: Memory, chain: Chain) {
    this.memory = memory;
    this.chain = chain;
    this.limit = chain.limit ?? defaultWalkLimit;
    this.node = chain.first;
  }

  /** At most `size` more elements. */
  next(size: number): readonly bigint[] {
    const { memory, visited } = this;
    const { first, linkOffset, end = 0n, nodeOffset = 0n, isRing = false } = this.chain;
    const isShifted = nodeOffset !== 0n;
    const isOffset = linkOffset !== 0n;
    const batch: bigint[] = [];
    let { node } = this;
    while (batch.length < size) {
      if (node === 0n) return this.finish(batch, { reason: 'null' });
      if (node === end || (isRing && node === first && this.count + batch.length > 0))
        return this.finish(batch, { reason: 'end' });
      const current = isShifted ? BigInt.asUintN(64, node - nodeOffset) : node;
      if (!visited.add(node)) return this.finish(batch, { reason: 'loop', target: current });
      if (this.count + batch.length >= this.limit)
        return this.finish(batch, { reason: 'limit', target: current });
      batch.push(current);
      try {
        node = memory.readU64(isOffset ? BigInt.asUintN(64, node + linkOffset) : node);
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        return this.finish(batch, { reason: 'fault', target: current, fault: error });
      }
    }
    this.node = node;
    this.remember(batch);
    return batch;
  }

  private remember(batch: readonly bigint[]): void {
    this.element = batch.at(-1) ?? this.element;
    this.count += batch.length;
  }

  private finish(batch: readonly bigint[], why: EndReason): readonly bigint[] {
    this.remember(batch);
    this.end = { ...why, element: this.element, count: this.count };
    return batch;
  }
}

/**
 * The same for a walker: what could be read, then an error when the list is not whole.
 *
 * @param what the list, for the message: `proc list`
 * @throws FaultError, LookupError as `chainProblem` words it
 */
export function* walkChain(memory: Memory, chain: Chain, what: string): Generator<bigint> {
  const end = yield* followChain(memory, chain);
  if (end.reason === 'fault') {
    const { address, length, reason } = end.fault;
    throw new FaultError(address, length, `${reason} (${what}: link of element ${count(end)})`);
  }
  const problem = chainProblem(end);
  if (problem !== undefined) throw new LookupError(`${what} ${problem}`);
}

/** What is wrong with a list, or undefined when it ended as it should. */
export function chainProblem(end: ChainEnd): string | undefined {
  switch (end.reason) {
    case 'null':
    case 'end':
      return undefined;
    case 'loop':
      return `loops: the link of element ${count(end)} leads back to ${hex(end.target)}`;
    case 'fault':
      return `breaks: the link of element ${count(end)} can't be read: ${end.fault.reason}`;
    case 'limit':
      return `has more than ${end.count} elements: stopped at ${hex(end.target)}`;
    default:
      return unreachable(end);
  }
}

function count(end: ChainEnd): string {
  return `${end.count} (${end.element === undefined ? '-' : hex(end.element)})`;
}

function hex(value: bigint): string {
  return value.toString(16);
}

/** A binary tree whose nodes hold two child pointers: AVL, red-black. */
export interface Tree {
  /** Node address, or 0. */
  readonly root: bigint;
  /** Bytes from a node to its child pointers. */
  readonly leftOffset: bigint;
  readonly rightOffset: bigint;
  /** Bytes from the start of an element to its node. */
  readonly nodeOffset?: bigint;
  /** Bits of a child pointer that are not address (illumos keeps none, Linux a colour in the parent only). */
  readonly pointerMask?: bigint;
  readonly limit?: number;
}

/**
 * Gives the elements of a tree in order, each once.
 *
 * @throws FaultError, LookupError after the elements that could be reached in order
 */
export function* walkTree(memory: Memory, tree: Tree, what: string): Generator<bigint> {
  const { leftOffset, rightOffset, nodeOffset = 0n, limit = defaultWalkLimit } = tree;
  const mask = tree.pointerMask ?? 0xffff_ffff_ffff_ffffn;
  const visited = new VisitedAddresses();
  const path: bigint[] = [];
  let node = tree.root & mask;
  let given = 0;
  while (node !== 0n || path.length > 0) {
    while (node !== 0n) {
      if (!visited.add(node)) throw new LookupError(`${what} loops at node ${hex(node)}`);
      if (path.length >= treeDepthLimit)
        throw new LookupError(`${what} is deeper than ${treeDepthLimit} levels at ${hex(node)}`);
      path.push(node);
      node = memory.readU64(BigInt.asUintN(64, node + leftOffset)) & mask;
    }
    const current = path.pop() ?? 0n;
    if (given++ >= limit) throw new LookupError(`${what} has more than ${limit} elements`);
    yield BigInt.asUintN(64, current - nodeOffset);
    node = memory.readU64(BigInt.asUintN(64, current + rightOffset)) & mask;
  }
}
