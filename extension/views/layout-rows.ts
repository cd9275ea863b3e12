/** A layout as rows of words: which member covers which bytes, with long members shortened. */
import type { LayoutItem } from '../../debug-adapter/dap/picture-protocol.ts';
import { fieldOfEachByte } from './byte-grid.ts';
import { cacheLineSize } from './type-layout.ts';

/** Bytes of a row. */
export const wordSize = 8;

/** Rows that one member fills alone before the rest of them are told and not drawn. */
const wholeRowLimit = 2;

export interface LayoutCell {
  /** Index of the field; undefined behind the fields that are given. */
  readonly field: number | undefined;
  /** Bytes of the row: from, and one past the last. */
  readonly from: number;
  readonly to: number;
  /** It goes on from the row before. */
  readonly isContinued: boolean;
}

export interface LayoutRow {
  /** Bytes from the start of the type. */
  readonly offset: number;
  readonly cells: readonly LayoutCell[];
  /** Rows of the same member that are left out after this one. */
  readonly rowsLeftOut: number;
  /** Begins a cache line, when the type does. */
  readonly startsCacheLine: boolean;
}

export function layoutRows(layout: LayoutItem): LayoutRow[] {
  const owners = fieldOfEachByte(layout);
  const rows: LayoutRow[] = [];
  let wholeRows = 0;
  for (let offset = 0; offset < layout.size; offset += wordSize) {
    const cells = cellsOf(owners, offset, Math.min(layout.size, offset + wordSize));
    const [only, another] = cells;
    const isWhole = only?.isContinued === true && another === undefined;
    wholeRows = isWhole ? wholeRows + 1 : 0;
    const last = rows.at(-1);
    if (wholeRows > wholeRowLimit && last !== undefined)
      rows[rows.length - 1] = { ...last, rowsLeftOut: last.rowsLeftOut + 1 };
    else
      rows.push({
        offset,
        cells,
        rowsLeftOut: 0,
        startsCacheLine: offset > 0 && offset % cacheLineSize === 0,
      });
  }
  return rows;
}

function cellsOf(
  owners: readonly (number | undefined)[],
  start: number,
  end: number,
): LayoutCell[] {
  const cells: LayoutCell[] = [];
  for (let offset = start; offset < end; offset++) {
    const last = cells.at(-1);
    const field = owners[offset];
    if (last !== undefined && last.field === field)
      cells[cells.length - 1] = { ...last, to: offset - start + 1 };
    else
      cells.push({
        field,
        from: offset - start,
        to: offset - start + 1,
        isContinued: offset > 0 && offset === start && owners[offset - 1] === field,
      });
  }
  return cells;
}
