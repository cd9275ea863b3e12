/** Decompression at once, bounded, by what Node has. */
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { joinBytes, plainBytes } from './byte-source.ts';
import { FormatError } from './errors.ts';

/** `deflate` has zlib's header, `gzip` gzip's. */
export type Compression = 'deflate' | 'gzip' | 'zstd';

/**
 * Decompresses `data`.
 *
 * @param place for messages: the file, and what of it
 * @param maximumBytes largest result
 * @throws FormatError when the data is damaged or gives more, or this Node can't read it
 */
export function decompress(
  compression: Compression,
  data: Uint8Array,
  place: string,
  maximumBytes: number,
): Uint8Array {
  const options = { maxOutputLength: Math.max(1, maximumBytes) };
  try {
    switch (compression) {
      case 'deflate':
        return plainBytes(zlib.inflateSync(data, options));
      case 'gzip':
        return plainBytes(zlib.gunzipSync(data, options));
      case 'zstd':
        return decompressZstd(data, maximumBytes);
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`${place}: ${describe(error, compression, maximumBytes)}`);
  }
}

/** Frame by frame as they come, so that one that promises more than it may is stopped. */
function decompressZstd(data: Uint8Array, maximumBytes: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const decoder = new Decompress((bytes) => {
    size += bytes.length;
    if (size > maximumBytes) throw new RangeError('too large');
    pieces.push(bytes);
  });
  decoder.push(data, true);
  return joinBytes(pieces);
}

function describe(error: unknown, compression: Compression, maximumBytes: number): string {
  const isTooLarge = error instanceof RangeError;
  if (isTooLarge) return `${compression} data gives more than ${maximumBytes} bytes`;
  const message = error instanceof Error ? error.message : String(error);
  return `${compression} data is damaged: ${message}`;
}
