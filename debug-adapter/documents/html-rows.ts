/** Rows of output as HTML: spans keep their kinds as classes, `::table` becomes a table. Every text is escaped. */
import type { RowItem, SpanItem } from '../dap/protocol.ts';
import type { OutputBlock } from './document.ts';

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** What a line printed: a table when its last command is one, else the lines as they are. */
export function outputHtml({
  line,
  rows,
  isCut,
}: Pick<OutputBlock, 'line' | 'rows' | 'isCut'>): string {
  const cut = isCut ? '<p class="note">There are more rows.</p>' : '';
  const records = /::table\b[^|]*$/.test(line) ? recordsOf(rows) : undefined;
  if (records === undefined) return `<pre tabindex="0">${rows.map(rowHtml).join('\n')}</pre>${cut}`;
  const head = records.columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const body = records.cells.map(
    (cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>${cut}`;
}

function rowHtml({ spans, isError }: RowItem): string {
  const text = spans.map(spanHtml).join('');
  return isError === true ? `<span class="error">${text}</span>` : text;
}

function spanHtml({ kind, text }: SpanItem): string {
  const escaped = escapeHtml(text);
  return kind === 'text' || text.trim() === ''
    ? escaped
    : `<span class="${kind}">${escaped}</span>`;
}

interface Records {
  readonly columns: readonly string[];
  readonly cells: readonly (readonly string[])[];
}

/** Undefined unless every row but headings carries data of one shape. */
function recordsOf(rows: readonly RowItem[]): Records | undefined {
  const records = rows
    .filter(({ data }) => data !== undefined)
    .map(({ data }) => new Map(entries(data)));
  const columns = [...(records[0]?.keys() ?? [])];
  if (columns.length === 0 || rows.some(({ isError }) => isError === true)) return undefined;
  return {
    columns,
    cells: records.map((record) => columns.map((name) => cellText(record.get(name)))),
  };
}

function entries(data: unknown): [string, unknown][] {
  return typeof data === 'object' && data !== null ? Object.entries(data) : [];
}

function cellText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
