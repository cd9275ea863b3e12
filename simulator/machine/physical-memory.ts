/** Sparse physical memory: pages in one slab, allocated when touched, copied on the first write after a snapshot. */
import { assert } from '../../dump-format/errors.ts';

export const pageSize = 4096;
/** Most pages that may be present at once: 1 GiB. */
export const maximumPages = 0x40000;

/** Properties of a present page. */
export const pageFlags = {
  /** Differs from its image of the last snapshot, or has none. */
  dirty: 1,
  /** Instructions have been decoded from it: every store must be noticed. */
  code: 2,
} as const;

/** Views of the slab. They are replaced when it grows; whoever keeps them registers a follower. */
export interface MemoryViews {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Int32Array;
  readonly view: DataView;
}

/** Page contents at one moment, shared between moments as long as they do not change. */
export interface MemorySnapshot {
  readonly images: readonly Uint8Array[];
  readonly frames: readonly number[];
}

export class PhysicalMemory {
  /** Bytes from address 0. */
  readonly size: number;
  views: MemoryViews;
  /** Present pages are slots 1 to `slotCount - 1` of the slab. */
  slotCount = 1;
  /** Called with the new views when the slab has moved. */
  onGrow: (views: MemoryViews) => void = () => {};
  /** Called before code is forgotten: the slot's bytes have changed. */
  onCodeChange: (slot: number) => void = () => {};

  private readonly slots: (Int32Array | undefined)[] = [];
  private frames: number[] = [-1];
  private flags = new Uint8Array(256);
  private images: Uint8Array[] = [new Uint8Array(0)];
  private dirtySlots: number[] = [];
  private base: MemorySnapshot | undefined;
  private readonly hashOfImage = new WeakMap<Uint8Array, bigint>();
  private readonly hashOfBase = new WeakMap<MemorySnapshot, bigint>();

  constructor(size: number) {
    assert(size % pageSize === 0 && size > 0, 'memory is a whole number of pages');
    this.size = size;
    this.views = viewsOf(new ArrayBuffer(256 * pageSize));
  }

  /** The slot of a page frame number; 0 when the page is absent. */
  slotOf(frame: number): number {
    return this.slots[frame >>> 10]?.[frame & 1023] ?? 0;
  }

  /** The page frame number in a slot. */
  frameOf(slot: number): number {
    return this.frames[slot] ?? -1;
  }

  /** True when memory has such a page frame, present or not. */
  hasFrame(frame: number): boolean {
    return frame >= 0 && frame < this.size / pageSize;
  }

  /** The slot of a page frame, which becomes present (and zero) if it was not. The frame must exist. */
  touch(frame: number): number {
    const found = this.slotOf(frame);
    return found === 0 ? this.allocate(frame) : found;
  }

  isCode(slot: number): boolean {
    return ((this.flags[slot] ?? 0) & pageFlags.code) !== 0;
  }

  markCode(slot: number): void {
    this.flags[slot] = (this.flags[slot] ?? 0) | pageFlags.code;
  }

  /** To be called before a page is written; cheap when it was. */
  markDirty(slot: number): void {
    const flags = this.flags[slot] ?? 0;
    if ((flags & pageFlags.dirty) !== 0) return;
    this.flags[slot] = flags | pageFlags.dirty;
    this.dirtySlots.push(slot);
  }

  /** To be called after bytes of a page were written by other means than a lookaside. */
  noteWrite(slot: number): void {
    if (((this.flags[slot] ?? 0) & pageFlags.code) === 0) return;
    this.flags[slot] = (this.flags[slot] ?? 0) & ~pageFlags.code;
    this.onCodeChange(slot);
  }

  /** A 64-bit value at a physical address that does not cross a page. The frame must exist. */
  read64(address: number): bigint {
    return this.views.view.getBigUint64(this.offsetOf(address), true);
  }

  write64(address: number, value: bigint): void {
    const slot = this.touch(Math.floor(address / pageSize));
    this.markDirty(slot);
    this.views.view.setBigUint64(slot * pageSize + (address % pageSize), value, true);
    this.noteWrite(slot);
  }

  read32(address: number): number {
    return this.views.view.getInt32(this.offsetOf(address), true);
  }

  write32(address: number, value: number): void {
    const slot = this.touch(Math.floor(address / pageSize));
    this.markDirty(slot);
    this.views.view.setInt32(slot * pageSize + (address % pageSize), value, true);
    this.noteWrite(slot);
  }

