/** Sections stored compressed (`SHF_COMPRESSED`): a header, then zlib or zstd data. */
import { ByteReader, type ByteOrder, type BytePlace } from '../byte-reader.ts';
import { decompress, type Compression } from '../decompress.ts';
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
  const compression = compressionOf(reader.u32('ch_type'), place);
  reader.skip('ch_reserved', 4);
  const size = reader.size64('ch_size');
  reader.skip('ch_addralign', 8);
  if (size > maximumBytes)
    throw new FormatError(
      `${place.name}: ch_size ${size} is over the limit of ${maximumBytes} bytes (maximumSectionBytes)`,
    );
  const data = reader.bytes('data', reader.remaining);
  if (compression === 'deflate' && size > data.length * largestDeflateRatio)
    throw new FormatError(`${place.name}: ch_size ${size} can't come from ${data.length} bytes`);
  const bytes = decompress(compression, data, place.name, size);
  if (bytes.length !== size)
    throw new FormatError(
      `${place.name}: ch_size is ${size}, but the data has ${bytes.length} bytes`,
    );
  return bytes;
}

function compressionOf(kind: number, place: BytePlace): Compression {
  switch (kind) {
    case elf.ELFCOMPRESS_ZLIB:
      return 'deflate';
    case elf.ELFCOMPRESS_ZSTD:
      return 'zstd';
    default:
      throw new FormatError(`${place.name}: ch_type ${kind} is no known compression`);
  }
}
