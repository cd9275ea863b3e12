/** What flows between stages: where they start, what they are called for, and the dot that each keeps to itself. */
import { AbortError, errorRow, type Row, type Session } from '../commands/command.ts';
import type { FormatContext } from '../print/format.ts';
import type { FormatVerb } from './ast.ts';
import type { ReportContext } from './report.ts';
import type { VariableStore } from './variables.ts';

/** What stages need of the interpreter. */
export interface PipelineContext extends ReportContext {
  readonly session: Session;
  readonly variables: VariableStore;
  /** @throws LineError when the text is not a bare expression, or has no value */
  valueOf(text: string): bigint;
  formatContext(verb: FormatVerb, isPipeOut: boolean): FormatContext;
}

/** Where the first stage starts. */
export interface Start {
  readonly address: bigint;
  readonly hasAddress: boolean;
  readonly count: bigint | undefined;
}

/** What one stage gets. */
export interface Flow {
  readonly context: PipelineContext;
  readonly start: Start;
  /** The addresses from the stage before; undefined for the first stage. Messages come along and are to be passed on. */
  readonly input: Iterable<Row> | undefined;
  /** True when the rows enter another stage. */
  readonly isPipeOut: boolean;
}

/** What a stage does at one address. `input` is the row that brought it through the pipe. */
export type Call = (address: bigint, isFirst: boolean, input: Row | undefined) => Iterable<Row>;

/** How a stage goes about its addresses. */
export interface CallStyle {
  /** The count is an argument: one call. */
  readonly takesCount?: boolean;
  /** The rows that tell of an error of one call; throws what ends the pipeline. Without it, every error does. */
  readonly onError?: (error: unknown) => Iterable<Row>;
}

/**
 * Calls a stage for each address: those of the pipe, or the one given and as many after it as the count says.
 *
 * While the stages behind it run, a stage keeps its own dot. This is the inner loop of every pipeline: no generator but
 * the command's own is made for an address.
 */
export function* eachAddress(flow: Flow, call: Call, style: CallStyle = {}): Generator<Row> {
  const { session } = flow.context;
  const isPiped = flow.input !== undefined;
  let seen = 0;
  let { dot: lastDot, increment: lastIncrement, recentAddress: lastRecent } = session;
  for (const element of flow.input ?? repeated(flow, style.takesCount ?? false)) {
    const address = element.value;
    if (address === undefined) {
      yield element;
      continue;
    }
    session.dot = address;
    session.recentAddress = address;
    if (++seen % 1024 === 0) session.checkpoint();
    try {
      for (const row of call(address, seen === 1, isPiped ? element : undefined)) {
        if (!flow.isPipeOut) {
          yield row;
          continue;
        }
        const { dot, increment, recentAddress } = session;
        yield row;
        session.dot = dot;
        session.increment = increment;
        session.recentAddress = recentAddress;
      }
    } catch (error) {
      if (style.onError === undefined) throw error;
      yield* style.onError(error);
    }
    lastDot = session.dot;
    lastIncrement = session.increment;
    lastRecent = session.recentAddress;
  }
  if (seen === 0 || !isPiped) return;
  // The stage before has had the last word on dot when it ended.
  session.dot = lastDot;
  session.increment = lastIncrement;
  session.recentAddress = lastRecent;
}

/** The address given, then one for each further count: dot and the increment that the call before left. */
function* repeated(flow: Flow, takesCount: boolean): Generator<Row> {
  const { session } = flow.context;
  const { count, address } = flow.start;
  if (count === 0n) return;
  yield { spans: [], value: address };
  const repeats = takesCount ? 1n : (count ?? 1n);
  for (let index = 1n; index < repeats; index++) {
    const next = BigInt.asUintN(64, session.dot + session.increment);
    if (next >> 63n !== session.dot >> 63n) {
      yield errorRow("',' would cause '.' to overflow");
      throw new AbortError();
    }
    yield { spans: [], value: next };
  }
}

/** Keeps dot and increment of a stage over the time that the stages behind it run. */
export function* ownDot(rows: Iterable<Row>, flow: Flow): Generator<Row> {
  if (!flow.isPipeOut) return yield* rows;
  const { session } = flow.context;
  for (const row of rows) {
    const { dot, increment, recentAddress } = session;
    yield row;
    session.dot = dot;
    session.increment = increment;
    session.recentAddress = recentAddress;
  }
}
