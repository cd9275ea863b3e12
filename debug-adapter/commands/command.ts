/** What a dcmd and a walker are, what they get and what they give. Every command file and the language import this. */
import type { CType } from '../../dump-format/ctype.ts';
import type { Check } from '../checks/check.ts';
import type { AddedTypes } from '../language/added-types.ts';
import type { Grammar } from '../language/syntax.ts';
import type { Target } from '../target/target.ts';

/** A piece of a line, with what it is about, so that a console can colour it and a reader can click it. */
export interface Span {
  readonly kind:
    | 'text'
    | 'heading'
    | 'address'
    | 'symbol'
    | 'type'
    | 'member'
    | 'number'
    | 'string'
    | 'error'
    | 'comment';
  readonly text: string;
  /** The address behind the text, when it has one. */
  readonly address?: bigint;
}

/** One line of output: text for people, a value for the next stage, data for programs. */
export interface Row {
  readonly spans: readonly Span[];
  /** What the next stage of a pipeline takes. A row without one (a header, a comment) is not passed on. */
  readonly value?: bigint;
  /** The object the line is about: makes it expandable in an editor. */
  readonly object?: { readonly address: bigint; readonly type: CType };
  /** The data behind the line for `--json`; bigints are written as hex strings there. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** A message and not output: it goes where errors go, makes the status `error`, and never enters a pipe. Made by `errorRow`. */
  readonly isError?: true;
}

/** A word of an argument list, or the value of a `$[expression]`. */
export type Argument =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'immediate'; readonly value: bigint };

/** The state a debugger keeps between lines (mdb reference, section 2.1). */
export interface Session {
  readonly target: Target;
  dot: bigint;
  /** Bytes that the last format verb covered. */
  increment: bigint;
  /** The address of the most recent command: the `&` operand. */
  recentAddress: bigint;
  /** Radix of numbers without prefix, in and out: 2 to 16. */
  radix: number;
  readonly settings: Settings;
  readonly variables: Variables;
  /** Evaluates an mdb expression at the current dot. @throws UsageError, LookupError, FaultError */
  evaluate(expression: string): bigint;
  /**
   * Runs a line as `::eval` does: in a frame of its own whose dot comes back. Errors are rows.
   *
   * @param isPipeOut hand on `Invocation.isPipeOut`, so that the commands in the line know where their rows go
   */
  execute(line: string, isPipeOut?: boolean): Iterable<Row>;
  dcmd(name: string): Dcmd | undefined;
  walker(name: string): Walker | undefined;
  dcmds(): Iterable<Dcmd>;
  walkers(): Iterable<Walker>;
  /** Every checker there is, in table order; each says itself whether it applies. */
  readonly checks: readonly Check[];
  /** What the shell around the engine lets a session do outside the dump. */
  readonly capabilities: Capabilities;
  /** Reads C; compiled when it is first asked for. Undefined when the shell brought no C grammar. */
  readonly cGrammar: Grammar | undefined;
  /** Types added by `::typedef` and from headers; the target looks there for what the dump does not have. */
  readonly addedTypes: AddedTypes;
  /** `$[expression]` and quotes read as mdb reads an argument list; for commands that take a line apart themselves. */
  parseArguments(text: string): readonly Argument[];
  /** The log that rows are written to; `::log` opens and closes it. */
  log: SessionLog | undefined;
  /** Drops the lines of the macro or script that is running: `$<`. */
  endInput(): void;
  /** Ends the session after the line: `::quit`. */
  quit(): void;
  /** Asked by anything long: throws `CancelledError` once the user has cancelled; also reports progress. */
  checkpoint(progress?: {
    readonly done: number;
    readonly total?: number;
    readonly what: string;
  }): void;
}

export interface Settings {
  /** Array elements printed; `undefined` is no limit. mdb: array_mem_limit, 32. */
  arrayElementLimit: number | undefined;
  /** Characters of a char array printed as a string. mdb: array_str_limit, 1024. */
  stringLimit: number | undefined;
  /** 0 is mdb's smart mode: an address belongs to a symbol only inside its size. */
  symbolDistance: bigint;
  /** Columns of the output device. */
  columns: number;
  /** Steps any walk may take before it says so and stops. */
  walkLimit: number;
  /** False: lines of format output grow without end (`::set +o autowrap`). */
  isWrapping: boolean;
  /** An empty line at the prompt repeats the last command (`::set -o repeatlast`). */
  repeatsLastCommand: boolean;
  /** Directories that macro files and headers are looked for in, after the one that a name stands in (`::set -I`). */
  path: readonly string[];
  /** What the shell prints before a line; `%<_name>` stands for a variable's value. */
  prompt: string;
}

/** Each is absent unless the shell offers it; a command says so politely then. All are synchronous. */
export interface Capabilities {
  /** The text of a macro file, a start-up file or a file for `::cat`; undefined when there is none. */
  readonly readFile?: (name: string) => string | undefined;
  /** Runs a shell command with `input` on its standard input. */
  readonly runShell?: (
    command: string,
    input: string,
  ) => { readonly output: string; readonly errors: string; readonly status: number };
  /** Opens a session log for appending. @throws UsageError when it can't be opened */
  readonly openLog?: (name: string) => { write(text: string): void; close(): void };
}

export interface SessionLog {
  /** As the user gave it. */
  readonly name: string;
  write(text: string): void;
  close(): void;
}

