/** Bytes of unknown number, as a source: in memory while they are few, in a temporary file that nobody else sees when they are many. */
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, ftruncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource, joinBytes, type ByteSource } from './byte-source.ts';
import { FormatError } from './errors.ts';
import { isSystemError, writeSparsely } from './file-sink.ts';
import { descriptorSource } from './file-source.ts';

/** Bytes that stay in memory. */
export const memoryLimit = 64 * 1024 * 1024;

/** Bytes of the disk that are left to others. */
const spareBytes = 512 * 1024 * 1024;

/** Bytes between two looks at the disk's free space. */
const checkInterval = 256 * 1024 * 1024;

/** Collects bytes; `finish` or `abandon` ends it. */
export class Spill {
  private readonly name: string;
  private readonly memoryLimit: number;
  private pieces: Uint8Array[] = [];
  private descriptor: number | undefined;
  private count = 0;
  private nextCheck = 0;

  /** @param name of the source, for messages */
  constructor(name: string, limit = memoryLimit) {
    this.name = name;
    this.memoryLimit = limit;
  }

  get size(): number {
    return this.count;
  }

  /** @throws FormatError when the disk is full, or nearly */
  write(bytes: Uint8Array): void {
    if (this.descriptor === undefined && this.count + bytes.length > this.memoryLimit) this.spill();
    if (this.descriptor === undefined) this.pieces.push(bytes);
    else this.put(this.descriptor, bytes, this.count);
    this.count += bytes.length;
  }

  /** The source owns what was collected; closing it gives the disk space back. */
  finish(): ByteSource {
    if (this.descriptor === undefined) return bytesSource(joinBytes(this.pieces), this.name);
    ftruncateSync(this.descriptor, this.count);
    return descriptorSource(this.name, this.descriptor, this.count);
  }

  abandon(): void {
    this.pieces = [];
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  /** The file has no name once it is open: whatever happens to this process, nothing stays. */
  private spill(): void {
    const folder = mkdtempSync(join(tmpdir(), 'corewalk-'));
    try {
      this.descriptor = openSync(join(folder, 'unpacked'), 'wx+', 0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    let start = 0;
    for (const piece of this.pieces) {
      this.put(this.descriptor, piece, start);
      start += piece.length;
    }
    this.pieces = [];
  }

  private put(descriptor: number, bytes: Uint8Array, start: number): void {
    if (start >= this.nextCheck) {
      this.nextCheck = start + checkInterval;
      const { bavail, bsize } = statfsSync(tmpdir());
      if (bavail * bsize < spareBytes + checkInterval) throw this.full('there is not enough space');
    }
    try {
      writeSparsely(descriptor, bytes, start);
    } catch (error) {
      throw isSystemError(error) ? this.full(error.message) : error;
    }
  }

  private full(reason: string): FormatError {
    const folder = tmpdir();
    return new FormatError(
      `${this.name}: can't be unpacked into ${folder} after ${this.count} bytes: ${reason}; unpack it elsewhere, or set TMPDIR`,
    );
  }
}
