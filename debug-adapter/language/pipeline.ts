/**
 * Pipelines: stages that hand addresses to one another, one at a time.
 *
 * mdb collects all that a stage prints, parses it back, and starts the next stage when it is complete. Here a row's value
 * goes on as soon as there is one, so that a walk of a million elements takes no memory and shows its first row at once.
 * What a user can see is the same, but for one thing: when a walk fails half way, the stages behind have seen what came
 * before. Each stage has a dot of its own while others run in between.
 */
import { UsageError } from '../../dump-format/errors.ts';
import {
  AbortError,
  errorRow,
  rowText,
  type Argument,
  type Dcmd,
  type Invocation,
  type Options,
  type Row,
  type Session,
} from '../commands/command.ts';
import type { Target } from '../target/target.ts';
import { eachAddress, ownDot, type Flow, type PipelineContext, type Start } from './flow.ts';
import { LineError } from './line-error.ts';
import type { ParsedOptions } from './options.ts';
import type { PreparedDcmd, PreparedStage } from './prepare.ts';
import { reportError, usageRows } from './report.ts';
import { filterStage } from './shell.ts';
import { assignmentStage, formatStage, matchStage, writeStage } from './verbs.ts';

/** Runs stages one behind the other; `head` are rows that come before the first one. */
export function runStages(
  stages: readonly PreparedStage[],
  start: Start,
  context: PipelineContext,
  { head, isPipeOut }: { readonly head: Iterable<Row> | undefined; readonly isPipeOut: boolean },
): Iterable<Row> {
  let rows = head;
  for (const [index, stage] of stages.entries()) {
    const next = stages[index + 1];
    const goesOn = next === undefined ? isPipeOut : next.kind !== 'filter';
    const input =
      rows === undefined || stage.kind === 'filter' ? rows : pipeElements(rows, context);
    rows = runStage(stage, { context, start, input, isPipeOut: goesOn });
  }
  return rows ?? [];
}

function runStage(stage: PreparedStage, flow: Flow): Iterable<Row> {
  switch (stage.kind) {
    case 'dcmd':
      return dcmdStage(stage, flow);
    case 'format':
      return formatStage(stage, flow);
    case 'match':
      return matchStage(stage, flow);
    case 'write':
      return writeStage(stage, flow);
    case 'assignment':
      return assignmentStage(stage, flow);
    case 'filter':
      return filterStage(stage, flow);
  }
}

function dcmdStage(stage: PreparedDcmd, flow: Flow): Iterable<Row> {
  const { dcmd, parsed } = stage;
  const { session } = flow.context;
  if ('problem' in parsed) return ended(() => reported(parsed.problem, flow.context, dcmd));
  const { target } = session;
  const common = { ...flow.start, session, target, isPipeOut: flow.isPipeOut, parsed };
  const isPiped = flow.input !== undefined;
  if (isPiped && dcmd.runPipe !== undefined) {
    const invocation = new CallOf({ ...common, hasAddress: false, isPiped }, session.dot, true);
    return wholePipe(dcmd, invocation, flow);
  }
  const hasAddress = isPiped || flow.start.hasAddress;
  const hasStrayWords = (dcmd.synopsis ?? '') === '' && parsed.rest.length > 0;
  if (hasStrayWords || (hasAddress ? dcmd.address === 'none' : dcmd.address === 'required'))
    return ended(() => usageRows(dcmd));
  const every = { ...common, hasAddress, isPiped };
  return eachAddress(
    flow,
    (address, isFirst, input) => dcmd.run(new CallOf(every, address, isFirst, input)),
    {
      takesCount: dcmd.takesCount ?? false,
      // What a call throws for the user's fault is told, and the next address goes on; wrong usage ends the pipeline.
      *onError(error) {
        yield* reported(error, flow.context, dcmd);
        if (error instanceof UsageError && !(error instanceof LineError)) throw new AbortError();
      },
    },
  );
}

/** Rows that end the pipeline. */
function* ended(rows: () => Iterable<Row>): Generator<Row> {
  yield* rows();
  throw new AbortError();
}

/** What all calls of one stage share. */
interface EveryCall {
  readonly session: Session;
  readonly target: Target;
  readonly count: bigint | undefined;
  readonly hasAddress: boolean;
  readonly isPiped: boolean;
  readonly isPipeOut: boolean;
  readonly parsed: ParsedOptions;
}

/** One call. A class and no spread of what calls share: a million of them are made for a walk. */
class CallOf implements Invocation {
  readonly session: Session;
  readonly target: Target;
  readonly address: bigint;
  readonly hasAddress: boolean;
  readonly count: bigint | undefined;
  readonly stage: object;
  readonly isFirst: boolean;
  readonly isPiped: boolean;
  readonly isPipeOut: boolean;
  readonly arguments: readonly Argument[];
  readonly options: Options;
  declare readonly input?: Row;

  constructor(every: EveryCall, address: bigint, isFirst: boolean, input?: Row) {
    this.stage = every;
    this.session = every.session;
    this.target = every.target;
    this.address = address;
    this.hasAddress = every.hasAddress;
    this.count = every.count;
    this.isFirst = isFirst;
    this.isPiped = every.isPiped;
    this.isPipeOut = every.isPipeOut;
    this.arguments = every.parsed.rest;
    this.options = every.parsed.options;
    if (input !== undefined) this.input = input;
  }
}

/** A dcmd that takes the whole pipe. Walk variables have, for each row that it lets through, the value they had then. */
function* wholePipe(dcmd: Dcmd, invocation: Invocation, flow: Flow): Generator<Row> {
  const { variables } = flow.context;
  const messages: Row[] = [];
  const then = new WeakMap<Row, ReadonlyMap<string, bigint>>();
  const generation = variables.generation;
  const input = function* (): Generator<Row> {
    for (const row of flow.input ?? []) {
      if (row.value === undefined) messages.push(row);
      else {
        if (variables.generation !== generation) then.set(row, variables.snapshot());
        yield row;
      }
    }
  };
  try {
    for (const row of ownDot(dcmd.runPipe?.(invocation, input()) ?? [], flow)) {
      yield* messages.splice(0);
      const values = then.get(row);
      if (values !== undefined) variables.restore(values);
      yield row;
    }
  } catch (error) {
    yield* messages.splice(0);
    yield* reported(error, flow.context, dcmd);
    throw new AbortError();
  }
  yield* messages;
}

/**
 * What enters a stage: rows with a value, and messages on their way out.
 *
 * A row without one is what mdb sees in every row: text that must be an expression. Headings and comments are left out.
 */
function* pipeElements(rows: Iterable<Row>, context: PipelineContext): Generator<Row> {
  let line = 0;
  for (const row of rows) {
    line++;
    if (row.value !== undefined || row.isError) {
      yield row;
      continue;
    }
    const text = rowText(row);
    const isQuiet = row.spans.every(({ kind }) => kind === 'heading' || kind === 'comment');
    if (isQuiet || text.trim() === '') continue;
    let value: bigint;
    try {
      value = context.valueOf(text);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      const message = error.near === undefined ? error.message : error.message.split(' near ')[0];
      const near = error.near === undefined ? '' : ` near "${error.near}"`;
      yield errorRow(`${message} on line ${line} of (pipeline)${near}`);
      throw new AbortError();
    }
    yield { ...row, value };
  }
}

/** The rows of a user's error. @throws what is none: our own bugs, a cancelled command, an abort */
function reported(error: unknown, context: PipelineContext, dcmd: Dcmd): Row[] {
  const rows = reportError(error, context, dcmd);
  if (rows === undefined) throw error;
  return rows;
}
