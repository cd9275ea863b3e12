/** What a command of the command line is: one file each, one line in `commands.ts`. */
import type { ParseArgsConfig } from 'node:util';

export interface Command {
  /** Behind `corewalk NAME`: `SCENARIO [options] -o FILE`. */
  readonly usage: string;
  /** Paragraphs for `--help`. */
  readonly description: string;
  readonly options: readonly OptionHelp[];
  readonly examples: readonly { readonly line: string; readonly explains: string }[];
  /**
   * @returns the exit status
   * @throws UsageError for wrong words: exit status 2; the error classes of dump-format/errors.ts: exit status 1
   */
  run(words: readonly string[], terminal: Terminal): Promise<number>;
}

export interface OptionHelp {
  /** As it is typed: `-o FILE`, `--json`. */
  readonly option: string;
  readonly help: string;
}

/** The process around a command. */
export interface Terminal {
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
  readonly input: NodeJS.ReadStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** File of this program: what a thread runs. */
  readonly program: string;
}

/** Options in the form of `util.parseArgs`. */
export type OptionTable = NonNullable<ParseArgsConfig['options']>;

/** Exit statuses. Those of mdb, and one for findings. */
export const exitStatus = {
  ok: 0,
  /** The last command failed, or the dump can't be opened, or not all that it shows can be trusted: it is damaged, or its kernel is another. */
  failed: 1,
  /** The words of the command line are wrong. */
  usage: 2,
  /** `corewalk check` found something wrong in the dump. */
  findings: 3,
} as const;
