/**
 * Cuts a zstd file where its frames and blocks end, and says beforehand how much memory and work they ask for.
 *
 * Source: RFC 8878, section 3.1. What is not understood is passed on: the decoder says what is wrong with it.
 */

/** Blocks that a decoder is given at a time. */
const blocksAtOnce = 16;

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

/** Bytes of the longest frame header, its magic number included. */
const headerBytes = 18;

/** A piece of a file that ends where a block or a frame does, or where the input does. */
export interface ZstdPiece {
  readonly bytes: Uint8Array;
  /** Bytes that the decoder moves for each block, and holds: the window of the frame. */
  readonly window: number;
  /** Blocks that begin here. */
  readonly blocks: number;
}

/** Follows a file from its first byte to its last; bytes come in pieces of any size. */
export class ZstdFrames {
  /** `lost`: the bytes are no frame, and nobody can say where the next one begins. */
  private state: 'frame' | 'block' | 'content' | 'lost' = 'frame';
  private readonly header = new Uint8Array(headerBytes);
  /** Bytes of `header` that were read. */
  private known = 0;
  /** Bytes that are left of a block's content, a checksum or a skippable frame. */
  private left = 0;
  private isLastBlock = false;
  private hasChecksum = false;
  private window = 0;

  /**
   * Cuts the next bytes of the file. Each piece comes before what follows it is looked at.
   *
   * @throws Error in front of a frame whose window is larger than `maximumWindow`
   */
  *cut(bytes: Uint8Array, maximumWindow: number): Generator<ZstdPiece> {
    let start = 0;
    let blocks = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.state === 'lost') break;
      const isStart = this.state === 'frame' && this.known === 0;
      if ((isStart || blocks >= blocksAtOnce) && at > start) {
        yield { bytes: bytes.subarray(start, at), window: this.window, blocks };
        [start, blocks] = [at, 0];
      }
      const before = this.state;
      at += this.step(bytes.subarray(at), maximumWindow);
      if (before === 'block' && this.known === 0) blocks++;
    }
    if (start < bytes.length) yield { bytes: bytes.subarray(start), window: this.window, blocks };
  }

  /**
   * The file is over. A header that is cut off counts as if zeros followed, as a decoder reads it.
   *
   * @throws Error as `cut`
   */
  end(maximumWindow: number): void {
    if (this.state === 'frame' && this.known > 0) this.readFrame(maximumWindow);
  }

  /** Takes some of the bytes; how many it took. */
  private step(bytes: Uint8Array, maximumWindow: number): number {
    if (this.state === 'content') return this.skip(bytes.length);
    if (this.known === 0) this.header.fill(0);
    const wanted = this.state === 'block' ? 3 : frameHeaderBytes(this.header, this.known);
    const part = bytes.subarray(0, wanted - this.known);
    this.header.set(part, this.known);
    this.known += part.length;
    if (this.known < wanted) return part.length;
    if (this.state === 'block') this.readBlock();
    else if (wanted >= frameHeaderBytes(this.header, this.known)) this.readFrame(maximumWindow);
    return part.length;
  }

  private skip(available: number): number {
    const count = Math.min(available, this.left);
    this.left -= count;
    if (this.left === 0) this.endContent();
    return count;
  }

  private endContent(): void {
    if (!this.isLastBlock) this.state = 'block';
    else if (this.hasChecksum) {
      this.hasChecksum = false;
      this.left = 4;
    } else this.state = 'frame';
  }

  private readFrame(maximumWindow: number): void {
    const view = new DataView(this.header.buffer);
    const magic = view.getUint32(0, true);
    this.known = 0;
    this.isLastBlock = magic !== frameMagic;
    if (isSkippable(magic)) {
      this.hasChecksum = false;
      this.window = 0;
      this.contentOf(view.getUint32(4, true));
      return;
    }
    if (magic !== frameMagic) {
      this.state = 'lost';
      return;
    }
    this.window = windowOf(view);
    if (this.window > maximumWindow)
      throw new Error(
        `its window of ${this.window} bytes is over the limit of ${maximumWindow} (maximumWindowBytes)`,
      );
    this.hasChecksum = (view.getUint8(4) & 4) !== 0;
    this.state = 'block';
  }

  private readBlock(): void {
    const [low = 0, middle = 0, high = 0] = this.header;
    this.known = 0;
    this.isLastBlock = (low & 1) !== 0;
    const isRepeated = ((low >> 1) & 3) === 1;
    this.contentOf(isRepeated ? 1 : (low >> 3) | (middle << 5) | (high << 13));
  }

  private contentOf(size: number): void {
    this.state = 'content';
    this.left = size;
    if (size === 0) this.endContent();
  }
}

/** Bytes of a frame's header, as far as `known` of them tell. */
function frameHeaderBytes(header: Uint8Array, known: number): number {
  if (known < 4) return 4;
  const magic = new DataView(header.buffer).getUint32(0, true);
  if (isSkippable(magic)) return 8;
  if (magic !== frameMagic) return 4;
  if (known < 5) return 5;
  const descriptor = header[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  return 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes(descriptor) + sizeBytes(descriptor);
}

function dictionaryBytes(descriptor: number): number {
  return [0, 1, 2, 4][descriptor & 3] ?? 0;
}

function sizeBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  return descriptor >> 6 === 0 ? (isSingleSegment ? 1 : 0) : 2 ** (descriptor >> 6);
}

function isSkippable(magic: number): boolean {
  return magic >>> 4 === skippableMagic >>> 4;
}

/** The window of a frame whose header is there: what a decoder allocates before it has seen any data. */
function windowOf(header: DataView): number {
  const descriptor = header.getUint8(4);
  if ((descriptor & 0x20) === 0) {
    const window = header.getUint8(5);
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  const at = 5 + dictionaryBytes(descriptor);
  switch (descriptor >> 6) {
    case 0:
      return header.getUint8(at);
    case 1:
      return header.getUint16(at, true) + 256;
    case 2:
      return header.getUint32(at, true);
    default:
      return Number(header.getBigUint64(at, true));
  }
}
