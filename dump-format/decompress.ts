/** Decompression at once, bounded, by what Node has. */
import * as zlib from 'node:zlib';
import { plainBytes } from './byte-source.ts';
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
        return decompressZstd(data, place, options);
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`${place}: ${describe(error, compression, maximumBytes)}`);
  }
}

/** zstd came into Node with 22.15; the type definitions of Node 20 don't know it. */
function decompressZstd(data: Uint8Array, place: string, options: object): Uint8Array {
  const decompressor: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  if (typeof decompressor !== 'function')
    throw new FormatError(`${place}: compressed with zstd, which needs Node 22.15 or newer`);
  const result: unknown = Reflect.apply(decompressor, undefined, [data, options]);
  if (result instanceof Uint8Array) return plainBytes(result);
  throw new FormatError(`${place}: zstd data is damaged`);
}

function describe(error: unknown, compression: Compression, maximumBytes: number): string {
  const isTooLarge = error instanceof RangeError;
  if (isTooLarge) return `${compression} data gives more than ${maximumBytes} bytes`;
  const message = error instanceof Error ? error.message : String(error);
  return `${compression} data is damaged: ${message}`;
}
