/** The threads of a dump for commands that need them all: a damaged list gives what it has, and says what is missing. */
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { KernelThread, Target } from '../target/target.ts';
import type { Row } from './command.ts';

/** Threads as far as they can be read. `gaps` gets a sentence when the list ends in an error. */
export function* readThreads(target: Target, gaps: string[]): Generator<KernelThread> {
  let count = 0;
  try {
    for (const thread of target.threads()) {
      count++;
      yield thread;
    }
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
    gaps.push(`the list of threads ends after ${count}: ${error.message}`);
  }
}

/** One row for each sentence. */
export function gapRows(gaps: readonly string[]): Row[] {
  return gaps.map((gap) => ({ spans: [{ kind: 'error', text: `note: ${gap}` }], isError: true }));
}
