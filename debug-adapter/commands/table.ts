/** `::table`: columns of one's own choice over the elements of a pipeline. Ours. */
import { FaultError, LookupError, UsageError } from '../../dump-format/errors.ts';
import type { CExpression } from '../language/c-expression.ts';
import { headingRow, tableRow, type Cell, type Column } from '../print/table.ts';
import { sessionStyle, type PrintStyle } from '../print/style.ts';
import { reasonText, valueText } from '../print/value-text.ts';
import type { Dcmd, Invocation, Row } from './command.ts';
import { compile, scopeOf, typeOfOption, typeOption } from './lib-c.ts';
import { words } from './lib-types.ts';

/** Rows that decide how wide the columns are. */
const measuredRows = 500;

/** Columns of text that one cell may take. */
const cellLimit = 60;

export const table: Dcmd = {
  name: 'table',
  address: 'required',
  synopsis: 'member ...',
  summary: 'print chosen members of the elements of a pipe as a table',
  description:
    'Each column is a C expression over the element, as in ::filter: a member, a path, or anything computed from them. ' +
    'What can not be read says so in its cell. The columns are as wide as the first rows need.',
  options: [
    typeOption,
    { letter: 'd', argument: 'none', help: 'integers in decimal' },
    { letter: 'h', argument: 'none', help: 'no heading' },
  ],
  examples: [
    { line: '::walk thread | ::table t_procp t_pri', explains: 'two members of each thread' },
    {
      line: "::walk thread | ::table t_tid 't_procp->p_user.u_comm'",
      explains: 'through a pointer',
    },
  ],
  origin: 'corewalk',
  completes: ['member'],
  *run(invocation) {
    const row: Row = { spans: [], value: invocation.address, ...invocation.input };
    yield* rows(invocation, [row]);
  },
  *runPipe(invocation, input) {
    yield* rows(invocation, input);
  },
};

interface Line {
  readonly row: Row;
  readonly cells: readonly Cell[];
}

function* rows(invocation: Invocation, input: Iterable<Row>): Generator<Row> {
  const texts = words(invocation.arguments);
  if (texts.length === 0) throw new UsageError('');
  const expressions = texts.map((text) => compile(invocation, text));
  const lines = linesOf(invocation, expressions, input);
  const first: Line[] = [];
  while (first.length < measuredRows) {
    const next = lines.next();
    if (next.done === true) break;
    first.push(next.value);
  }
  const columns = columnsOf(texts, first);
  const { options, isPipeOut } = invocation;
  if (!options.has('h') && !isPipeOut) yield headingRow(columns);
  for (const { row, cells } of first) yield lineRow(columns, row, cells, texts);
  for (const { row, cells } of lines) yield lineRow(columns, row, cells, texts);
}

function* linesOf(
  invocation: Invocation,
  expressions: readonly CExpression[],
  input: Iterable<Row>,
): Generator<Line> {
  const { session, options } = invocation;
  const type = typeOfOption(invocation);
  const natural = sessionStyle(session.settings, session.radix);
  const style: PrintStyle = { ...natural, integers: options.has('d') ? 'decimal' : 'natural' };
  let count = 0;
  for (const row of input) {
    if (row.value === undefined) continue;
    if ((++count & 0xff) === 0) session.checkpoint({ done: count, what: 'reading rows' });
    const scope = scopeOf(invocation, row, type);
    const address = row.value;
    const cells: Cell[] = [{ kind: 'address', text: address.toString(16), address }];
    for (const expression of expressions) cells.push(cellOf(invocation, expression, scope, style));
    yield { row, cells };
  }
}

function cellOf(
  { target }: Invocation,
  expression: CExpression,
  scope: Parameters<CExpression['evaluate']>[1],
  style: PrintStyle,
): Cell {
  try {
    const value = expression.evaluate(target, scope);
    return { kind: 'number', text: valueText(target, value, style, cellLimit) };
  } catch (error) {
    if (error instanceof FaultError || error instanceof LookupError)
      return { kind: 'error', text: reasonText(error) };
    throw error;
  }
}

/** Numbers to the right, everything else to the left; the address first. */
function columnsOf(texts: readonly string[], lines: readonly Line[]): readonly Column[] {
  return ['ADDR', ...texts].map((heading, index) => {
    const cells = lines.map((line) => line.cells[index]?.text ?? '');
    const width = cells.reduce((most, text) => Math.max(most, text.length), heading.length);
    const isNumber = index > 0 && cells.every((text) => /^-?(0[xt])?[\da-f]+$/.test(text));
    return { heading, width, align: isNumber || index === 0 ? 'right' : 'left' };
  });
}

function lineRow(
  columns: readonly Column[],
  row: Row,
  cells: readonly Cell[],
  texts: readonly string[],
): Row {
  const data = Object.fromEntries(
    ['address', ...texts].map((name, index) => [name, cells[index]?.text ?? '']),
  );
  const { value, object } = row;
  return tableRow(columns, cells, {
    ...(value !== undefined && { value }),
    ...(object && { object }),
    data,
  });
}
