/** A row as one line of JSON; docs/rows.schema.json describes it. */
import { rowText, type Row } from '../debug-adapter/commands/command.ts';
import { rowItem } from '../debug-adapter/dap/row-text.ts';
import { safeJson, safeText } from '../debug-adapter/dap/safe-text.ts';

export function rowJson(row: Row): string {
  const { value, object, data, isError } = rowItem(row);
  return safeJson({ text: safeText(rowText(row)), value, object, data, isError });
}
