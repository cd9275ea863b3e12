/** Opens a file as a byte source: the one place where dumps are read from a disk. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from './byte-source.ts';
import { FormatError, LookupError } from './errors.ts';

/** Bytes of one cached piece of the file. */
const pageSize = 65536;

/** Pages kept: 1 MiB. Larger reads go past this cache, and whole pages of memory do: `Memory` has its own. */
const pageLimit = 16;
const memoryPageSize = 4096;

/** Largest read in one call, so that a size from a hostile file can't ask for all memory. */
export const maximumReadBytes = 2 ** 30;

/**
 * Opens a file for reading.
 *
 * @throws LookupError when there is no such file or it may not be read
 * @throws FormatError when it is no regular file
 */
export function openFile(path: string): ByteSource {
  const descriptor = openForReading(path);
  const status = fstatSync(descriptor);
  if (!status.isFile()) {
    closeSync(descriptor);
    throw new FormatError(`${path}: not a regular file`);
  }
  return new FileSource(path, descriptor, status.size);
}

/** A source over a file that is open already; it owns the descriptor. */
export function descriptorSource(name: string, descriptor: number, size: number): ByteSource {
  return new FileSource(name, descriptor, size);
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new LookupError(`${path}: ${describe(error)}`);
  }
}

class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  #descriptor: number | undefined;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(name: string, descriptor: number, size: number) {
    this.name = name;
    this.size = size;
    this.#descriptor = descriptor;
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(offset + length, this.size);
    if (!(offset >= 0) || !(offset < end)) return new Uint8Array(0);
    const index = Math.floor(offset / pageSize);
    const start = index * pageSize;
    const isMemory = offset % memoryPageSize === 0 && length % memoryPageSize === 0;
    if (end <= start + pageSize && !isMemory)
      return this.#page(index).subarray(offset - start, end - start);
    return this.#fetch(offset, end - offset);
  }

  close(): void {
    this.#pages.clear();
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** The least recently used page makes room: a `Map` keeps the order of insertion. */
  #page(index: number): Uint8Array {
    const cached = this.#pages.get(index);
    if (cached) {
      this.#pages.delete(index);
      this.#pages.set(index, cached);
      return cached;
    }
    const start = index * pageSize;
    const page = this.#fetch(start, Math.min(pageSize, this.size - start));
    if (this.#pages.size >= pageLimit)
      for (const oldest of this.#pages.keys()) {
        this.#pages.delete(oldest);
        break;
      }
    this.#pages.set(index, page);
    return page;
  }

  /** Reads past the cache. A file that became shorter since it was opened reads shorter. */
  #fetch(offset: number, length: number): Uint8Array {
    if (this.#descriptor === undefined) throw new FormatError(`${this.name}: is closed`);
    if (length > maximumReadBytes)
      throw new FormatError(
        `${this.name}: read of ${length} bytes at offset 0x${offset.toString(16)} is over the limit of ${maximumReadBytes} (maximumReadBytes)`,
      );
    const bytes = new Uint8Array(length);
    let done = 0;
    try {
      while (done < length) {
        const count = readSync(this.#descriptor, bytes, done, length - done, offset + done);
        if (count === 0) return bytes.subarray(0, done);
        done += count;
      }
    } catch (error) {
      throw new FormatError(`${this.name}: ${describe(error)} at offset 0x${offset.toString(16)}`);
    }
    return bytes;
  }
}

/** `ENOENT: no such file or directory, open 'x'` without the call and the path, which the caller says. */
function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^[A-Z]+: /, '').replace(/, [a-z]+( '.*')?$/, '');
}
