/** The state of a session and the run of a line: frames, repetition of the last command, nested evaluation, status. */
import {
  AbortError,
  CancelledError,
  errorRow,
  rowText,
  type Argument,
  type Capabilities,
  type Dcmd,
  type Row,
  type Session,
  type SessionLog,
  type Settings,
  type Walker,
} from '../commands/command.ts';
import type { Check } from '../checks/check.ts';
import type { Target } from '../target/target.ts';
import type { Expression, ParsedLine, ShellTail, Statement } from './ast.ts';
import type { CommandTable } from './command-table.ts';
import { equivalentOf } from './equivalents.ts';
import { evaluate } from './evaluate.ts';
import { formatContextOf, type Disassembler } from './format-context.ts';
import type { PipelineContext, Start } from './flow.ts';
import { LineError } from './line-error.ts';
import { didYouMean } from './nearest.ts';
import { runStages } from './pipeline.ts';
import { prepareStages, type PreparedStage } from './prepare.ts';
import { bareExpression, ProgramCache } from './program.ts';
import { repetitionNote, valueRow } from './prompt-rows.ts';
import { reportError, reportFault } from './report.ts';
import { defaultSettings } from './settings.ts';
import { linesOf, shellRows, textOf } from './shell.ts';
import type { AddedTypes } from './added-types.ts';
import type { Grammar } from './syntax.ts';
import { VariableStore } from './variables.ts';

/** `::eval` in `::eval` and macros in macros, at most. */
export const maximumDepth = 32;

export interface InterpreterOptions {
  readonly target: Target;
  readonly grammar: Grammar;
  readonly cGrammar: (() => Grammar) | undefined;
  readonly addedTypes: AddedTypes;
  readonly commands: CommandTable;
  readonly checks: readonly Check[];
  readonly capabilities: Capabilities;
  readonly settings: Partial<Settings>;
  readonly isInteractive: boolean;
  /** Asked at every checkpoint; true cancels. */
  readonly isCancelled: () => boolean;
  /** Reads an instruction; undefined when there is no disassembler for the machine. @throws FaultError */
  readonly disassemble: Disassembler | undefined;
}

/** Where a line comes from: mdb treats a bare expression and names the place of an error accordingly. */
interface Source {
  readonly kind: 'prompt' | 'string';
  /** For messages: `(string)`, a macro's name. Undefined at the prompt. */
  readonly name: string | undefined;
  /** Where the rows of the last stage go. */
  readonly isPipeOut: boolean;
}

interface LastCommand {
  readonly stages: readonly PreparedStage[];
}

export type ProgressListener = (progress: { done: number; total?: number; what: string }) => void;

export class Interpreter implements Session {
  dot = 0n;
  increment = 0n;
  recentAddress = 0n;
  radix = 16;
  status: 'ok' | 'error' = 'ok';
  hasQuit = false;
  log: SessionLog | undefined;
  onProgress: ProgressListener | undefined;
  readonly target: Target;
  readonly settings: Settings;
  readonly variables: VariableStore;
  readonly checks: readonly Check[];
  readonly capabilities: Capabilities;
  readonly addedTypes: AddedTypes;
  private readonly options: InterpreterOptions;
  private readonly programs: ProgramCache;
  private lastCommand: LastCommand | undefined;
  private openedCGrammar: Grammar | undefined;
  private isCancelled = false;
  private hasEndedInput = false;
  private depth = 0;

  constructor(options: InterpreterOptions) {
    this.options = options;
    this.target = options.target;
    this.checks = options.checks;
    this.capabilities = options.capabilities;
    this.addedTypes = options.addedTypes;
    this.settings = { ...defaultSettings, ...options.settings };
    this.programs = new ProgramCache(options.grammar);
    this.variables = new VariableStore(options.target, this);
  }

  get cGrammar(): Grammar | undefined {
    this.openedCGrammar ??= this.options.cGrammar?.();
    return this.openedCGrammar;
  }