  /** Writes any number of bytes at a physical address. All frames must exist. */
  write(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const offset = (address + done) % pageSize;
      const length = Math.min(bytes.length - done, pageSize - offset);
      const slot = this.touch(Math.floor((address + done) / pageSize));
      this.markDirty(slot);
      this.views.bytes.set(bytes.subarray(done, done + length), slot * pageSize + offset);
      this.noteWrite(slot);
      done += length;
    }
  }

  /** The bytes of a present page, shared: valid until the machine runs again. */
  pageBytes(slot: number): Uint8Array {
    return this.views.bytes.subarray(slot * pageSize, (slot + 1) * pageSize);
  }

  /** Frame numbers of present pages, ascending. */
  presentFrames(): number[] {
    return this.frames.slice(1, this.slotCount).sort((a, b) => a - b);
  }

  /** Freezes the contents. Every lookaside that allows writing must be emptied by the caller. */
  snapshot(): MemorySnapshot {
    if (this.base && this.dirtySlots.length === 0) return this.base;
    for (const slot of this.dirtySlots) {
      this.images[slot] = this.pageBytes(slot).slice();
      this.flags[slot] = (this.flags[slot] ?? 0) & ~pageFlags.dirty;
    }
    this.dirtySlots = [];
    this.base = {
      images: this.images.slice(0, this.slotCount),
      frames: this.frames.slice(0, this.slotCount),
    };
    return this.base;
  }

  /** Back to frozen contents. Every lookaside must be emptied by the caller. */
  restore(snapshot: MemorySnapshot): void {
    const isBase = snapshot === this.base;
    if (isBase) {
      for (const slot of this.dirtySlots) this.restoreSlot(slot, snapshot);
    } else {
      for (let slot = 1; slot < Math.max(this.slotCount, snapshot.images.length); slot++) {
        const isDirty = ((this.flags[slot] ?? 0) & pageFlags.dirty) !== 0;
        const isSame =
          this.images[slot] === snapshot.images[slot] &&
          this.frames[slot] === snapshot.frames[slot];
        if (isDirty || !isSame || slot >= this.slotCount) this.restoreSlot(slot, snapshot);
      }
    }
    this.slotCount = snapshot.images.length;
    this.dirtySlots = [];
    this.base = snapshot;
  }

  /** Depends on frame numbers and bytes of present pages alone. */
  hash(): bigint {
    let sum = this.base ? this.baseHash(this.base) : 0n;
    for (const slot of this.dirtySlots) {
      const image = this.base?.images[slot];
      if (image) sum ^= this.imageHash(image, slot);
      sum ^= this.hashSlot(slot);
    }
    return sum;
  }

  /** Of the frozen contents alone, dirty pages as they were. */
  private baseHash(base: MemorySnapshot): bigint {
    const known = this.hashOfBase.get(base);
    if (known !== undefined) return known;
    let sum = 0n;
    for (let slot = 1; slot < base.images.length; slot++) {
      const image = base.images[slot];
      if (image) sum ^= this.imageHash(image, slot);
    }
    this.hashOfBase.set(base, sum);
    return sum;
  }

  private imageHash(image: Uint8Array, slot: number): bigint {
    const known = this.hashOfImage.get(image);
    if (known !== undefined) return known;
    const words = new Int32Array(image.buffer, image.byteOffset, pageSize / 4);
    const hash = hashWords(words, this.base?.frames[slot] ?? this.frameOf(slot));
    this.hashOfImage.set(image, hash);
    return hash;
  }

  private hashSlot(slot: number): bigint {
    const words = this.views.words.subarray(slot * 1024, (slot + 1) * 1024);
    return hashWords(words, this.frameOf(slot));
  }

  private offsetOf(address: number): number {
    return this.touch(Math.floor(address / pageSize)) * pageSize + (address % pageSize);
  }

  private restoreSlot(slot: number, snapshot: MemorySnapshot): void {
    const frame = snapshot.frames[slot];
    const image = snapshot.images[slot];
    const before = this.frames[slot];
    if (slot < this.slotCount && ((this.flags[slot] ?? 0) & pageFlags.code) !== 0)
      this.onCodeChange(slot);
    if (before !== undefined && before !== frame && this.slotOf(before) === slot)
      this.setSlot(before, 0);
    this.flags[slot] = 0;
    if (frame === undefined || image === undefined) return;
    this.setSlot(frame, slot);
    this.frames[slot] = frame;
    this.images[slot] = image;
    this.views.bytes.set(image, slot * pageSize);
  }

  private allocate(frame: number): number {
    assert(this.hasFrame(frame), `page frame ${frame} exists`);
    const slot = this.slotCount++;
    assert(slot < maximumPages, `fewer than ${maximumPages} pages are touched (maximumPages)`);
    if (slot * pageSize >= this.views.bytes.length) this.grow();
    this.setSlot(frame, slot);
    this.frames[slot] = frame;
    this.flags[slot] = pageFlags.dirty;
    this.dirtySlots.push(slot);
    this.views.bytes.fill(0, slot * pageSize, (slot + 1) * pageSize);
    return slot;
  }

  private setSlot(frame: number, slot: number): void {
    const chunk = (this.slots[frame >>> 10] ??= new Int32Array(1024));
    chunk[frame & 1023] = slot;
  }

  private grow(): void {
    const old = this.views.bytes;
    this.views = viewsOf(new ArrayBuffer(old.length * 2));
    this.views.bytes.set(old);
    const flags = new Uint8Array(this.flags.length * 2);
    flags.set(this.flags);
    this.flags = flags;
    this.onGrow(this.views);
  }
}

/** A 64-bit FNV-like mix of words in two 32-bit lanes. */
export function hashWords(words: Int32Array, seed: number): bigint {
  let a = seed ^ 0x811c9dc5;
  let b = Math.imul(seed, 0x9e3779b1) ^ 0x1b873593;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ (word >>> 15) ^ (word << 17), 0x85ebca6b);
    b ^= a >>> 13;
  }
  a ^= a >>> 16;
  b ^= b >>> 15;
  return (BigInt(a >>> 0) << 32n) | BigInt(b >>> 0);
}

function viewsOf(slab: ArrayBuffer): MemoryViews {
  return {
    bytes: new Uint8Array(slab),
    halves: new Uint16Array(slab),
    words: new Int32Array(slab),
    view: new DataView(slab),
  };
}
