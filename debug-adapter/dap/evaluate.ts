/** `evaluate`: mdb lines in the console, C expressions in watches and hovers, whole values for the clipboard. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { FaultError, LookupError, UsageError } from '../../dump-format/errors.ts';
import { CancelledError } from '../commands/command.ts';
import { printValue } from '../print/print.ts';
import { isScalar } from '../print/scalars.ts';
import { defaultStyle } from '../print/style.ts';
import { valueText } from '../print/value-text.ts';
import { typeName } from '../target/type-names.ts';
import type { Value } from '../target/value.ts';
import { ConsoleOutput } from './console.ts';
import { atAddress } from './expressions.ts';
import { failureOf, isInternal } from './failure.ts';
import type { Fields } from './fields.ts';
import type { StackEntry } from './frames.ts';
import type { OpenDump } from './open-dump.ts';
import type { ConsoleBody } from './protocol.ts';
import { hexAddress, rowLine } from './row-text.ts';
import { safeText } from './safe-text.ts';
import { takeInSlices, type Control } from './slices.ts';
import { evaluateValue } from './value-expression.ts';
import { containerOf, describeValue, remark } from './variables.ts';
import type { Container, View } from './view.ts';

/** Milliseconds of a running command after which its output so far is shown. */
const flushInterval = 500;

/** Lines of a watch that is an mdb line. */
const watchLineLimit = 50;

/** Lines that the clipboard gets of one value. */
export const clipboardLineLimit = 1_000_000;

type Body = DebugProtocol.EvaluateResponse['body'];

