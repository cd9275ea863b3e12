/** A set of 64-bit addresses for traversals: exact, growing, and without an object per element. */

/** A bit for each aligned word of a block of 512 bytes. */
const blockBits = 9;
/** Blocks whose slots lie together: a walk in address order stays in a kilobyte of the table. */
const windowBits = 6;
const windowMask = (1 << windowBits) - 1;
/** Two numbers that name the block, two that are its bits: a slot is a quarter of a cache line. */
const slotNumbers = 4;
/** Where the next slot is tried. Odd, so that all of them are reached. */
const probeStride = (1 << windowBits) + 1;
/** Slots at first: a stack has a few frames, and there are many stacks. */
const initialSlots = 64;

/**
 * One bit per aligned address, in blocks found by hashing: an element costs one access that misses the processor's cache, and
 * at most 46 bytes however far it is from the others; those of a list in one heap cost a few bytes each. Addresses that are not
 * aligned to 8 bytes are rare (they are damage) and kept in a `Set`.
 */
export class VisitedAddresses {
  private readonly unaligned = new Set<bigint>();
  /** A power of two. */
  private slotCount = initialSlots;
  private slots = new Uint32Array(initialSlots * slotNumbers);
  private blockCount = 0;
  /** The block asked for last, and its slot: neighbours ask for it again. No block has the number -1. */
  private lastBlock = -1;
  private lastHigh = 0;
  private lastAt = 0;

  /** Adds an address; false when it was there already. */
  add(address: bigint): boolean {
    key[0] = address;
    const low = keyHalves[lowHalf] ?? 0;
    if ((low & 7) !== 0) return this.addUnaligned(address);
    const block = low >>> blockBits;
    const high = keyHalves[1 - lowHalf] ?? 0;
    if (block !== this.lastBlock || high !== this.lastHigh) {
      this.lastAt = this.findBlock(high, block);
      this.lastBlock = block;
      this.lastHigh = high;
    }
    const at = this.lastAt;
    const word = at + 2 + ((low >>> 8) & 1);
    const bit = 1 << ((low >>> 3) & 31);
    const bits = this.slots[word] ?? 0;
    if ((bits & bit) !== 0) return false;
    this.slots[word] = bits | bit;
    return true;
  }

  private addUnaligned(address: bigint): boolean {
    if (this.unaligned.has(address)) return false;
    this.unaligned.add(address);
    return true;
  }

  /** Place of a block's slot; a new one when the block was never seen. */
  private findBlock(high: number, block: number): number {
    const { slots } = this;
    const mask = this.slotCount - 1;
    for (let slot = firstSlot(high, block) & mask; ; slot = (slot + probeStride) & mask) {
      const at = slot * slotNumbers;
      if (slots[at + 2] === 0 && slots[at + 3] === 0) return this.newBlock(high, block, at);
      if (slots[at] === block && slots[at + 1] === high) return at;
    }
  }

  /** The caller sets a bit: a slot without one is free. */
  private newBlock(high: number, block: number, at: number): number {
    if (++this.blockCount * 10 > this.slotCount * 7) {
      this.grow();
      this.blockCount--;
      return this.findBlock(high, block);
    }
    this.slots[at] = block;
    this.slots[at + 1] = high;
    return at;
  }

  private grow(): void {
    const old = this.slots;
    this.slotCount *= 2;
    const slots = new Uint32Array(this.slotCount * slotNumbers);
    const mask = this.slotCount - 1;
    for (let from = 0; from < old.length; from += slotNumbers) {
      if (old[from + 2] === 0 && old[from + 3] === 0) continue;
      let slot = firstSlot(old[from + 1] ?? 0, old[from] ?? 0) & mask;
      for (; ; slot = (slot + probeStride) & mask)
        if (slots[slot * slotNumbers + 2] === 0 && slots[slot * slotNumbers + 3] === 0) break;
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

/** The window by the hash of what its blocks have in common; in it neighbours follow one another, from a place that the hash gives. */
function firstSlot(high: number, block: number): number {
  const mixed = Math.imul((block >>> windowBits) ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  const hash = mixed ^ (mixed >>> 15);
  return (hash << windowBits) | ((block + (hash >>> 20)) & windowMask);
}
