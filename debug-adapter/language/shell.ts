/** Shell commands, run by what the shell around the engine offers: filters in a pipeline, and the end of one. */
import { rowText, textRow, type Row, type Session } from '../commands/command.ts';
import type { FilterStage } from './ast.ts';
import type { Flow } from './flow.ts';
import { LineError } from './line-error.ts';

/** A quoted shell command between two stages: the text of all rows goes in, lines come out. */
export function* filterStage(stage: FilterStage, flow: Flow): Generator<Row> {
  const lines = yield* textOf(flow.input ?? []);
  yield* shellRows(stage.command, lines, flow.context.session);
}

/**
 * The rows of a shell command's output.
 *
 * @throws LineError where the shell around the engine offers none
 */
export function* shellRows(
  command: string,
  input: readonly string[],
  session: Session,
): Generator<Row> {
  const { runShell } = session.capabilities;
  if (runShell === undefined)
    throw new LineError('shell commands are not available here', {
      hint: 'inside a pipeline, ::count ::sort ::uniq ::filter ::head and ::tail do without one',
    });
  const { output, errors } = runShell(command, input.map((line) => `${line}\n`).join(''));
  for (const line of linesOf(errors))
    yield { spans: [{ kind: 'error', text: line }], isError: true };
  for (const line of linesOf(output)) yield textRow(line);
}

/** Lines of a text; a newline at its end starts no other. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The text of all rows; messages go on to the user. */
export function* textOf(rows: Iterable<Row>): Generator<Row, string[]> {
  const lines: string[] = [];
  for (const row of rows) {
    if (row.isError) yield row;
    else lines.push(rowText(row));
  }
  return lines;
}
