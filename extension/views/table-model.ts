/** Rows of an mdb line as a table: columns from the data behind the rows, sorted and filtered without copying them. */
import type { HexAddress, RowItem } from '../../debug-adapter/dap/protocol.ts';

/** A line of the table. */
export interface TableRow {
  /** One text per column; empty where the row has no such datum. */
  readonly cells: readonly string[];
  /** What a click on the row is about. */
  readonly address?: HexAddress;
  readonly type?: string;
}

export interface SortOrder {
  readonly column: number;
  readonly isDescending: boolean;
}

/** The column of rows that carry text and no data. */
export const textColumn = 'text';

/** Grows while rows arrive; `visible` is what is shown, in order. */
export class TableModel {
  readonly columns: string[] = [];
  private readonly rows: TableRow[] = [];
  private hasRecords = false;
  private order: SortOrder | undefined;
  private words: readonly string[] = [];
  private shown: number[] | undefined;

  /** Text without data is shown only while no row has data: beside records it is a heading or a message. */
  add(items: readonly RowItem[]): void {
    for (const item of items) {
      if (item.isError) continue;
      const data = dataOf(item);
      if (data !== undefined) this.beginRecords();
      if (data !== undefined) this.rows.push(this.rowOf(item, data));
      else if (!this.hasRecords && hasText(item))
        this.rows.push(this.rowOf(item, [[textColumn, textOf(item)]]));
    }
    this.shown = undefined;
  }

  get length(): number {
    return this.rows.length;
  }

  /** Rows that pass the filter. */
  get visibleCount(): number {
    return this.visible().length;
  }

  /** The row at a place of the sorted and filtered table. */
  row(index: number): TableRow | undefined {
    const place = this.visible()[index];
    return place === undefined ? undefined : this.rows[place];
  }

  get sortOrder(): SortOrder | undefined {
    return this.order;
  }

  /** Undefined restores the order in which the rows came. */
  sort(order: SortOrder | undefined): void {
    this.order = order;
    this.shown = undefined;
  }

  /** Shows rows of which some cell holds each word, in any case; `column:word` looks in one column. */
  filter(text: string): void {
    this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.shown = undefined;
  }

  /** Every visible row, in order. */
  *visibleRows(): Iterable<TableRow> {
    for (const index of this.visible()) {
      const row = this.rows[index];
      if (row !== undefined) yield row;
    }
  }

  private beginRecords(): void {
    if (this.hasRecords) return;
    this.hasRecords = true;
    this.rows.length = 0;
    this.columns.length = 0;
  }

  private visible(): number[] {
    this.shown ??= this.arrange();
    return this.shown;
  }

  private arrange(): number[] {
    const indexes: number[] = [];
    const matches = this.words.map((word) => this.matcher(word));
    this.rows.forEach((row, index) => {
      if (matches.every((match) => match(row))) indexes.push(index);
    });
    const { order } = this;
    if (order === undefined) return indexes;
    const keys = this.rows.map((row) => sortKey(row.cells[order.column] ?? ''));
    const sign = order.isDescending ? -1 : 1;
    return indexes.sort((a, b) => sign * compareKeys(keys[a], keys[b]) || a - b);
  }

  private matcher(word: string): (row: TableRow) => boolean {
    const colon = word.indexOf(':');
    const column = this.columns.findIndex((name) => name.toLowerCase() === word.slice(0, colon));
    if (colon > 0 && column >= 0) {
      const wanted = word.slice(colon + 1);
      return ({ cells }) => (cells[column] ?? '').toLowerCase().includes(wanted);
    }
    return ({ cells }) => cells.some((cell) => cell.toLowerCase().includes(word));
  }

  private rowOf(item: RowItem, data: readonly (readonly [string, unknown])[]): TableRow {
    const cells: string[] = [];
    for (const [name, value] of data) {
      let column = this.columns.indexOf(name);
      if (column < 0) column = this.columns.push(name) - 1;
      while (cells.length < column) cells.push('');
      cells[column] = cellText(value);
    }
    const address = item.object?.address ?? item.value;
    return {
      cells,
      ...(address === undefined ? {} : { address }),
      ...(item.object === undefined ? {} : { type: item.object.type }),
    };
  }
}

function dataOf(item: RowItem): readonly (readonly [string, unknown])[] | undefined {
  if (typeof item.data !== 'object' || item.data === null) return undefined;
  return Object.entries(item.data);
}

function textOf(item: RowItem): string {
  return item.spans.map((span) => span.text).join('');
}

function hasText(item: RowItem): boolean {
  return item.spans.some((span) => span.kind !== 'heading' && span.text.trim() !== '');
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Numbers sort as numbers (`0t10` is how mdb marks a decimal one) and before texts; the empty cell comes last. */
type SortKey =
  | { readonly rank: 0; readonly number: bigint }
  | { readonly rank: 1; readonly text: string }
  | { readonly rank: 2 };

function sortKey(cell: string): SortKey {
  if (cell === '') return { rank: 2 };
  if (/^-?(0x[0-9a-f]+|(0t)?[0-9]+)$/i.test(cell)) {
    const isNegative = cell.startsWith('-');
    const number = BigInt(cell.replace(/^-/, '').replace(/^0t/i, ''));
    return { rank: 0, number: isNegative ? -number : number };
  }
  return { rank: 1, text: cell };
}

function compareKeys(a: SortKey | undefined, b: SortKey | undefined): number {
  if (a === undefined || b === undefined) return 0;
  if (a.rank === 0 && b.rank === 0) return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
  if (a.rank === 1 && b.rank === 1) return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
  return a.rank - b.rank;
}
