/** One dump, one session: what console, editor, tests and servers call. */
import type { Row, Session } from './commands/command.ts';
import type { Finding } from './checks/check.ts';
import type { Target } from './target/target.ts';

export interface Inspector {
  readonly target: Target;
  readonly session: Session;
  /**
   * Runs one line of the mdb language. Rows come as they are made; errors are rows too (mdb's words, kind `error`).
   * Never throws for a user's line; the outcome is told by `lastStatus`.
   */
  execute(line: string): Iterable<Row>;
  /** mdb's exit status rule: whether the last command of the last line came out well. */
  readonly lastStatus: 'ok' | 'error';
  /** Completions of the line at a cursor position (UTF-16 offset). */
  complete(line: string, position: number): readonly Completion[];
  /** Every checker that applies, in table order. */
  check(): Iterable<Finding>;
  /** Stops the running `execute` at its next checkpoint. */
  cancel(): void;
  onProgress: ((progress: { done: number; total?: number; what: string }) => void) | undefined;
}

export interface Completion {
  readonly text: string;
  readonly kind:
    'dcmd' | 'walker' | 'type' | 'member' | 'symbol' | 'variable' | 'option' | 'format';
  /** Range of the line that the text replaces. */
  readonly start: number;
  readonly end: number;
  readonly detail?: string;
}
