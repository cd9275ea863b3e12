/** What the ctxop page and the extension say to each other. */
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';

export type ToCtxopPage =
  | { readonly type: 'rows'; readonly thread: string; readonly rows: readonly RowItem[] }
  | { readonly type: 'failed'; readonly text: string };

export type FromCtxopPage =
  | { readonly type: 'ready' }
  /** An mdb line to run in the debug console. */
  | { readonly type: 'run'; readonly line: string };

/** Checks a message of the page; undefined for anything else. */
export function readFromCtxopPage(message: unknown): FromCtxopPage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
  if (message.type === 'ready') return { type: 'ready' };
  if (message.type !== 'run' || !('line' in message)) return undefined;
  return typeof message.line === 'string' ? { type: 'run', line: message.line } : undefined;
}
