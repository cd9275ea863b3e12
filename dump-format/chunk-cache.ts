/** Pieces of a source, kept in memory up to a bound. */
import type { ByteSource } from './byte-source.ts';

/** Bytes of a chunk. Pages of memory (4 KiB) are read together with their neighbours. */
export const chunkBytes = 65536;

/** Chunks kept at once: 128 MiB. */
export const defaultChunkLimit = 2048;

/**
 * Chunks by index, each read once. When the limit is reached all of them go, and `generation` changes:
 * whoever holds a chunk drops it then. That costs a second read of what is still in use, and nothing
 * on every hit; the bytes themselves never change.
 */
export class ChunkCache {
  readonly source: ByteSource;
  readonly #limit: number;
  readonly #chunks = new Map<number, DataView>();
  #generation = 0;

  constructor(source: ByteSource, limit = defaultChunkLimit) {
    this.source = source;
    this.#limit = limit;
  }

  get generation(): number {
    return this.#generation;
  }

  /** The bytes from `index * chunkBytes` on; shorter at the end of the source. */
  chunk(index: number): DataView {
    const cached = this.#chunks.get(index);
    if (cached) return cached;
    if (this.#chunks.size >= this.#limit) {
      this.#chunks.clear();
      this.#generation++;
    }
    const bytes = this.source.read(index * chunkBytes, chunkBytes);
    const chunk = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#chunks.set(index, chunk);
    return chunk;
  }
}
