/** What the page of an investigation and the extension say to each other. */

export interface ToLearnPage {
  readonly type: 'state';
  readonly title: string;
  readonly introduction: string;
  /** Steps that are behind the reader. */
  readonly done: readonly { readonly title: string; readonly meaning: string }[];
  /** Absent at the end. */
  readonly step?: { readonly title: string; readonly task: string; readonly hint: string };
  /** Steps in all. */
  readonly count: number;
  /** Said at the end. */
  readonly ending: string;
  readonly source: string;
}

/** `show` types the answer into the console. */
export type FromLearnPage = { readonly type: 'ready' | 'show' | 'skip' | 'console' };

const kinds: readonly FromLearnPage['type'][] = ['ready', 'show', 'skip', 'console'];

/** Checks a message of the page; undefined for anything else. */
export function readFromLearnPage(message: unknown): FromLearnPage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
  const type = kinds.find((each) => each === message.type);
  return type && { type };
}
