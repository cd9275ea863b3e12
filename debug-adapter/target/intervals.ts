/** Ranges of addresses that may lie in one another, and which of them hold an address. */

export interface Interval {
  readonly start: bigint;
  /** One past the last address. */
  readonly end: bigint;
}

/** Sorted once; each question costs a search and what it finds. */
export class Intervals<Item extends Interval> {
  private readonly sorted: readonly Item[];
  /** The highest end of each item and all before it: where a search backwards can stop. */
  private readonly reach: BigUint64Array;

  constructor(items: Iterable<Item>) {
    this.sorted = [...items].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    this.reach = new BigUint64Array(this.sorted.length);
    let highest = 0n;
    for (const [index, { end }] of this.sorted.entries()) {
      if (end > highest) highest = end;
      this.reach[index] = highest;
    }
  }

  /** Those that hold an address, the one that starts last first; of those that start together, in the order given. */
  *at(address: bigint): Generator<Item> {
    const found: Item[] = [];
    for (let index = this.lastAtOrBelow(address); index >= 0; index--) {
      const item = this.sorted[index];
      if (!item || (this.reach[index] ?? 0n) <= address) break;
      if (found[0] && found[0].start !== item.start) yield* found.splice(0).reverse();
      if (item.end > address) found.push(item);
    }
    yield* found.reverse();
  }

  private lastAtOrBelow(address: bigint): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle]?.start ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
