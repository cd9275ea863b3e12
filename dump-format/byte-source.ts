/** Where the bytes of a dump come from: synchronous, positional, bounded. */

export interface ByteSource {
  /** Name for messages: a path as the user gave it. */
  readonly name: string;
  /** Bytes in the source. */
  readonly size: number;
  /** What of the file is missing or damaged, a sentence each, where opening it told. */
  readonly damages?: readonly string[];
  /**
   * Reads at most `length` bytes at `offset`; shorter only at the end of the source.
   * The view may be shared with a cache and keep that alive: copy it to keep little of much. Its bytes never change.
   *
   * @throws FormatError if the medium fails to deliver
   */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

/** A source over bytes that are already in memory. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  const plain = plainBytes(bytes);
  return {
    name,
    size: plain.length,
    read: (offset, length) => plain.subarray(offset, Math.min(plain.length, offset + length)),
    close: () => {},
  };
}

/**
 * The same bytes as a plain `Uint8Array`. Node hands out `Buffer`s, whose `slice` is no copy and whose
 * `toString` is another: nothing behind a source may meet one.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The bytes one after the other. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
