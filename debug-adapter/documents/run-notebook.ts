/** Runs the cells of a notebook on a dump, one after the other, as a person would. */
import { rowItem } from '../dap/row-text.ts';
import type { Inspector } from '../inspector.ts';
import { cellRowLimit, type Cell, type CellOutput, type Notebook } from './notebook.ts';

/** The notebook with the outputs of this dump. @param dump how the notebook is to name it */
export function runNotebook(
  { cells }: Notebook,
  inspector: Inspector,
  dump: string,
): { readonly notebook: Notebook; readonly failures: number } {
  let failures = 0;
  const done = cells.map((cell): Cell => {
    if (cell.kind === 'markdown') return cell;
    const output = runCell(inspector, cell.text);
    if (inspector.lastStatus === 'error') failures += 1;
    return { ...cell, output };
  });
  return { notebook: { dump, cells: done }, failures };
}

function runCell(inspector: Inspector, text: string): CellOutput {
  const rows = [];
  for (const row of inspector.execute(text)) {
    if (rows.length === cellRowLimit) return { rows, isCut: true };
    rows.push(rowItem(row));
  }
  return { rows, isCut: false };
}
