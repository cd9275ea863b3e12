/** Addresses that a person wants to find again, with a type and a comment, as they are kept and written out. */
import { typeArgument } from '../variable-context.ts';
import { escapeMarkdown } from '../../debug-adapter/documents/markdown.ts';

export interface Bookmark {
  /** Path of the dump. */
  readonly dump: string;
  /** `0x` and hexadecimal digits. */
  readonly address: string;
  /** C type at the address; empty when unknown. */
  readonly type: string;
  readonly comment: string;
}

/** The mdb line that shows what is bookmarked. */
export function bookmarkLine({ address, type }: Bookmark): string {
  if (type === '') return `${address}::whatis`;
  return `${address}::print ${typeArgument(type)}`;
}

/** Adds a bookmark, or replaces the one of the same address in the same dump. Sorted by dump, then by address. */
export function withBookmark(list: readonly Bookmark[], added: Bookmark): Bookmark[] {
  return [...withoutBookmark(list, added), added].sort(
    (a, b) => compare(a.dump, b.dump) || compare(BigInt(a.address), BigInt(b.address)),
  );
}

export function withoutBookmark(list: readonly Bookmark[], removed: Bookmark): Bookmark[] {
  return list.filter((each) => each.dump !== removed.dump || each.address !== removed.address);
}

/** A list for a ticket. */
export function bookmarksAsMarkdown(list: readonly Bookmark[]): string {
  const lines = list.map((each) => {
    const comment = each.comment === '' ? '' : `: ${escapeMarkdown(each.comment)}`;
    return `- \`${bookmarkLine(each)}\`${comment}`;
  });
  return lines.join('\n') + '\n';
}

/** What was kept, as far as it has the shape of bookmarks. */
export function readBookmarks(kept: unknown): Bookmark[] {
  return Array.isArray(kept) ? kept.filter(isBookmark) : [];
}

function isBookmark(value: unknown): value is Bookmark {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const address = fields.get('address');
  return (
    typeof address === 'string' &&
    /^0x[0-9a-f]{1,16}$/.test(address) &&
    ['dump', 'type', 'comment'].every((name) => typeof fields.get(name) === 'string')
  );
}

function compare<Value extends string | bigint>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
