/** Sections stored compressed (`SHF_COMPRESSED`): a header, then zlib or zstd data. */
import * as zlib from 'node:zlib';
import { ByteReader, type ByteOrder, type BytePlace } from '../byte-reader.ts';
import { plainBytes } from '../byte-source.ts';
import { FormatError } from '../errors.ts';
import * as elf from './constants.ts';

/** A byte of deflate data stands for at most this many (zlib's own technical notes). */
const largestDeflateRatio = 1032;

/**
 * Decompresses a section: `Elf64_Chdr` (gABI, "Section Compression"), then the data.
 *
 * @param maximumBytes largest result
 * @throws FormatError when the header is cut off, the kind is unknown, or the data is damaged
 */
export function decompressSection(
  stored: Uint8Array,
  order: ByteOrder,
  place: BytePlace,
  maximumBytes: number,
): Uint8Array {
  const reader = new ByteReader(stored, order, place);
  const kind = reader.u32('ch_type');
  reader.skip('ch_reserved', 4);
  const size = reader.size64('ch_size');
  reader.skip('ch_addralign', 8);
  if (size > maximumBytes)
    throw new FormatError(
      `${place.name}: ch_size ${size} is over the limit of ${maximumBytes} bytes (maximumSectionBytes)`,
    );
  const data = reader.bytes('data', reader.remaining);
  const bytes = decompress(kind, data, size, place.name);
  if (bytes.length !== size)
    throw new FormatError(
      `${place.name}: ch_size is ${size}, but the data has ${bytes.length} bytes`,
    );
  return bytes;
}

function decompress(kind: number, data: Uint8Array, size: number, name: string): Uint8Array {
  switch (kind) {
    case elf.ELFCOMPRESS_ZLIB:
      return inflate(data, size, name);
    case elf.ELFCOMPRESS_ZSTD:
      return decompressZstd(data, size, name);
    default:
      throw new FormatError(`${name}: ch_type ${kind} is no known compression`);
  }
}

function inflate(data: Uint8Array, size: number, name: string): Uint8Array {
  if (size > data.length * largestDeflateRatio)
    throw new FormatError(`${name}: ch_size ${size} can't come from ${data.length} bytes`);
  try {
    return plainBytes(zlib.inflateSync(data, { maxOutputLength: Math.max(1, size) }));
  } catch (error) {
    throw new FormatError(`${name}: zlib data is damaged: ${messageOf(error)}`);
  }
}

/** zstd came into Node with 22.15; the type definitions of Node 20 don't know it. */
function decompressZstd(data: Uint8Array, size: number, name: string): Uint8Array {
  const decompressor: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  if (typeof decompressor !== 'function')
    throw new FormatError(
      `${name}: compressed with zstd, which needs Node 22.15 or newer; ` +
        `\`objcopy --decompress-debug-sections\` unpacks it`,
    );
  try {
    const options = { maxOutputLength: Math.max(1, size) };
    const result: unknown = Reflect.apply(decompressor, undefined, [data, options]);
    if (result instanceof Uint8Array) return plainBytes(result);
  } catch (error) {
    throw new FormatError(`${name}: zstd data is damaged: ${messageOf(error)}`);
  }
  throw new FormatError(`${name}: zstd data is damaged`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
