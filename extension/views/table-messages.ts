/** What the table page and the extension say to each other. */
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';
import type { ExportFormat } from './table-export.ts';

export type ToTablePage =
  /** A new table: the page forgets what it shows. */
  | { readonly type: 'begin'; readonly line: string }
  | { readonly type: 'rows'; readonly rows: readonly RowItem[] }
  /** All rows are in. `note` says why there are no more, when that is not because the line ended. */
  | { readonly type: 'end'; readonly note?: string };

export type FromTablePage =
  | { readonly type: 'ready' }
  /** Another line, typed into the page. */
  | { readonly type: 'show'; readonly line: string }
  /** An mdb line to run in the debug console. */
  | { readonly type: 'run'; readonly line: string }
  | { readonly type: 'stop' }
  /** Other columns are wanted, of the struct that the rows are about. */
  | { readonly type: 'columns'; readonly struct: string }
  | { readonly type: 'export'; readonly format: ExportFormat; readonly text: string };

const exportFormats: readonly unknown[] = ['csv', 'json', 'markdown'] satisfies ExportFormat[];

/** Checks a message of the page; undefined for anything else. */
export function readFromTablePage(message: unknown): FromTablePage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
  switch (message.type) {
    case 'ready':
    case 'stop':
      return { type: message.type };
    case 'show':
    case 'run':
      return 'line' in message && typeof message.line === 'string'
        ? { type: message.type, line: message.line }
        : undefined;
    case 'columns':
      return 'struct' in message && typeof message.struct === 'string'
        ? { type: 'columns', struct: message.struct }
        : undefined;
    case 'export':
      return isExport(message) ? message : undefined;
    default:
      return undefined;
  }
}

function isExport(message: object): message is Extract<FromTablePage, { type: 'export' }> {
  const isTyped = 'format' in message && exportFormats.includes(message.format);
  return isTyped && 'text' in message && typeof message.text === 'string';
}
