/** What a report and an exported notebook are made of, before they are Markdown or HTML. Texts out of a dump are escaped already. */
import type { FindingItem, RowItem } from '../dap/protocol.ts';

export interface Document {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  /** Markdown that a person wrote. */
  | { readonly kind: 'markdown'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'finding'; readonly finding: FindingItem }
  | OutputBlock;

/** A line of the mdb language with what it printed. */
export interface OutputBlock {
  readonly kind: 'output';
  readonly line: string;
  readonly rows: readonly RowItem[];
  /** There are more rows than these. */
  readonly isCut: boolean;
}

export function rowItemText({ spans }: RowItem): string {
  return spans.map(({ text }) => text).join('');
}

export function evidenceText({ spans }: FindingItem['evidence'][number]): string {
  return spans.map(({ text }) => text).join('');
}
