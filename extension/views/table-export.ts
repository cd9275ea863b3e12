/** A table as CSV, JSON or Markdown: what is visible, in the order in which it is shown. */
import { escapeMarkdown } from '../../debug-adapter/documents/markdown.ts';
import type { TableModel } from './table-model.ts';

export type ExportFormat = 'csv' | 'json' | 'markdown';

export function exportTable(model: TableModel, format: ExportFormat): string {
  switch (format) {
    case 'csv':
      return csv(model);
    case 'json':
      return json(model);
    case 'markdown':
      return markdown(model);
  }
}

/** RFC 4180. A text that a spreadsheet would run as a formula is made a text by an apostrophe. */
function csv(model: TableModel): string {
  const cell = (text: string): string => {
    const inert = /^[=+\-@\t\r]/.test(text) && !/^-?[0-9]+$/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
  };
  const lines = rowsOf(model).map((cells) => cells.map(cell).join(','));
  return [model.columns.map(cell).join(','), ...lines, ''].join('\r\n');
}

/** A list of objects; a cell that a row does not have is left out. */
function json(model: TableModel): string {
  const records = rowsOf(model).map((cells) =>
    Object.fromEntries(
      model.columns.map((name, column) => [name, cells[column]]).filter(([, text]) => text !== ''),
    ),
  );
  return JSON.stringify(records, undefined, 1) + '\n';
}

function markdown(model: TableModel): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = `|${' --- |'.repeat(model.columns.length)}`;
  return [line(model.columns), rule, ...rowsOf(model).map(line), ''].join('\n');
}

/** Every row with as many cells as there are columns. */
function rowsOf(model: TableModel): string[][] {
  return [...model.visibleRows()].map((row) =>
    model.columns.map((_, column) => row.cells[column] ?? ''),
  );
}
