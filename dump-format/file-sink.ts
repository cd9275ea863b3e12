/** Writes files whole or not at all: the one place where dumps are written to a disk. */
import { closeSync, ftruncateSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { UsageError } from './errors.ts';

/** Attempts at a temporary name: others may be writing the same file, or have died doing so. */
const attemptLimit = 100;

/** Zeros in pieces of this many bytes become holes. */
const holeBytes = 4096;

/**
 * Writes `chunks` to a temporary file beside `path`, then renames it: nobody ever sees half a dump.
 * Pages of zeros become holes of a sparse file. When `chunks` throws, the temporary file goes.
 *
 * @returns bytes written
 * @throws UsageError when the file can't be written
 */
export function writeFile(path: string, chunks: Iterable<Uint8Array>): number {
  const { descriptor, temporaryPath } = openTemporary(path);
  try {
    let size = 0;
    try {
      for (const chunk of chunks) {
        writeSparsely(descriptor, chunk, size);
        size += chunk.length;
      }
      ftruncateSync(descriptor, size);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporaryPath, path);
    return size;
  } catch (error) {
    unlinkSync(temporaryPath);
    throw isSystemError(error) ? new UsageError(`${path}: ${error.message}`) : error;
  }
}

function openTemporary(path: string): {
  readonly descriptor: number;
  readonly temporaryPath: string;
} {
  for (let attempt = 1; ; attempt++) {
    const temporaryPath = `${path}.partial${attempt}`;
    try {
      return { descriptor: openSync(temporaryPath, 'wx'), temporaryPath };
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code !== 'EEXIST' || attempt === attemptLimit)
        throw new UsageError(`${path}: can't be written: ${error.message}`);
    }
  }
}

const zeros = new Uint8Array(holeBytes);

/** Writes what is not zero; what is skipped reads as zeros once the file is extended over it. */
export function writeSparsely(descriptor: number, bytes: Uint8Array, start: number): void {
  let from = 0;
  const flush = (to: number): void => {
    while (from < to) from += writeSync(descriptor, bytes, from, to - from, start + from);
  };
  for (let at = 0; at < bytes.length; at += holeBytes) {
    const piece = bytes.subarray(at, at + holeBytes);
    if (piece.length < holeBytes || Buffer.compare(piece, zeros) !== 0) continue;
    flush(at);
    from = at + holeBytes;
  }
  flush(bytes.length);
}

/** An error of the operating system: it has a code. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
