/** A set of 64-bit addresses for traversals: exact, growing, and without an object per element. */

const pageBits = 12;
/** A bit for each aligned word of a page: 64 bytes, a cache line. */
const wordsPerPage = 16;
const initialPages = 256;

/**
 * One bit per aligned address, by pages: a list of a million elements takes about as much as one byte per element, and
 * neighbours share a cache line. Addresses that are not aligned to 8 bytes are rare (they are damage) and kept in a `Set`.
 */
export class VisitedAddresses {
  private readonly unaligned = new Set<bigint>();
  /** Slots of the page table: a power of two, at least twice the pages. */
  private slotCount = initialPages * 2;
  private highs = new Uint32Array(this.slotCount);
  private lows = new Uint32Array(this.slotCount);
  /** Number of the page's bitmap plus one; 0 is an empty slot. */
  private numbers = new Uint32Array(this.slotCount);
  private bitmaps = new Uint32Array(initialPages * wordsPerPage);
  private pageCount = 0;
  private readonly key = new BigUint64Array(1);
  private readonly keyHalves = new Uint32Array(this.key.buffer);

  /** Adds an address; false when it was there already. */
  add(address: bigint): boolean {
    this.key[0] = address;
    const low = this.keyHalves[lowHalf] ?? 0;
    if ((low & 7) !== 0) return this.addUnaligned(address);
    const page = this.findPage(this.keyHalves[1 - lowHalf] ?? 0, low >>> pageBits);
    const index = page * wordsPerPage + ((low >>> 8) & (wordsPerPage - 1));
    const bit = 1 << ((low >>> 3) & 31);
    const word = this.bitmaps[index] ?? 0;
    if ((word & bit) !== 0) return false;
    this.bitmaps[index] = word | bit;
    return true;
  }

  private addUnaligned(address: bigint): boolean {
    if (this.unaligned.has(address)) return false;
    this.unaligned.add(address);
    return true;
  }

  /** The number of a page's bitmap; a new one when the page was never seen. */
  private findPage(high: number, low: number): number {
    const mask = this.slotCount - 1;
    let slot = hash(high, low) & mask;
    for (;;) {
      const number = this.numbers[slot] ?? 0;
      if (number === 0) return this.newPage(high, low, slot);
      if (this.lows[slot] === low && this.highs[slot] === high) return number - 1;
      slot = (slot + 1) & mask;
    }
  }

  private newPage(high: number, low: number, slot: number): number {
    const page = this.pageCount++;
    this.highs[slot] = high;
    this.lows[slot] = low;
    this.numbers[slot] = page + 1;
    if (this.pageCount * wordsPerPage > this.bitmaps.length) {
      const larger = new Uint32Array(this.bitmaps.length * 2);
      larger.set(this.bitmaps);
      this.bitmaps = larger;
    }
    if (this.pageCount * 2 > this.slotCount) this.growTable();
    return page;
  }

  private growTable(): void {
    const { highs, lows, numbers } = this;
    this.slotCount *= 2;
    this.highs = new Uint32Array(this.slotCount);
    this.lows = new Uint32Array(this.slotCount);
    this.numbers = new Uint32Array(this.slotCount);
    const mask = this.slotCount - 1;
    for (const [index, number] of numbers.entries()) {
      if (number === 0) continue;
      const high = highs[index] ?? 0;
      const low = lows[index] ?? 0;
      let slot = hash(high, low) & mask;
      while ((this.numbers[slot] ?? 0) !== 0) slot = (slot + 1) & mask;
      this.highs[slot] = high;
      this.lows[slot] = low;
      this.numbers[slot] = number;
    }
  }
}

/** Which half of a 64-bit number comes first on this computer. */
const lowHalf = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

function hash(high: number, low: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
