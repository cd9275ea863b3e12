/** `.mdbnb`: cells of Markdown and of mdb lines with what they printed. An investigation that others can read, and run on another dump. */
import { FormatError, UsageError } from '../../dump-format/errors.ts';
import { Fields } from '../dap/fields.ts';
import type { RowItem, SpanItem } from '../dap/protocol.ts';
import { safeLines, safeText } from '../dap/safe-text.ts';
import type { Block, Document } from './document.ts';

export interface Notebook {
  /** Path of the dump that it was written on, relative to the notebook where possible. */
  readonly dump: string | undefined;
  readonly cells: readonly Cell[];
}

export type Cell =
  | { readonly kind: 'markdown'; readonly text: string }
  | { readonly kind: 'mdb'; readonly text: string; readonly output: CellOutput | undefined };

export interface CellOutput {
  readonly rows: readonly RowItem[];
  /** There are more rows than these. */
  readonly isCut: boolean;
}

/** Rows that a cell keeps. */
export const cellRowLimit = 2000;

const format = 'corewalk-notebook';

/** The version that is written, and the newest that is read. */
const version = 1;

/** @throws FormatError that names the file, the cell and what was found */
export function parseNotebook(text: string, name: string): Notebook {
  if (text.trim() === '') return { dump: undefined, cells: [] };
  try {
    const file = new Fields('notebook', parseJson(text));
    if (file.string('format') !== format) file.wrong('format', format, file.get('format'));
    if (file.integer('version') > version)
      file.wrong('version', `at most ${version}`, file.get('version'));
    const cells = file.list('cells') ?? [];
    return {
      dump: file.optionalString('dump'),
      cells: cells.map((cell, index) => parseCell(new Fields(`cell ${index + 1}`, cell))),
    };
  } catch (error) {
    if (error instanceof UsageError) throw new FormatError(`${name}: ${error.message}`);
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseCell(cell: Fields): Cell {
  const kind = cell.string('kind');
  const text = (cell.strings('text') ?? []).join('\n');
  if (kind === 'markdown') return { kind, text };
  if (kind !== 'mdb') return cell.wrong('kind', 'markdown or mdb', kind);
  return {
    kind,
    text,
    output: cell.has('output') ? parseOutput(cell.get('output')) : undefined,
  };
}

/** @throws UsageError when it is no output */
export function parseOutput(value: unknown): CellOutput {
  const output = new Fields('output', value);
  const rows = (output.list('rows') ?? []).map((row) => parseRow(new Fields('row', row)));
  return { rows, isCut: output.boolean('isCut') ?? false };
}

function parseRow(row: Fields): RowItem {
  const spans = (row.list('spans') ?? []).map((span) => parseSpan(new Fields('span', span)));
  const data = row.get('data');
  return {
    spans,
    ...(data !== undefined && { data }),
    ...(row.boolean('isError') === true && { isError: true }),
  };
}

function parseSpan(span: Fields): SpanItem {
  const kind = spanKinds.find((each) => each === (span.optionalString('kind') ?? 'text'));
  return { kind: kind ?? 'text', text: safeText(span.string('text')) };
}

const spanKinds: readonly SpanItem['kind'][] = [
  'text',
  'heading',
  'address',
  'symbol',
  'type',
  'member',
  'number',
  'string',
  'error',
  'comment',
];

/** One value per line: two notebooks can be compared. */
export function notebookText({ dump, cells }: Notebook): string {
  const file = { format, version, ...(dump !== undefined && { dump }), cells: cells.map(cellData) };
  return `${JSON.stringify(file, undefined, 1)}\n`;
}

function cellData(cell: Cell): object {
  const text = cell.text.split('\n');
  if (cell.kind === 'markdown') return { kind: cell.kind, text };
  return { kind: cell.kind, text, ...(cell.output && { output: outputData(cell) }) };
}

/** What a later reader needs of rows: texts and their kinds; the data behind them where a table is made of it. */
function outputData({ text, output }: Extract<Cell, { kind: 'mdb' }>): object {
  const rows = output?.rows.map(({ spans, data, isError }) => ({
    spans: spans.map((span) =>
      span.kind === 'text' ? { text: span.text } : { kind: span.kind, text: span.text },
    ),
    ...(data !== undefined && keepsData(text) && { data }),
    ...(isError === true && { isError }),
  }));
  return { rows, ...(output?.isCut === true && { isCut: true }) };
}

/** Lines whose output is shown as more than text. */
function keepsData(line: string): boolean {
  return /::(table|ctxop)\b[^|]*$/.test(line);
}

/** The notebook as something to read. Its first heading is the title. */
export function notebookDocument({ cells }: Notebook, name: string): Document {
  const blocks: Block[] = cells.map((cell) =>
    cell.kind === 'markdown'
      ? { ...cell, text: safeLines(cell.text) }
      : { kind: 'output', line: safeLines(cell.text), rows: [], isCut: false, ...cell.output },
  );
  const [first, ...rest] = blocks;
  const title = first?.kind === 'markdown' ? /^# (.+)\n*/.exec(first.text) : null;
  if (first?.kind !== 'markdown' || title === null) return { title: name, blocks };
  const after = first.text.slice(title[0].length);
  const others: Block[] = after.trim() === '' ? rest : [{ kind: 'markdown', text: after }, ...rest];
  return { title: title[1] ?? name, blocks: others };
}
