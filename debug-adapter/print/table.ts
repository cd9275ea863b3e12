/** Tables: a heading once, then rows whose cells line up. */
import type { Row, Span } from '../commands/command.ts';

export interface Column {
  readonly heading: string;
  /** Columns of text; 0 for the last one, which takes what it needs. */
  readonly width: number;
  readonly align: 'left' | 'right';
}

/** A cell: its text, and what it is about. */
export interface Cell {
  readonly kind?: Span['kind'];
  readonly text: string;
  readonly address?: bigint;
}

/** The heading of a table; it is passed to no next stage. */
export function headingRow(columns: readonly Column[]): Row {
  const text = columns.map((column) => pad(column.heading, column)).join(' ');
  return { spans: [{ kind: 'heading', text: text.trimEnd() }] };
}

/** One row. Cells beyond the columns are left out; text wider than its column pushes the rest. */
export function tableRow(
  columns: readonly Column[],
  cells: readonly Cell[],
  rest: Omit<Row, 'spans'> = {},
): Row {
  const spans: Span[] = [];
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? { text: '' };
    if (index > 0) spans.push({ kind: 'text', text: ' ' });
    const isLast = index === columns.length - 1 && column.align === 'left';
    const text = isLast ? cell.text : pad(cell.text, column);
    const { address } = cell;
    spans.push({ kind: cell.kind ?? 'text', text, ...(address !== undefined && { address }) });
  }
  return { spans, ...rest };
}

/** An address without `0x`, as mdb's `%p`. */
export function addressCell(address: bigint): Cell {
  return { kind: 'address', text: address.toString(16), address };
}

/** An address with all sixteen digits, as mdb's `%0?p`. */
export function fullAddressCell(address: bigint): Cell {
  return { kind: 'address', text: address.toString(16).padStart(16, '0'), address };
}

function pad(text: string, { width, align }: Column): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width);
}
