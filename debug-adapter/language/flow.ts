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

/**
 * Calls `run` for each address: those of the pipe, or the one given and as many after it as the count says.
 *
 * Between two calls of a count, dot moves by the increment that the call left.
 */
export function* eachAddress(
  flow: Flow,
  run: (call: { address: bigint; isFirst: boolean; input: Row | undefined }) => Iterable<Row>,
  takesCount = false,
): Generator<Row> {
  const { session } = flow.context;
  if (flow.input !== undefined) return yield* eachElement(flow, run);
  const { count, address } = flow.start;
  if (count === 0n) return;
  const repeats = takesCount ? 1n : (count ?? 1n);
  for (let index = 0n; index < repeats; index++) {
    let next = address;
    if (index > 0n) {
      next = BigInt.asUintN(64, session.dot + session.increment);
      if (next >> 63n !== session.dot >> 63n) {
        yield errorRow("',' would cause '.' to overflow");
        throw new AbortError();
      }
      if (index % 1024n === 0n) session.checkpoint();
    }
    moveTo(session, next);
    yield* ownDot(run({ address: next, isFirst: index === 0n, input: undefined }), flow);
  }
}

function* eachElement(
  flow: Flow,
  run: (call: { address: bigint; isFirst: boolean; input: Row | undefined }) => Iterable<Row>,
): Generator<Row> {
  const { session } = flow.context;
  let seen = 0;
  let own = dots(session);
  for (const element of flow.input ?? []) {
    if (element.value === undefined) {
      yield element;
      continue;
    }
    moveTo(session, element.value);
    if (++seen % 1024 === 0) session.checkpoint();
    yield* ownDot(run({ address: element.value, isFirst: seen === 1, input: element }), flow);
    own = dots(session);
  }
  // The stage before has had the last word on dot when it ended.
  if (seen > 0) Object.assign(session, own);
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

function moveTo(session: Session, address: bigint): void {
  session.dot = address;
  session.recentAddress = address;
}

function dots(session: Session): { dot: bigint; increment: bigint; recentAddress: bigint } {
  const { dot, increment, recentAddress } = session;
  return { dot, increment, recentAddress };
}
