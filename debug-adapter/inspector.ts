/** One dump, one session: what console, editor, tests and servers call. */
import type { Capabilities, Row, Session, Settings } from './commands/command.ts';
import type { Finding } from './checks/check.ts';
import type { Grammar } from './language/syntax.ts';
import type { Target } from './target/target.ts';

export interface Inspector {
  readonly target: Target;
  readonly session: Session;
  /**
   * Runs a line of the mdb language, or several (a script, a selection of an editor). Rows come as they are made; errors are rows too (mdb's words, kind `error`).
   * Never throws for a user's line; the outcome is told by `lastStatus`.
   */
  execute(line: string): Iterable<Row>;
  /** True after `::quit`: the shell ends the session once the line is done. */
  readonly hasQuit: boolean;
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

/** What a shell brings when it opens a dump: `createInspector(dump, options)`. */
export interface InspectorOptions {
  /** The mdb grammar: `openGrammar` of grammar/tree-sitter-mdb.wasm, after `startSyntax`. */
  readonly grammar: Grammar;
  /** The C grammar, opened when a command first asks for it. */
  readonly cGrammar?: () => Grammar;
  readonly capabilities?: Capabilities;
  readonly settings?: Partial<Settings>;
  /** Asked at every checkpoint, with and without progress; true cancels the running command. For a shell whose event loop waits for the engine. */
  readonly isCancelled?: () => boolean;
  /** At a prompt: a repeated command is echoed, an expression without a command prints its value, hints are given. */
  readonly isInteractive?: boolean;
}
