/** Address ranges and where their bytes are in a file: sorted, disjoint, in typed arrays, found by binary search. */

/** The `offset` of a range that is present and all zero without bytes in the file. */
export const zeroFilled = -1;

const addressLimit = 1n << 64n;
const lastAddress = addressLimit - 1n;

/** Where the halves of a 64-bit element lie in a `Uint32Array` over it: the host's byte order. */
export const lowHalf = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
export const highHalf = 1 - lowHalf;

/** What was odd about the ranges that were added. */
export interface RangeFaults {
  /** Ranges that ran past the last address and were cut there. */
  readonly wrapped: number;
  /** Ranges that claim other bytes for addresses that a range before them has. */
  readonly overlapping: number;
  /** First address of the first overlap. */
  readonly firstOverlap: bigint | undefined;
}

/** Collects ranges in any order. */
export class RangeBuilder {
  #starts = new BigUint64Array(64);
  #lasts = new BigUint64Array(64);
  #offsets = new Float64Array(64);
  #count = 0;
  #wrapped = 0;

  /**
   * Adds a range; an empty one is not kept, one that runs past the last address is cut there.
   *
   * @param offset of its first byte in the file, or `zeroFilled`
   */
  add(start: bigint, size: bigint, offset: number): void {
    if (size <= 0n) return;
    let last = start + size - 1n;
    if (last > lastAddress) {
      last = lastAddress;
      this.#wrapped++;
    }
    if (this.#count === this.#starts.length) this.#grow();
    this.#starts[this.#count] = start;
    this.#lasts[this.#count] = last;
    this.#offsets[this.#count] = offset;
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Sorts the ranges and makes them disjoint: an address belongs to the range that starts first,
   * and among those that start together to the one added first.
   *
   * Ranges that give the same bytes to the same addresses are no fault: `QEMU -p` writes 65,536 aliases of one page.
   */
  build(): { readonly ranges: Ranges; readonly faults: RangeFaults } {
    const order = this.#sortedOrder();
    const starts = new BigUint64Array(this.#count);
    const lasts = new BigUint64Array(this.#count);
    const offsets = new Float64Array(this.#count);
    let kept = 0;
    let overlapping = 0;
    let firstOverlap: bigint | undefined;
    for (let place = 0; place < this.#count; place++) {
      const index = order ? (order[place] ?? 0) : place;
      let start = this.#starts[index] ?? 0n;
      const last = this.#lasts[index] ?? 0n;
      let offset = this.#offsets[index] ?? 0;
      const coveredLast = kept > 0 ? (lasts[kept - 1] ?? 0n) : -1n;
      if (start <= coveredLast) {
        const covering = kept - 1;
        if (!isSameMapping(starts[covering] ?? 0n, offsets[covering] ?? 0, start, offset)) {
          overlapping++;
          firstOverlap ??= start;
        }
        if (last <= coveredLast) continue;
        if (offset !== zeroFilled) offset += Number(coveredLast + 1n - start);
        start = coveredLast + 1n;
      }
      starts[kept] = start;
      lasts[kept] = last;
      offsets[kept] = offset;
      kept++;
    }
    return {
      ranges: new Ranges(
        starts.subarray(0, kept),
        lasts.subarray(0, kept),
        offsets.subarray(0, kept),
      ),
      faults: { wrapped: this.#wrapped, overlapping, firstOverlap },
    };
  }

  /** Indexes by start, stable; undefined when they are in order already, as most files have them. */
  #sortedOrder(): Uint32Array | undefined {
    let isSorted = true;
    for (let index = 1; index < this.#count && isSorted; index++)
      isSorted = (this.#starts[index - 1] ?? 0n) <= (this.#starts[index] ?? 0n);
    if (isSorted) return undefined;
    const halves = new Uint32Array(this.#starts.buffer, 0, this.#count * 2);
    return Uint32Array.from({ length: this.#count }, (_, index) => index).sort(
      (left, right) =>
        (halves[left * 2 + highHalf] ?? 0) - (halves[right * 2 + highHalf] ?? 0) ||
        (halves[left * 2 + lowHalf] ?? 0) - (halves[right * 2 + lowHalf] ?? 0) ||
        left - right,
    );
  }

  #grow(): void {
    const capacity = this.#starts.length * 2;
    const [starts, lasts, offsets] = [this.#starts, this.#lasts, this.#offsets];
    this.#starts = new BigUint64Array(capacity);
    this.#lasts = new BigUint64Array(capacity);
    this.#offsets = new Float64Array(capacity);
    this.#starts.set(starts);
    this.#lasts.set(lasts);
    this.#offsets.set(offsets);
  }
}

/** Whether two mappings give the same byte of the file to each address. */
function isSameMapping(start: bigint, offset: number, otherStart: bigint, other: number): boolean {
  if (offset === zeroFilled || other === zeroFilled) return offset === other;
  return BigInt(other) - BigInt(offset) === otherStart - start;
}

/** Sorted, disjoint ranges. */
export class Ranges {
  /** First and last address of each: a last address fits 64 bits where an end would not. */
  readonly starts: BigUint64Array;
  readonly lasts: BigUint64Array;
  readonly offsets: Float64Array;
  readonly #startHalves: Uint32Array;
  readonly #lastHalves: Uint32Array;
  #previous = 0;
  /** For each range, the index of the last one that follows it without a gap; made when first asked for. */
  #runEnds: Uint32Array | undefined;

  constructor(starts: BigUint64Array, lasts: BigUint64Array, offsets: Float64Array) {
    this.starts = starts;
    this.lasts = lasts;
    this.offsets = offsets;
    this.#startHalves = new Uint32Array(starts.buffer, starts.byteOffset, starts.length * 2);
    this.#lastHalves = new Uint32Array(lasts.buffer, lasts.byteOffset, lasts.length * 2);
  }

  get count(): number {
    return this.starts.length;
  }

  start(index: number): bigint {
    return this.starts[index] ?? 0n;
  }

  last(index: number): bigint {
    return this.lasts[index] ?? 0n;
  }

  offset(index: number): number {
    return this.offsets[index] ?? 0;
  }

  /** Index of the range that holds the address with these halves, or -1. Tries the one found before first. */
  find(high: number, low: number): number {
    if (this.#holds(this.#previous, high, low)) return this.#previous;
    const index = this.#lastStartingAtOrBelow(high, low);
    if (!this.#holds(index, high, low)) return -1;
    this.#previous = index;
    return index;
  }

  /** Index of the range that holds `address`, else of the next one above; -1 when there is none. */
  findAtOrAbove(address: bigint): number {
    const low = Number(BigInt.asUintN(32, address));
    const below = this.#lastStartingAtOrBelow(Number(address >> 32n), low);
    if (below >= 0 && this.last(below) >= address) return below;
    return below + 1 < this.count ? below + 1 : -1;
  }

  /** Last address of the run of ranges without a gap that `index` begins or is in. */
  runLast(index: number): bigint {
    this.#runEnds ??= this.#findRuns();
    return this.last(this.#runEnds[index] ?? index);
  }

  #findRuns(): Uint32Array {
    const ends = new Uint32Array(this.count);
    for (let index = this.count - 1; index >= 0; index--) {
      const isJoined = index + 1 < this.count && this.last(index) + 1n === this.start(index + 1);
      ends[index] = isJoined ? (ends[index + 1] ?? index) : index;
    }
    return ends;
  }

  #holds(index: number, high: number, low: number): boolean {
    if (index < 0 || index >= this.count) return false;
    const startHigh = this.#startHalves[index * 2 + highHalf] ?? 0;
    if (high < startHigh) return false;
    if (high === startHigh && low < (this.#startHalves[index * 2 + lowHalf] ?? 0)) return false;
    const lastHigh = this.#lastHalves[index * 2 + highHalf] ?? 0;
    return (
      high < lastHigh || (high === lastHigh && low <= (this.#lastHalves[index * 2 + lowHalf] ?? 0))
    );
  }

  #lastStartingAtOrBelow(high: number, low: number): number {
    let from = 0;
    let to = this.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const startHigh = this.#startHalves[middle * 2 + highHalf] ?? 0;
      const isAtOrBelow =
        startHigh < high ||
        (startHigh === high && (this.#startHalves[middle * 2 + lowHalf] ?? 0) <= low);
      if (isAtOrBelow) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }
}
