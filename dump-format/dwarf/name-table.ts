/** A set of names, each with the best entry for it, in typed arrays: millions of names without an object for any. */
import type { SectionBytes } from './cursor.ts';

/** What a name names. A struct and a typedef of one name are two entries. */
export const nameKinds = [
  'struct',
  'union',
  'enum',
  'typedef',
  'base',
  'function',
  'variable',
] as const;
export type NameKind = (typeof nameKinds)[number];

/** Names by kind. Their bytes stay where they are, in the sections; the table holds offsets. */
export class NameTable {
  private readonly sources: readonly SectionBytes[];
  private count = 0;
  /** Open addressing: index of an entry plus 1, or 0. */
  private slots = new Uint32Array(1 << 12);
  private hashes = new Uint32Array(1 << 11);
  private nameOffsets = new Uint32Array(1 << 11);
  private keys = new Uint32Array(1 << 11);
  /** Rank in the low 4 bits, kind in the next 4, number of the source above. */
  private tags = new Uint16Array(1 << 11);

  /** @param sources sections that names lie in; entries say which by its index */
  constructor(sources: readonly SectionBytes[]) {
    this.sources = sources;
  }

  /**
   * Adds an entry, or improves the one of this name and kind if `rank` is higher.
   *
   * @param source index into the sources
   * @param offset of the name, which ends in NUL
   * @param key of the entry
   * @param rank 0 to 15; of equals the one with the lower key stays
   */
  add(kind: number, source: number, offset: number, key: number, rank: number): void {
    const bytes = this.sources[source]?.bytes;
    if (!bytes || bytes[offset] === 0 || offset >= bytes.length) return;
    let hash = hashSeed ^ kind;
    for (let at = offset; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === 0) break;
      hash = Math.imul(hash ^ byte, hashPrime);
    }
    hash >>>= 0;
    const slot = this.slotOf(kind, hash, bytes, offset);
    const known = this.slots[slot] ?? 0;
    if (known === 0) return this.append(slot, kind, hash, source, offset, key, rank);
    const tag = this.tags[known - 1] ?? 0;
    const isBetter =
      rank > (tag & 15) || (rank === (tag & 15) && key < (this.keys[known - 1] ?? 0));
    if (!isBetter) return;
    this.tags[known - 1] = (tag & ~15) | rank;
    this.keys[known - 1] = key;
  }

  /** The best entry of that name so far. */
  find(kind: NameKind, name: string): { readonly key: number; readonly rank: number } | undefined {
    const kindIndex = nameKinds.indexOf(kind);
    const bytes = new TextEncoder().encode(name);
    let hash = hashSeed ^ kindIndex;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, hashPrime);
    const known = this.slots[this.slotOf(kindIndex, hash >>> 0, bytes, 0)] ?? 0;
    if (known === 0) return undefined;
    return { key: this.keys[known - 1] ?? 0, rank: (this.tags[known - 1] ?? 0) & 15 };
  }

  /** Every name, in the order of the keys. */
  *entries(): Generator<{ kind: NameKind; source: SectionBytes; offset: number }> {
    const { keys } = this;
    const inOrder = Uint32Array.from({ length: this.count }, (_, index) => index);
    inOrder.sort((one, other) => (keys[one] ?? 0) - (keys[other] ?? 0));
    for (const index of inOrder) {
      const tag = this.tags[index] ?? 0;
      const kind = nameKinds[(tag >> 4) & 15];
      const source = this.sources[tag >> 8];
      if (kind && source) yield { kind, source, offset: this.nameOffsets[index] ?? 0 };
    }
  }

  /** The slot of a name, or the free one where it belongs. The name ends at a NUL or at the end of `bytes`. */
  private slotOf(kind: number, hash: number, bytes: Uint8Array, offset: number): number {
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = this.slots[slot] ?? 0;
      if (known === 0) return slot;
      const index = known - 1;
      if (this.hashes[index] !== hash) continue;
      const tag = this.tags[index] ?? 0;
      if (((tag >> 4) & 15) !== kind) continue;
      const other = this.sources[tag >> 8]?.bytes ?? bytes;
      if (isSameName(bytes, offset, other, this.nameOffsets[index] ?? 0)) return slot;
    }
  }

  private append(
    slot: number,
    kind: number,
    hash: number,
    source: number,
    offset: number,
    key: number,
    rank: number,
  ): void {
    const index = this.count++;
    if (index >= this.hashes.length) this.growEntries();
    this.hashes[index] = hash;
    this.nameOffsets[index] = offset;
    this.keys[index] = key;
    this.tags[index] = (source << 8) | (kind << 4) | rank;
    this.slots[slot] = index + 1;
    if (this.count * 2 > this.slots.length) this.growSlots();
  }

  private growEntries(): void {
    this.hashes = doubled(this.hashes);
    this.nameOffsets = doubled(this.nameOffsets);
    this.keys = doubled(this.keys);
    const tags = new Uint16Array(this.tags.length * 2);
    tags.set(this.tags);
    this.tags = tags;
  }

  private growSlots(): void {
    const slots = new Uint32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < this.count; index++) {
      let slot = (this.hashes[index] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.slots = slots;
  }
}

/** FNV-1a. */
const hashSeed = 0x811c9dc5;
const hashPrime = 0x01000193;

function isSameName(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number): boolean {
  if (a === b && aOffset === bOffset) return true;
  for (let index = 0; ; index++) {
    const byte = a[aOffset + index] ?? 0;
    if (byte !== (b[bOffset + index] ?? 0)) return false;
    if (byte === 0) return true;
  }
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
