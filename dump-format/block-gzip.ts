/**
 * gzip files of small blocks, each with its packed size in its header: any gunzip unpacks them, and any byte of them is read by
 * unpacking one block. What our own compressed dumps are.
 *
 * Source: RFC 1952 for members and extra fields; SAM specification, section 4.1 (BGZF), for the subfield `BC`.
 */
import * as zlib from 'node:zlib';
import { plainBytes, type ByteSource } from './byte-source.ts';
import { FormatError } from './errors.ts';

/** Unpacked bytes of a block, at most; the packed block has to fit into 64 KiB even where it grows. */
const blockBytes = 0xff00;

/** What a block may claim to hold, by the specification. */
const maximumBlockBytes = 2 ** 16;

/** Header of a member with the one extra field `BC` of two bytes, which is the member's size less one. */
const headerBytes = 18;

/** CRC-32 and size, at the end of a member. */
const trailerBytes = 8;

/** Blocks of a file, at most: 1 TiB unpacked. */
const blockLimit = 2 ** 24;

/** Unpacked blocks that are kept. */
const cachedBlocks = 64;

const header = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0];

/** The bytes as a file of blocks, closed by the empty block that says that nothing is missing. */
export function* blockGzip(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += blockBytes)
      yield packBlock(chunk.subarray(at, at + blockBytes));
  yield packBlock(new Uint8Array(0));
}

function packBlock(bytes: Uint8Array): Uint8Array {
  const data = zlib.deflateRawSync(bytes);
  const block = new Uint8Array(headerBytes + data.length + trailerBytes);
  const view = new DataView(block.buffer);
  block.set(header);
  view.setUint16(16, block.length - 1, true);
  block.set(data, headerBytes);
  view.setUint32(block.length - 8, zlib.crc32(bytes), true);
  view.setUint32(block.length - 4, bytes.length, true);
  return block;
}

/**
 * The unpacked bytes of a file of blocks, or undefined when it is a gzip file of another kind, or its blocks do not
 * reach from its beginning to its end (then a decoder says where it is damaged).
 */
export function blockGzipSource(source: ByteSource): ByteSource | undefined {
  const blocks = readBlocks(source);
  return blocks && new BlockGzipSource(source, blocks);
}

interface Blocks {
  /** Where each block begins in the packed file, and one past the last. */
  readonly packed: readonly number[];
  /** The same in the unpacked bytes. */
  readonly unpacked: readonly number[];
}

function readBlocks(source: ByteSource): Blocks | undefined {
  const packed = [0];
  const unpacked = [0];
  for (let at = 0, end = 0; at < source.size; packed.push(at), unpacked.push(end)) {
    const size = blockSize(source, at);
    if (size === undefined || packed.length > blockLimit) return undefined;
    const trailer = source.read(at + size - 4, 4);
    if (trailer.length < 4) return undefined;
    const length = new DataView(trailer.buffer, trailer.byteOffset).getUint32(0, true);
    if (length > maximumBlockBytes) return undefined;
    end += length;
    at += size;
  }
  return { packed, unpacked };
}

/** Bytes of the block at `at`; undefined when there is none. */
function blockSize(source: ByteSource, at: number): number | undefined {
  const bytes = source.read(at, headerBytes);
  if (bytes.length < headerBytes) return undefined;
  // Time, level and system (bytes 4 to 9) are the writer's own affair.
  const isBlock = header.every((each, index) => (index > 3 && index < 10) || bytes[index] === each);
  if (!isBlock) return undefined;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint16(16, true) + 1;
  return size < headerBytes + trailerBytes ? undefined : size;
}

class BlockGzipSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  private readonly source: ByteSource;
  private readonly blocks: Blocks;
  private readonly cache = new Map<number, Uint8Array>();

  constructor(source: ByteSource, blocks: Blocks) {
    this.name = source.name;
    this.source = source;
    this.blocks = blocks;
    this.size = blocks.unpacked.at(-1) ?? 0;
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.size);
    if (!(offset >= 0) || !(offset < end)) return new Uint8Array(0);
    const first = this.blockAt(offset);
    const start = this.blocks.unpacked[first] ?? 0;
    const inFirst = this.block(first).subarray(offset - start, end - start);
    if (inFirst.length === end - offset) return inFirst;
    const bytes = new Uint8Array(end - offset);
    let done = 0;
    for (let index = first; done < bytes.length; index++) {
      const from = offset + done - (this.blocks.unpacked[index] ?? 0);
      const part = this.block(index).subarray(from, from + bytes.length - done);
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  }

  close(): void {
    this.cache.clear();
    this.source.close();
  }

  /** The block that holds an unpacked offset: the last one that begins at it or before, and is not empty. */
  private blockAt(offset: number): number {
    const { unpacked } = this.blocks;
    let low = 0;
    let high = unpacked.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((unpacked[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  private block(index: number): Uint8Array {
    const cached = this.cache.get(index);
    if (cached) return cached;
    const bytes = this.unpackBlock(index);
    if (this.cache.size >= cachedBlocks)
      for (const oldest of this.cache.keys()) {
        this.cache.delete(oldest);
        break;
      }
    this.cache.set(index, bytes);
    return bytes;
  }

  /** @throws FormatError when the block is damaged */
  private unpackBlock(index: number): Uint8Array {
    const { packed, unpacked } = this.blocks;
    const [from = 0, to = 0] = packed.slice(index, index + 2);
    const size = (unpacked[index + 1] ?? 0) - (unpacked[index] ?? 0);
    const block = this.source.read(from, to - from);
    try {
      const bytes = plainBytes(zlib.gunzipSync(block, { maxOutputLength: Math.max(1, size) }));
      if (bytes.length === size) return bytes;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new FormatError(`${this.name}: block at 0x${from.toString(16)} is damaged: ${reason}`);
    }
    throw new FormatError(`${this.name}: block at 0x${from.toString(16)} is not of its size`);
  }
}