export interface Variables {
  get(name: string): bigint | undefined;
  /** @throws UsageError for a read-only name or one that mdb's rules forbid */
  set(name: string, value: bigint): void;
  unset(name: string): void;
  /** Marks a variable for `::vars -t`. */
  tag(name: string, isTagged: boolean): void;
  entries(): Iterable<{
    readonly name: string;
    readonly value: bigint;
    readonly isReadOnly: boolean;
    readonly isPersistent: boolean;
    readonly isTagged: boolean;
  }>;
}

/** One call of a dcmd. */
export interface Invocation {
  /** The same object in all calls of one run of a stage: a key for what a command prepares once (`oncePerStage`). */
  readonly stage: object;
  readonly session: Session;
  readonly target: Target;
  /** The address given, or dot. */
  readonly address: bigint;
  /** True when the line or the pipe gave an address. */
  readonly hasAddress: boolean;
  /** The repeat count given (`,n`), or undefined. */
  readonly count: bigint | undefined;
  /** True on the first call of a loop and on a single call: print the table's header now. */
  readonly isFirst: boolean;
  /** True when the address comes out of a pipe. */
  readonly isPiped: boolean;
  /** True when another stage takes the rows: give values, no headers. */
  readonly isPipeOut: boolean;
  /** The row that brought the address through the pipe: its `object.type` can stand in for a type argument. */
  readonly input?: Row;
  readonly arguments: readonly Argument[];
  /** The options that `Dcmd.options` declares, parsed as mdb's getopts does and taken out of `arguments`. */
  readonly options: Options;
}

export interface Options {
  has(letter: string): boolean;
  /** The text of an option that takes one. */
  text(letter: string): string | undefined;
  /** The value of a numeric option, read in the session's radix unless prefixed. */
  number(letter: string): bigint | undefined;
}

export interface OptionSpecification {
  /** One letter. */
  readonly letter: string;
  readonly argument: 'none' | 'text' | 'number';
  /** For `::help`: what it does. */
  readonly help: string;
  /** The name of the argument in the synopsis: `limit`. */
  readonly argumentName?: string;
}

export interface HelpExample {
  readonly line: string;
  readonly explains: string;
}

export interface Dcmd {
  /** Without `::`. Legacy names carry their sign: `$c`, `:z`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** mdb's `?`, `:` and blank. */
  readonly address: 'optional' | 'required' | 'none';
  /** Arguments in the usage line, after the options: `type [member ...]`. */
  readonly synopsis?: string;
  /** True when `address,count` is an argument (`::dump`: bytes) and not a number of repeats: `run` is called once. */
  readonly takesCount?: boolean;
  /** One line for `::dcmds`. */
  readonly summary: string;
  /** Paragraphs for `::help`. */
  readonly description?: string;
  /** Undefined: the command reads its words itself and none is taken for an option. */
  readonly options?: readonly OptionSpecification[];
  readonly examples?: readonly HelpExample[];
  /** `mdb` when mdb has it too; `corewalk` when it is ours. */
  readonly origin: 'mdb' | 'corewalk';
  /** The kernel module or layer it belongs to, for grouping: `core`, `illumos`, `akaros`. Filled in by the table. */
  readonly module?: string;
  /** What completion offers for argument n: a type, a member of the type before it, a symbol, a walker and so on. */
  readonly completes?: readonly CompletionKind[];
  /** @throws UsageError for wrong arguments: the usage line is then printed */
  run(invocation: Invocation): Iterable<Row>;
  /** Set instead of per-address calls when the command takes the whole list: `::head`, `::sort`. Called once with the pipe. */
  runPipe?(invocation: Invocation, input: Iterable<Row>): Iterable<Row>;
}

export type CompletionKind =
  'type' | 'member' | 'symbol' | 'walker' | 'dcmd' | 'variable' | 'enum' | 'file' | 'none';

export interface Walker {
  readonly name: string;
  /** One line for `::walkers`. */
  readonly summary: string;
  readonly description?: string;
  readonly address: 'optional' | 'required' | 'none';
  /** C type of the elements, for completion, tables and views: `struct ctxop`. */
  readonly elementType?: string;
  readonly origin: 'mdb' | 'corewalk';
  readonly module?: string;
  /**
   * Yields element addresses; ends, whatever the memory holds.
   *
   * @param start the address given; undefined for a global walk
   * @throws FaultError after the elements that could be read
   */
  walk(target: Target, start: bigint | undefined): Iterable<bigint>;
}

/** Thrown out of `Session.checkpoint` when the user has cancelled. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  constructor() {
    super('command cancelled by user');
  }
}

/** Thrown by a dcmd that has said itself what went wrong: ends its loop and the pipeline, mdb's DCMD_ABORT. */
export class AbortError extends Error {
  override readonly name = 'AbortError';
}

/** A message in mdb's shape, `mdb: text`, for a command that goes on after an error; to stop, throw instead. */
export function errorRow(text: string): Row {
  return { spans: [{ kind: 'error', text: `mdb: ${text}` }], isError: true };
}

/** A row of one plain text. */
export function textRow(text: string, rest: Omit<Row, 'spans'> = {}): Row {
  return { spans: [{ kind: 'text', text }], ...rest };
}

/** The plain text of a row, as the CLI prints it without colour. */
export function rowText(row: Row): string {
  return row.spans.map((span) => span.text).join('');
}
