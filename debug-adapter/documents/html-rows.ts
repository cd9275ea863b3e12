/** Rows of output as HTML: spans keep their kinds as classes, `::table` becomes a table. Every text is escaped. */
import type { RowItem, SpanItem } from '../dap/protocol.ts';
import { arcsOf } from './ctxop-arcs.ts';
import { ctxopPicture } from './ctxop-picture.ts';
import type { OutputBlock } from './document.ts';
import { escapeHtml } from './escape-html.ts';
import { shapeText } from './shape.ts';

/** What a line printed: a table when its last command is one, else the lines as they are, below a picture where there is one. */
export function outputHtml({
  line,
  rows,
  isCut,
}: Pick<OutputBlock, 'line' | 'rows' | 'isCut'>): string {
  const picture = pictureOf(line, rows);
  const cut = isCut ? '<p class="note">There are more rows.</p>' : '';
  const records = /::table\b[^|]*$/.test(line) ? recordsOf(rows) : undefined;
  if (records === undefined)
    return `${picture}<pre tabindex="0">${rows.map(rowHtml).join('\n')}</pre>${cut}`;
  const head = records.columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const body = records.cells.map(
    (cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>${cut}`;
}

/** Context operators as arcs, when there are two to compare. */
function pictureOf(line: string, rows: readonly RowItem[]): string {
  if (!/::ctxop\b[^|]*$/.test(line)) return '';
  const diagram = arcsOf(rows);
  if (diagram.arcs.length < 2) return '';
  return `<div class="picture" tabindex="0">${shapeText(ctxopPicture(diagram))}</div>`;
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

/** Colours of spans and pictures; the page around them says what `--ink`, `--quiet`, `--ground`, `--line`, `--wrong`, `--link` and `--name` are. */
export const outputStyle = `
.output pre, .output td { font-family: ui-monospace, monospace; font-size: 13px; }
.output table { border-collapse: collapse; }
.output th, .output td { text-align: left; padding: .1rem .8rem .1rem 0; border: 0; border-bottom: 1px solid var(--line); }
.output .address, .output .symbol { color: var(--link); }
.output .type, .output .member, .output .heading { color: var(--name); }
.output .error { color: var(--wrong); }
.output .comment, .output .note { color: var(--quiet); }
.output .picture { overflow-x: auto; }
.output .axis { stroke: var(--quiet); }
.output .arc { fill: none; stroke: var(--link); stroke-width: 2; }
.output .arc.crossing { stroke: var(--wrong); }
.output .event { fill: var(--ink); stroke: var(--ink); stroke-width: 2; }
.output .event.restore { fill: var(--ground); }
.output text { fill: var(--ink); font-size: 12px; }
.output text.name { font-family: ui-monospace, monospace; }
.output text.ticks { fill: var(--quiet); }
`;
