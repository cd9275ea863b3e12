/** What the summary page and the extension say to each other. */
import type { FindingItem, SummaryBody } from '../../debug-adapter/dap/protocol.ts';

export type ToSummaryPage =
  | { readonly type: 'summary'; readonly summary: SummaryBody; readonly sizeText: string }
  | { readonly type: 'findings'; readonly findings: readonly FindingItem[] }
  | { readonly type: 'failed'; readonly what: 'summary' | 'findings'; readonly text: string };

export type FromSummaryPage =
  | { readonly type: 'ready' }
  | { readonly type: 'start' }
  | { readonly type: 'check' }
  | { readonly type: 'console' }
  /** An mdb line, to be run in a debug session of this dump. */
  | { readonly type: 'run'; readonly line: string };

/** Checks a message of the page; undefined for anything else. */
export function readFromSummaryPage(message: unknown): FromSummaryPage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
  switch (message.type) {
    case 'ready':
    case 'start':
    case 'check':
    case 'console':
      return { type: message.type };
    case 'run':
      return 'line' in message && typeof message.line === 'string'
        ? { type: 'run', line: message.line }
        : undefined;
    default:
      return undefined;
  }
}
