/** A set of 64-bit addresses for traversals: exact, growing, and without an object per element. */

const pageBits = 12;
/** A bit for each aligned word of a page: 64 bytes, a cache line. */
const wordsPerPage = 16;
/** A stack has a few frames, and there are many stacks. */
const initialPages = 8;
/** Numbers of a slot: the page's address in two, the number of its bitmap plus one; a fourth keeps a slot in one cache line. */
const slotNumbers = 4;

/**
 * One bit per aligned address, by pages: a list of a million elements takes about as much as two bytes per element, and
 * neighbours share a cache line. Addresses that are not aligned to 8 bytes are rare (they are damage) and kept in a `Set`.
 */
export class VisitedAddresses {
  private readonly unaligned = new Set<bigint>();
  /** A power of two, at least twice the pages. */
  private slotCount = initialPages * 2;
  private slots = new Uint32Array(this.slotCount * slotNumbers);
  private bitmaps = new Uint32Array(initialPages * wordsPerPage);
  private pageCount = 0;
  /** The page asked for last and the number of its bitmap: neighbours ask for it again. No page has the number -1. */
  private lastLow = -1;
  private lastHigh = 0;
  private lastPage = 0;

  /** Adds an address; false when it was there already. */
  add(address: bigint): boolean {
    key[0] = address;
    const low = keyHalves[lowHalf] ?? 0;
    if ((low & 7) !== 0) return this.addUnaligned(address);
    const high = keyHalves[1 - lowHalf] ?? 0;
    const pageLow = low >>> pageBits;
    if (pageLow !== this.lastLow || high !== this.lastHigh) {
      this.lastPage = this.findPage(high, pageLow);
      this.lastLow = pageLow;
      this.lastHigh = high;
    }
    const index = this.lastPage * wordsPerPage + ((low >>> 8) & (wordsPerPage - 1));
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
    const { slots } = this;
    for (let slot = hash(high, low) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * slotNumbers;
      const number = slots[at + 2] ?? 0;
      if (number === 0) return this.newPage(high, low, at);
      if (slots[at] === low && slots[at + 1] === high) return number - 1;
    }
  }

  private newPage(high: number, low: number, at: number): number {
    const page = this.pageCount++;
    this.slots[at] = low;
    this.slots[at + 1] = high;
    this.slots[at + 2] = page + 1;
    if (this.pageCount * wordsPerPage > this.bitmaps.length) {
      const larger = new Uint32Array(this.bitmaps.length * 2);
      larger.set(this.bitmaps);
      this.bitmaps = larger;
    }
    if (this.pageCount * 2 > this.slotCount) this.growTable();
    return page;
  }

  private growTable(): void {
    const old = this.slots;
    this.slotCount *= 2;
    const slots = new Uint32Array(this.slotCount * slotNumbers);
    const mask = this.slotCount - 1;
    for (let from = 0; from < old.length; from += slotNumbers) {
      if (old[from + 2] === 0) continue;
      let slot = hash(old[from + 1] ?? 0, old[from] ?? 0) & mask;
      while (slots[slot * slotNumbers + 2] !== 0) slot = (slot + 1) & mask;
      for (let number = 0; number < slotNumbers; number++)
        slots[slot * slotNumbers + number] = old[from + number] ?? 0;
    }
    this.slots = slots;
  }
}

/** A 64-bit address on its way into two numbers. */
const key = new BigUint64Array(1);
const keyHalves = new Uint32Array(key.buffer);

/** Which half of a 64-bit number comes first on this computer. */
const lowHalf = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

function hash(high: number, low: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
