/** Address ranges, each with a number: which one holds an address. Typed arrays, binary search. */

/** Collects ranges; `build` sorts them. */
export class AddressMapBuilder {
  private lows = new BigUint64Array(64);
  private highs = new BigUint64Array(64);
  private values = new Uint32Array(64);
  private count = 0;

  /** Adds `[low, high)`, unless it is empty. */
  add(low: bigint, high: bigint, value: number): void {
    if (low >= high) return;
    if (this.count === this.lows.length) this.grow();
    this.lows[this.count] = low;
    this.highs[this.count] = high;
    this.values[this.count] = value;
    this.count += 1;
  }

  build(): AddressMap {
    const order = new Uint32Array(this.count).map((_, index) => index);
    const { lows, highs } = this;
    const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
    // Of ranges that start together the longer comes first, so that the inner one is found first.
    order.sort(
      (a, b) =>
        compare(lows[a] ?? 0n, lows[b] ?? 0n) || compare(highs[b] ?? 0n, highs[a] ?? 0n) || a - b,
    );
    return new AddressMap(
      BigUint64Array.from(order, (index) => lows[index] ?? 0n),
      BigUint64Array.from(order, (index) => highs[index] ?? 0n),
      Uint32Array.from(order, (index) => this.values[index] ?? 0),
    );
  }

  private grow(): void {
    const size = this.count * 2;
    const [lows, highs] = [new BigUint64Array(size), new BigUint64Array(size)];
    const values = new Uint32Array(size);
    lows.set(this.lows);
    highs.set(this.highs);
    values.set(this.values);
    [this.lows, this.highs, this.values] = [lows, highs, values];
  }
}

/** Sorted ranges. They may nest and overlap: the one that starts last wins. */
export class AddressMap {
  private readonly lows: BigUint64Array;
  private readonly highs: BigUint64Array;
  private readonly values: Uint32Array;
  /** The highest end of this range and all before it: where a search backwards may stop. */
  private readonly reaches: BigUint64Array;

  constructor(lows: BigUint64Array, highs: BigUint64Array, values: Uint32Array) {
    this.lows = lows;
    this.highs = highs;
    this.values = values;
    let reach = 0n;
    this.reaches = highs.map((high) => (reach = high > reach ? high : reach));
  }

  get count(): number {
    return this.values.length;
  }

  /** The number of the innermost range that holds an address. */
  at(address: bigint): number | undefined {
    let low = 0;
    let high = this.lows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.lows[middle] ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    for (let index = low - 1; index >= 0 && (this.reaches[index] ?? 0n) > address; index--)
      if ((this.highs[index] ?? 0n) > address) return this.values[index];
    return undefined;
  }
}
