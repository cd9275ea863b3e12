/** Flattened dumps, which makedumpfile -F and QEMU write to a pipe: pieces with the place in the file where each belongs. */
import { ByteReader } from '../byte-reader.ts';
import type { ByteSource } from '../byte-source.ts';
import { RangeBuilder, type Ranges } from '../ranges.ts';

/** First bytes of such a file. */
export const flattenedMagic = 'makedumpfile\0';

/** Source: makedumpfile, makedumpfile.h, struct makedumpfile_header and makedumpfile_data_header. Both are big endian. */
const headerBytes = 4096;
const pieceHeaderBytes = 16;
const endMark = 0xffff_ffff_ffff_ffffn;

/** Pieces of a file, at most. */
export const maximumPieces = 2 ** 24;

/** The file that the pieces make, read where it is. Never throws: what is missing is said in `damages`. */
export function flattenedSource(source: ByteSource): ByteSource {
  const { ranges, size, damages } = readPieces(source);
  return {
    name: source.name,
    size,
    damages,
    read: (offset, length) => readRanges(source, ranges, offset, Math.min(length, size - offset)),
    close: () => source.close(),
  };
}

interface Piece {
  readonly start: bigint;
  readonly bytes: bigint;
  readonly place: number;
}

function readPieces(source: ByteSource): {
  readonly ranges: Ranges;
  readonly size: number;
  readonly damages: readonly string[];
} {
  const pieces: Piece[] = [];
  const damages: string[] = [];
  let size = 0;
  for (let at = headerBytes; ;) {
    const reader = new ByteReader(source.read(at, pieceHeaderBytes), 'big', { name: source.name });
    if (reader.remaining < pieceHeaderBytes) {
      damages.push(`${source.name}: truncated: the mark at its end is missing`);
      break;
    }
    const start = reader.u64('offset');
    const bytes = reader.u64('buf_size');
    if (start === endMark) break;
    const left = source.size - at - pieceHeaderBytes;
    const end = start + bytes;
    const isSound = bytes <= BigInt(left) && end <= BigInt(Number.MAX_SAFE_INTEGER);
    if (!isSound || pieces.length === maximumPieces) {
      damages.push(
        isSound
          ? `${source.name}: only the first ${maximumPieces} pieces are read (maximumPieces)`
          : `${source.name}: truncated: the piece at offset 0x${at.toString(16)} claims ${bytes} bytes, ${left} are left`,
      );
      break;
    }
    pieces.push({ start, bytes, place: at + pieceHeaderBytes });
    size = Math.max(size, Number(end));
    at += pieceHeaderBytes + Number(bytes);
  }
  const builder = new RangeBuilder();
  // A piece may come again, and counts then: the header is written last once more. The first that is added wins.
  for (const { start, bytes, place } of pieces.toReversed()) builder.add(start, bytes, place);
  return { ranges: builder.build().ranges, size, damages };
}

/** What no piece has is zero, as in a file with holes. */
function readRanges(
  source: ByteSource,
  ranges: Ranges,
  offset: number,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, length));
  for (let done = 0; done < bytes.length;) {
    const index = ranges.findAtOrAbove(BigInt(offset + done));
    if (index < 0) break;
    const start = Number(ranges.start(index));
    const skipped = Math.max(0, start - offset - done);
    done += skipped;
    if (done >= bytes.length) break;
    const inRange = offset + done - start;
    const left = Number(ranges.last(index)) - start + 1 - inRange;
    const piece = source.read(ranges.offset(index) + inRange, Math.min(left, bytes.length - done));
    if (piece.length === 0) break;
    bytes.set(piece, done);
    done += piece.length;
  }
  return bytes;
}