  /** Runs lines as they are typed. Never throws; `status` tells how the last command came out. */
  *runPrompt(text: string): Generator<Row> {
    this.isCancelled = false;
    this.hasEndedInput = false;
    this.status = 'ok';
    const source: Source = { kind: 'prompt', name: undefined, isPipeOut: false };
    this.log?.write(`${this.settings.prompt}${text}\n`);
    try {
      // Every row comes through here: no generator is between this one and the line's.
      const lines = text.includes('\n') ? this.runLines(text, source) : this.runOne(text, source);
      for (const row of lines) {
        if (row.isError) this.status = 'error';
        this.log?.write(`${rowText(row)}\n`);
        yield row;
      }
      this.hasEndedInput = false;
    } catch (error) {
      this.status = 'error';
      if (error instanceof CancelledError) yield errorRow(error.message);
      else if (!(error instanceof AbortError))
        yield errorRow(`internal error: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  cancel(): void {
    this.isCancelled = true;
  }

  evaluate(expression: string): bigint {
    return evaluate(this.programs.expression(expression), this);
  }

  execute(line: string, isPipeOut = false): Iterable<Row> {
    const bare = line.includes('\n') ? undefined : bareExpression(this.programs.line(line));
    return bare === undefined ? this.executeLines(line, isPipeOut) : this.moveDot(bare, line);
  }

  /** `::map` and `::grep` do this for each address: no frame, no generator. */
  private moveDot(expression: Expression, line: string): Iterable<Row> {
    try {
      this.dot = evaluate(expression, this);
      this.increment = 0n;
      return [];
    } catch (error) {
      const rows = reportError(error, this.context(line));
      if (rows === undefined) throw error;
      return rows;
    }
  }

  private *executeLines(line: string, isPipeOut: boolean): Generator<Row> {
    if (this.depth >= maximumDepth)
      throw new LineError(`evaluation is nested deeper than ${maximumDepth} levels`);
    this.depth++;
    try {
      yield* this.runLines(line, { kind: 'string', name: '(string)', isPipeOut });
    } finally {
      this.depth--;
    }
  }

  dcmd(name: string): Dcmd | undefined {
    return this.options.commands.dcmd(name);
  }

  walker(name: string): Walker | undefined {
    return this.options.commands.walker(name);
  }

  dcmds(): Iterable<Dcmd> {
    return this.options.commands.allDcmds();
  }

  walkers(): Iterable<Walker> {
    return this.options.commands.allWalkers();
  }

  parseArguments(text: string): readonly Argument[] {
    const [statement] = this.programs.line(`::echo ${text}`).statements;
    const [stage] = statement?.stages ?? [];
    if (stage?.kind !== 'dcmd') return [];
    return stage.arguments.map((each) =>
      each.kind === 'word'
        ? { kind: 'word', text: each.text }
        : { kind: 'immediate', value: evaluate(each.expression, this) },
    );
  }

  endInput(): void {
    this.hasEndedInput = true;
  }

  quit(): void {
    this.hasQuit = true;
  }

  checkpoint(progress?: { done: number; total?: number; what: string }): void {
    if (this.isCancelled || this.options.isCancelled()) throw new CancelledError();
    if (progress !== undefined) this.onProgress?.(progress);
  }

  private *runLines(text: string, source: Source): Generator<Row> {
    const lines = text.includes('\n') ? linesOf(text) : [text];
    for (const [index, line] of lines.entries()) {
      yield* this.runLine(this.programs.line(line), index + 1, source);
      if (this.hasQuit || this.hasEndedInput) break;
    }
    this.hasEndedInput = false;
  }

  private runOne(text: string, source: Source): Generator<Row> {
    return this.runLine(this.programs.line(text), 1, source);
  }

  private *runLine(line: ParsedLine, number: number, source: Source): Generator<Row> {
    const where = source.name === undefined ? undefined : { line: number, name: source.name };
    const context = this.context(line.text);
    if (line.text.trim() === '') {
      if (source.kind !== 'prompt' || !this.settings.repeatsLastCommand) return;
      try {
        yield* this.repeat(context);
      } catch (error) {
        const rows = reportError(error, context);
        if (rows === undefined) throw error;
        yield* rows;
      }
      return;
    }
    if (line.statements.length === 0 && source.kind === 'prompt') {
      const rows = this.runEquivalent(line.text, source);
      if (rows !== undefined) return yield* rows;
    }
    for (const statement of line.statements) {
      if (source.kind === 'prompt') this.status = 'ok';
      try {
        yield* this.runStatement(statement, line.text, source);
      } catch (error) {
        const rows = this.runUnknownName(error, line, source) ?? reportError(error, context);
        if (rows === undefined) throw error;
        yield* rows;
        // What the rest of the line would do was meant to come after this.
        return;
      }
      if (this.hasQuit || this.hasEndedInput) return;
    }
    if (line.fault !== undefined) {
      const hint = equivalentOf(line.text)?.explanation;
      yield* reportFault(line.fault, where, context, hint);
    }
  }

  private runStatement(statement: Statement, line: string, source: Source): Iterable<Row> {
    const stages = prepareStages(statement.stages, {
      radix: this.radix,
      evaluate: (expression) => evaluate(expression, this),
      dcmd: (name) => this.dcmd(name),
      hintFor: (name) => this.commandHint(name),
    });
    const start = this.start(statement);
    if (stages.length > 0 && source.kind === 'prompt') this.lastCommand = { stages };
    if (stages.length > 0 || statement.head !== undefined) {
      const isPipeOut = source.isPipeOut && statement.shell === undefined;
      const head = statement.head && shellRows(statement.head.command, [], this);
      const rows = runStages(stages, start, this.context(line), { head, isPipeOut });
      return this.shellTail(rows, statement, source);
    }
    const isBare = start.hasAddress || start.count !== undefined;
    return this.shellTail(isBare ? this.bare(start, line, source) : [], statement, source);
  }

  private start(statement: Statement): Start {
    const { address, count, stages } = statement;
    const repeats = count === undefined ? undefined : evaluate(count, this);
    if (address !== undefined)
      return { address: evaluate(address, this), hasAddress: true, count: repeats };
    const isRepetition = stages.length === 0 && repeats !== undefined;
    const from = isRepetition ? BigInt.asUintN(64, this.dot + this.increment) : this.dot;
    return { address: from, hasAddress: isRepetition, count: repeats };
  }

  /** An address alone: dot in a string; at the prompt the last command once more, at that address. */
  private *bare(start: Start, line: string, source: Source): Generator<Row> {
    if (source.kind === 'string') {
      this.dot = start.address;
      this.increment = 0n;
      return;
    }
    const { isInteractive } = this.options;
    // mdb would print the usage of a command that takes no address; a person at a prompt wants the value.
    if (this.lastCommand !== undefined && (!isInteractive || takesAddress(this.lastCommand))) {
      if (isInteractive) yield repetitionNote(start.address);
      const { stages } = this.lastCommand;
      yield* runStages(stages, start, this.context(line), { head: undefined, isPipeOut: false });
      return;
    }
    this.dot = start.address;
    this.increment = 0n;
    if (isInteractive) yield valueRow(start.address, this.target);
  }

  /** An empty line with `repeatlast`: the last command goes on behind where it stopped. */
  private *repeat(context: PipelineContext): Generator<Row> {
    if (this.lastCommand === undefined) return;
    const address = BigInt.asUintN(64, this.dot + this.increment);
    const start: Start = { address, hasAddress: true, count: undefined };
    const { stages } = this.lastCommand;
    yield* runStages(stages, start, context, { head: undefined, isPipeOut: false });
  }

  /** `! command` and `!< command`: the text of all rows goes in; what comes out is shown, or run. */
  private shellTail(rows: Iterable<Row>, { shell }: Statement, source: Source): Iterable<Row> {
    return shell === undefined ? rows : this.throughShell(rows, shell, source);
  }

  private *throughShell(rows: Iterable<Row>, shell: ShellTail, source: Source): Generator<Row> {
    const input = yield* textOf(rows);
    const output = shellRows(shell.command, input, this);
    if (!shell.evaluates) return yield* output;
    const lines = yield* textOf(output);
    yield* this.runLines(lines.join('\n'), { ...source, name: '(shell)' });
  }

  /** A line of gdb, crash or drgn. At a prompt it is run where its meaning is certain. */
  private runEquivalent(text: string, source: Source): Iterable<Row> | undefined {
    if (!this.options.isInteractive) return undefined;
    const equivalent = equivalentOf(text);
    if (equivalent?.line === undefined || !this.isRunnable(equivalent.line)) return undefined;
    return this.equivalentRows(equivalent.line, equivalent.explanation, source);
  }

  /** True when this session has every command of a line. */
  private isRunnable(line: string): boolean {
    const { statements, fault } = this.programs.line(line);
    const stages = statements.flatMap((statement) => statement.stages);
    return (
      fault === undefined &&
      stages.every((stage) => stage.kind !== 'dcmd' || this.dcmd(stage.name) !== undefined)
    );
  }

  private *equivalentRows(line: string, explanation: string, source: Source): Generator<Row> {
    yield { spans: [{ kind: 'comment', text: explanation }] };
    yield* this.runLine(this.programs.line(line), 1, source);
  }

  /** A name that is no symbol may be a command of another debugger: `bt`. */
  private runUnknownName(
    error: unknown,
    line: ParsedLine,
    source: Source,
  ): Iterable<Row> | undefined {
    if (source.kind !== 'prompt' || !(error instanceof LineError)) return undefined;
    if (!error.message.includes('unknown symbol name')) return undefined;
    const rows = this.runEquivalent(line.text, source);
    if (rows !== undefined) return rows;
    const explanation = equivalentOf(line.text)?.explanation;
    if (explanation === undefined) return undefined;
    return reportError(
      new LineError(error.message, {
        ...(error.place && { place: error.place }),
        hint: explanation,
      }),
      this.context(line.text),
    );
  }

  private commandHint(name: string): string | undefined {
    const spell = (each: string): string => (/^[$:]/.test(each) ? each : `::${each}`);
    return didYouMean(this.options.commands.dcmdsLike(name).map(spell));
  }

  private context(line: string): PipelineContext {
    return {
      session: this,
      variables: this.variables,
      line,
      isInteractive: this.options.isInteractive,
      valueOf: (text) => this.evaluate(text),
      formatContext: (verb, isPipeOut) =>
        formatContextOf(this, verb, isPipeOut, this.options.disassemble),
    };
  }
}

function takesAddress({ stages: [first] }: LastCommand): boolean {
  return first?.kind !== 'dcmd' || first.dcmd.address !== 'none';
}
