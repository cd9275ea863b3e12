/** What is fuzzed: a reader of ours, bytes that it takes, and what has to be reached for the fuzzing to mean anything. */
import { FaultError, FormatError, LookupError, UsageError } from '../../dump-format/errors.ts';
import { CancelledError } from '../../debug-adapter/commands/command.ts';
import type { Random } from '../language/generator.ts';

export interface FuzzTarget {
  /** `elf`. */
  readonly name: string;
  /** Sound inputs to begin with. */
  seeds(): readonly Uint8Array[];
  /** Where the numbers of an input are that mean something; found anew for each input. */
  fields?(bytes: Uint8Array): readonly Field[];
  /** A change that knows the format and leaves it whole; undefined where there is nothing to change. */
  change?(bytes: Uint8Array, random: Random): Uint8Array | undefined;
  /** Set for files that people open: a share of the inputs also goes through the command line, with these lines, and through an adapter. */
  readonly lines?: readonly string[];
  /** Words of the format, to be put anywhere. */
  readonly words?: readonly string[];
  /**
   * Reads the bytes and asks for all that they give.
   *
   * @throws what is not one of the user's errors: that is a finding
   */
  run(bytes: Uint8Array, random: Random): void | Promise<void>;
  /** Functions (`file.ts:name`) that a short run has to reach: the fuzzer is no better than its way in. */
  readonly reaches: readonly string[];
}

/** A number in the input, little-endian. */
export interface Field {
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
}

/** Milliseconds that one input may take. */
export const timeLimit = 10_000;

/** Bytes that one input may make the process hold. */
export const memoryLimit = 1024 * 1024 * 1024;

const userErrors = [FormatError, FaultError, LookupError, UsageError, CancelledError];

/** Calls what may refuse, with an error of the user's and in plain words. */
export function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (!isUserError(error)) throw error;
    return undefined;
  }
}

/** @throws Error when the message is not fit to be read */
export function isUserError(error: unknown): boolean {
  if (!userErrors.some((each) => error instanceof each) || !(error instanceof Error)) return false;
  if (/undefined(?! for \d)|NaN|\[object/.test(error.message))
    throw new Error(`a message that nobody understands: ${error.message}`, { cause: error });
  return true;
}
