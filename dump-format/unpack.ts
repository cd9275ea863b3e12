/** Compressed dumps unpacked as they are opened: gzip, zstd and xz, in pieces, with progress; what a damaged one still gives is kept. */
import { Readable, pipeline } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import type * as xz from 'xz-decompress';
import { blockGzipSource } from './block-gzip.ts';
import { plainBytes, type ByteSource } from './byte-source.ts';
import { packingOf, type Packing } from './containers.ts';
import { FormatError } from './errors.ts';
import { Spill } from './spill-file.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** Bytes that a packed dump may give: more needs unpacking by hand. */
export const maximumUnpackedBytes = 64 * 2 ** 30;

/** Bytes of the packed file that are read at a time. */
const inputPiece = 1024 * 1024;

/** Window of a zstd frame: what `zstd --ultra` asks for; `--long` may ask for more. */
export const maximumWindowBytes = 2 ** 27;

/** A window that nobody refuses, however little may come out: what `zstd` uses for small files. */
const smallestLimit = 2 ** 20;

/**
 * The decoder moves its window for each block. Full blocks of 128 KiB in the largest window take 1024 moves for each byte that they
 * give; blocks that give next to nothing could keep it busy for hours.
 */
const maximumMovesPerByte = 2048;
const freeMoves = 2 ** 32;

export interface UnpackOptions {
  readonly isCancelled?: () => boolean;
  /** Bytes of the packed file that are done. */
  readonly onProgress?: (progress: {
    readonly done: number;
    readonly total: number;
    readonly what: string;
  }) => void;
  readonly maximumBytes?: number;
}

export interface Unpacked {
  readonly source: ByteSource;
  /** Set when the packed file is damaged and gave only its beginning. */
  readonly damage?: string;
}

/**
 * The plain bytes of a file: the source itself when it is not packed; else what it gives, and the packed source is closed.
 * A gzip file of blocks (BGZF, RFC 1952 with an extra field) is read where it is, block by block.
 *
 * @throws FormatError when nothing comes out, it gives more than `maximumBytes`, or there is no room for it;
 * `cancelled` when the user wanted no more
 */
export async function unpack(source: ByteSource, options: UnpackOptions = {}): Promise<Unpacked> {
  const packing = packingOf(source);
  if (packing === undefined) return { source };
  if (packing === 'gzip') {
    const blocks = blockGzipSource(source);
    if (blocks) return { source: blocks };
  }
  const spill = new Spill(source.name);
  try {
    const damage = await drain(source, packing, spill, options);
    const unpacked = spill.finish();
    source.close();
    return { source: unpacked, ...(damage !== undefined && { damage }) };
  } catch (error) {
    spill.abandon();
    throw error;
  }
}

/** Writes what the source gives; the sentence is about damage on the way. */
async function drain(
  source: ByteSource,
  packing: Packing,
  spill: Spill,
  options: UnpackOptions,
): Promise<string | undefined> {
  const limit = options.maximumBytes ?? maximumUnpackedBytes;
  try {
    for await (const bytes of decoders[packing](
      pieces(source, packing, options),
      Math.min(maximumWindowBytes, Math.max(smallestLimit, limit)),
    )) {
      if (spill.size + bytes.length > limit)
        throw new FormatError(
          `${source.name}: ${packing} data gives more than ${limit} bytes (maximumUnpackedBytes): unpack it first`,
        );
      spill.write(bytes);
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (spill.size === 0)
      throw new FormatError(`${source.name}: ${packing} data is damaged: ${reason}`);
    return `${source.name}: ${packing} data is damaged after ${spill.size} unpacked bytes (${reason}): what comes before is shown`;
  }
  return undefined;
}

function* pieces(
  source: ByteSource,
  packing: Packing,
  { isCancelled, onProgress }: UnpackOptions,
): Generator<Uint8Array> {
  for (let done = 0; done < source.size; done += inputPiece) {
    if (isCancelled?.() === true) throw new FormatError(`${source.name}: opening was cancelled`);
    onProgress?.({ done, total: source.size, what: `unpacking ${packing}, bytes` });
    yield source.read(done, inputPiece);
  }
}

type Decoder = (input: Iterable<Uint8Array>, maximumWindow: number) => AsyncIterable<Uint8Array>;

const decoders: Readonly<Record<Packing, Decoder>> = { gzip: gunzip, zstd: unzstd, xz: unxz };

async function* gunzip(input: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = zlib.createGunzip({ chunkSize: 256 * 1024 });
  // The error reaches whoever reads the stream.
  pipeline(Readable.from(input), stream, () => {});
  for await (const bytes of stream) if (bytes instanceof Uint8Array) yield plainBytes(bytes);
}

async function* unzstd(
  input: Iterable<Uint8Array>,
  maximumWindow: number,
): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const decoder = new Decompress((bytes) => void ready.push(bytes));
  const push = (bytes: Uint8Array, isLast: boolean): unknown => {
    try {
      decoder.push(bytes, isLast);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const frames = new ZstdFrames();
  let [moved, given] = [0, 0];
  for (const bytes of input)
    for (const piece of frames.cut(bytes, maximumWindow)) {
      moved += piece.window * piece.blocks;
      if (moved > freeMoves + given * maximumMovesPerByte)
        throw new Error(`its blocks are too small for their window of ${piece.window} bytes`);
      const error = push(piece.bytes, false);
      for (const each of ready) given += each.length;
      yield* ready.splice(0);
      if (error !== undefined) throw error;
    }
  frames.end(maximumWindow);
  const error = push(new Uint8Array(0), true);
  yield* ready.splice(0);
  if (error !== undefined) throw error;
}

async function* unxz(input: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const XzStream = await xzStream();
  const unpacked: unknown = new XzStream(ReadableStream.from(input));
  if (!(unpacked instanceof ReadableStream)) throw new Error('no stream came of it');
  for await (const bytes of unpacked) if (bytes instanceof Uint8Array) yield bytes;
}

/** The package is CommonJS: its names are its own in a bundle, and below `default` where Node loads it. Loading it loads web streams. */
async function xzStream(): Promise<typeof xz.XzReadableStream> {
  const exported: { XzReadableStream?: typeof xz.XzReadableStream; default?: typeof xz } =
    await import('xz-decompress');
  const found = exported.XzReadableStream ?? exported.default?.XzReadableStream;
  if (!found) throw new Error('xz-decompress has no XzReadableStream');
  return found;
}
