/** Pieces of a source, kept in memory up to a bound: large pieces while reads go along, small ones when they jump about. */
import type { ByteSource } from './byte-source.ts';

/** Bytes of a chunk. Pages of memory (4 KiB) are read together with their neighbours. */
export const chunkBytes = 65536;

/** Bytes of a piece while reads jump about in more than could be kept. */
export const scatteredBytes = 4096;

/** Chunks kept while reads go along: 128 MiB. */
export const defaultChunkLimit = 2048;

/** Bytes of a file that is kept whole when reads jump about in it: 1 GiB. Of a larger one a quarter of that is kept, in small pieces. */
export const wholeFileLimit = 2 ** 30;

/** Bytes of a source that lie together. */
export interface Piece {
  /** Offset in the source. */
  readonly start: number;
  /** Bytes; fewer than were asked for at the end of the source. */
  readonly length: number;
  /** Holds the bytes, and maybe more that do not belong to the piece. */
  readonly view: DataView;
  /** Where in `view` the first byte is. */
  readonly viewOffset: number;
}

/**
 * Pieces by place, each read once. When the limit is reached all of them go, and `generation` changes:
 * whoever holds a piece drops it then. That costs a second read of what is still in use, and nothing
 * on every hit; the bytes themselves never change.
 *
 * A walk in address order needs few large pieces, and leaves them behind. One that jumps (a list of a heap that is
 * years old) would read 64 KiB for every 8 bytes: so each time the limit is reached, what was read since tells how to go on.
 */
export class ChunkCache {
  readonly source: ByteSource;
  readonly #chunkLimit: number;
  readonly #wholeLimit: number;
  readonly #pieces = new Map<number, Piece>();
  #pieceBytes = chunkBytes;
  #limit: number;
  #generation = 0;
  /** The bytes of the whole file, as far as they were read. One buffer: a view for every piece would be one more miss of the processor's cache. */
  #whole: DataView | undefined;
  /** Number of the piece read last, and how many were read beside the one before. */
  #previous = -2;
  #neighbours = 0;

  /** @param limit chunks; `wholeLimit` bytes */
  constructor(source: ByteSource, limit = defaultChunkLimit, wholeLimit = wholeFileLimit) {
    this.source = source;
    this.#chunkLimit = limit;
    this.#wholeLimit = wholeLimit;
    this.#limit = limit;
  }

  get generation(): number {
    return this.#generation;
  }

  /** The piece that has the byte at an offset, which is not negative. */
  piece(offset: number): Piece {
    const known = this.#pieces.get(Math.floor(offset / this.#pieceBytes));
    if (known) return known;
    if (this.#pieces.size >= this.#limit && !this.#whole) this.#makeRoom();
    const number = Math.floor(offset / this.#pieceBytes);
    if (Math.abs(number - this.#previous) <= 1) this.#neighbours++;
    this.#previous = number;
    const piece = this.#read(number * this.#pieceBytes);
    this.#pieces.set(number, piece);
    return piece;
  }

  #read(start: number): Piece {
    const bytes = this.source.read(start, this.#pieceBytes);
    const { length } = bytes;
    const whole = this.#whole;
    if (whole && start + length <= whole.byteLength) {
      new Uint8Array(whole.buffer).set(bytes, start);
      return { start, length, view: whole, viewOffset: start };
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    return { start, length, view, viewOffset: 0 };
  }

  /** Starts over with large pieces, the whole file, or small pieces, by what was read since the last time. */
  #makeRoom(): void {
    const isScattered = this.#neighbours * 2 < this.#pieces.size;
    const isSmall = this.source.size <= this.#wholeLimit;
    this.#whole = isScattered && isSmall ? reserve(this.source.size) : undefined;
    this.#pieceBytes = isScattered && !this.#whole ? scatteredBytes : chunkBytes;
    this.#limit = isScattered ? this.#wholeLimit / 4 / scatteredBytes : this.#chunkLimit;
    this.#neighbours = 0;
    this.#pieces.clear();
    this.#generation++;
  }
}

/** Room for a whole file: parts of it that are never touched cost nothing. Undefined where the system has not so much to give. */
function reserve(size: number): DataView | undefined {
  try {
    return new DataView(new ArrayBuffer(size));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