/** `evaluate`. */
export async function evaluateBody(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<Body> {
  const atOnce = expressionBody(dump, fields);
  if (atOnce) return atOnce;
  const expression = fields.string('expression');
  const context = contextOf(fields);
  if (context === 'repl')
    return dump.exclusively(control, () => runLine(dump, expression, control));
  if (context === 'clipboard') return clipboardBody(dump, entryOf(dump, fields), expression);
  return watchLine(dump, expression, control);
}

/** `evaluate` of an expression in a frame, which is short; undefined for a line, and for the whole of a value. */
export function expressionBody(dump: OpenDump, fields: Fields): Body | undefined {
  const expression = fields.string('expression');
  const context = contextOf(fields);
  const isLong = context === 'repl' || context === 'clipboard';
  if (isLong || (context === 'watch' && isLine(expression))) return undefined;
  const format = { isHexadecimal: fields.object('format').boolean('hex') ?? false };
  const entry = entryOf(dump, fields);
  try {
    const value = evaluateValue(dump.inspector, entry, expression);
    const { text, shape } = describeValue(dump.view, value, expression, format);
    return { result: text, ...shape };
  } catch (error) {
    if (context !== 'watch') throw error;
    return mdbExpression(dump, expression, error);
  }
}

function contextOf(fields: Fields): string {
  return fields.optionalString('context') ?? 'watch';
}

function entryOf(dump: OpenDump, fields: Fields): StackEntry | undefined {
  const frameId = fields.optionalInteger('frameId');
  return frameId === undefined ? dump.selectedFrame() : dump.frames.entry(frameId);
}

/** `corewalk/console`: a line that nobody typed is shown with its output; one that fails says so there too. */
export async function consoleBody(
  dump: OpenDump,
  fields: Fields,
  control: Control,
): Promise<ConsoleBody> {
  const line = fields.string('line');
  return dump.exclusively(control, async () => {
    control.output({ category: 'stdout', output: `> ${safeText(line)}\n` });
    try {
      const { result } = await runLine(dump, line, control);
      if (result !== '') control.output({ category: 'stdout', output: `${result}\n` });
      return { status: dump.inspector.lastStatus };
    } catch (error) {
      if (isInternal(error) || error instanceof CancelledError) throw error;
      control.output({ category: 'stderr', output: `${failureOf(error).message}\n` });
      return { status: 'error' };
    }
  });
}

/** Runs a line as it was typed at a prompt. Output that takes long comes in pieces, before the answer. */
async function runLine(dump: OpenDump, line: string, control: Control): Promise<Body> {
  const { inspector, view } = dump;
  const output = new ConsoleOutput(view.client.showsAnsi);
  let lastFlush = performance.now();
  const flushWhenDue = (): void => {
    const now = performance.now();
    if (now - lastFlush < flushInterval) return;
    lastFlush = now;
    showPending(output, control);
  };
  inspector.onProgress = (progress) => {
    control.progress(progress);
    flushWhenDue();
  };
  try {
    await takeInSlices(inspector.execute(line), control, (row) => {
      output.add(row);
      control.progress({ done: output.lineCount, what: 'lines' });
      flushWhenDue();
      return undefined;
    });
  } finally {
    inspector.onProgress = undefined;
    // What came before the end is not lost with a command that is cancelled.
    if (control.isCancelled()) showPending(output, control);
  }
  if (control.isCancelled()) throw new CancelledError();
  if (inspector.lastStatus === 'error' && output.errorCount === output.lineCount)
    throw new UsageError(output.whole().trim() || 'the command failed');
  if (output.isCapped) tellRest(dump, line, output, control);
  return { result: output.take(), ...openable(view, output) };
}

function showPending(output: ConsoleOutput, control: Control): void {
  if (output.hasPending) control.output({ category: 'stdout', output: `${output.take()}\n` });
}

/** Says where the whole of a long output can be opened. */
function tellRest(dump: OpenDump, line: string, output: ConsoleOutput, control: Control): void {
  const title =
    line
      .replace(/[^A-Za-z0-9]+/g, ' ')
      .trim()
      .slice(0, 40) || 'output';
  const source = dump.view.sources.keep(`${title}.txt`, output.whole());
  const told = `${output.shown} of ${output.lineCount} lines shown; all of them: ${source.name}`;
  control.output({
    category: 'console',
    output: `${told}\n`,
    source,
    line: dump.view.client.firstLine,
  });
}

/** The typed objects of an output open below it: the members of the only one, or one child for each. */
function openable(
  view: View,
  { objects }: ConsoleOutput,
): Pick<Body, 'variablesReference' | 'namedVariables' | 'indexedVariables'> {
  const [first] = objects;
  if (!first) return { variablesReference: 0 };
  const values = objects.map(({ address, type }) => view.target.value(type, address));
  const only = values.length === 1 ? values[0] : undefined;
  const container: Container | undefined = only
    ? containerOf(view, only, atAddress(typeName(first.type), first.address))
    : {
        named: values.length,
        indexed: 0,
        child(index, format) {
          const value = values[index];
          if (value?.address === undefined) return remark('', '');
          const name = `${typeName(value.type)} ${value.address.toString(16)}`;
          const expression = atAddress(typeName(value.type), value.address);
          const { text, shape } = describeValue(view, value, expression, format);
          const evaluateName = expression === undefined ? {} : { evaluateName: expression };
          return { name: safeText(name), value: text, ...shape, ...evaluateName };
        },
      };
  if (!container) return { variablesReference: 0 };
  return { variablesReference: view.containers.add(container), namedVariables: container.named };
}

/** Verbs and pipes are no C: the text is a line of mdb. */
function isLine(text: string): boolean {
  return /::|\||[/\\=]\s*[A-Za-z]|^\s*\$[<Ccr]/.test(text) && !/^\s*\$[a-z]+[0-9]*\s*$/.test(text);
}

/** A line in a watch: it runs in a frame of its own, so that dot stays where it is. */
async function watchLine(dump: OpenDump, line: string, control: Control): Promise<Body> {
  const lines: string[] = [];
  await dump.exclusivelyAtDot(control, () =>
    takeInSlices(dump.inspector.session.execute(line), control, (row) => {
      lines.push(rowLine(row, false));
      return lines.length > watchLineLimit ? 'stop' : undefined;
    }),
  );
  const shown = lines.slice(0, watchLineLimit).join('\n');
  return { result: lines.length > watchLineLimit ? `${shown}\n…` : shown, variablesReference: 0 };
}

/** What is no C may be an mdb expression: `<rip`, a number in mdb's radix, `vmm+8`. */
function mdbExpression({ inspector, view }: OpenDump, expression: string, cError: unknown): Body {
  let value: bigint;
  try {
    value = inspector.session.evaluate(expression);
  } catch (error) {
    const isMdb = /^\s*[<.]/.test(expression);
    throw isInternal(error) || isMdb ? error : cError;
  }
  const symbol = view.target.symbolize(value);
  return {
    result: safeText(symbol === undefined ? hexAddress(value) : `${hexAddress(value)} ${symbol}`),
    variablesReference: 0,
    ...(view.client.followsMemoryReferences && { memoryReference: hexAddress(value) }),
  };
}

/** A value in full, as `::print` shows it without limits. */
function clipboardBody(
  { inspector, view }: OpenDump,
  entry: StackEntry | undefined,
  expression: string,
): Body {
  const value = evaluateValue(inspector, entry, expression);
  return { result: wholeText(view, value), variablesReference: 0 };
}

function wholeText(view: View, value: Value): string {
  const { target } = view;
  const style = { ...defaultStyle, arrayElementLimit: undefined, stringLimit: undefined };
  if (isScalar(value.type)) return valueText(target, value, style, Infinity);
  const lines: string[] = [];
  try {
    for (const row of printValue({ target, style, hasValues: true }, value)) {
      lines.push(rowLine(row, false));
      if (lines.length >= clipboardLineLimit) break;
    }
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
    lines.push(safeText(error.message));
  }
  return lines.join('\n');
}
