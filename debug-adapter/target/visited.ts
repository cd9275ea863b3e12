/** A set of 64-bit addresses for traversals: exact, growing, and without an object per element. */

const initialCapacity = 1024;

/** Open addressing over typed arrays: about 24 bytes per address. */
export class VisitedAddresses {
  private capacity = initialCapacity;
  private count = 0;
  private slots = new BigUint64Array(initialCapacity);
  private words = new Uint32Array(this.slots.buffer);
  private holdsZero = false;
  private readonly key = new BigUint64Array(1);
  private readonly keyWords = new Uint32Array(this.key.buffer);

  get size(): number {
    return this.count + (this.holdsZero ? 1 : 0);
  }

  /** Adds an address; false when it was there already. */
  add(address: bigint): boolean {
    if (address === 0n) {
      const isNew = !this.holdsZero;
      this.holdsZero = true;
      return isNew;
    }
    this.key[0] = address;
    if (!this.insert(this.keyWords[0] ?? 0, this.keyWords[1] ?? 0)) return false;
    if (++this.count * 2 > this.capacity) this.grow();
    return true;
  }

  private insert(first: number, second: number): boolean {
    const { words } = this;
    const mask = this.capacity - 1;
    let slot = hash(first, second) & mask;
    for (;;) {
      const low = words[slot * 2] ?? 0;
      const high = words[slot * 2 + 1] ?? 0;
      if (low === first && high === second) return false;
      if (low === 0 && high === 0) break;
      slot = (slot + 1) & mask;
    }
    words[slot * 2] = first;
    words[slot * 2 + 1] = second;
    return true;
  }

  private grow(): void {
    const old = this.words;
    this.capacity *= 2;
    this.slots = new BigUint64Array(this.capacity);
    this.words = new Uint32Array(this.slots.buffer);
    for (let index = 0; index < old.length; index += 2) {
      const first = old[index] ?? 0;
      const second = old[index + 1] ?? 0;
      if (first !== 0 || second !== 0) this.insert(first, second);
    }
  }
}

/** Mixes all bits: list elements differ in the middle ones. The constants are those of MurmurHash3's finaliser. */
function hash(first: number, second: number): number {
  let mixed = first ^ Math.imul(second, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
