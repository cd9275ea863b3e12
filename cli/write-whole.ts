/** Files that the command line writes: whole or not at all, whatever is pressed meanwhile. */
import { writeFile } from '../dump-format/file-sink.ts';

/** Exit status of a program that a signal ended: 128 and its number. */
const signals = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Writes a file. A signal that arrives while it is written ends the program once it is complete: half a file would stay otherwise.
 *
 * @returns bytes written
 * @throws UsageError when it can't be written; nothing is left then
 */
export function writeWhole(path: string, chunks: Iterable<Uint8Array>): number {
  const end = (signal: keyof typeof signals): never => process.exit(signals[signal]);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  try {
    return writeFile(path, chunks);
  } finally {
    // A signal is heard when the loop comes round.
    setImmediate(() => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
    });
  }
}
