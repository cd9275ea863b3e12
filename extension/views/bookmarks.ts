/** The *Bookmarks* view: addresses with a type and a comment, kept with the workspace. */
import * as vscode from 'vscode';
import { lineContext, type LineItem } from '../line-item.ts';
import { coreFileOf, type Sessions } from '../sessions.ts';
import { shapeOf, type VariableContext } from '../variable-context.ts';
import {
  bookmarkLine,
  bookmarksAsMarkdown,
  readBookmarks,
  withBookmark,
  withoutBookmark,
  type Bookmark,
} from './bookmark-list.ts';

const storageKey = 'bookmarks';

interface BookmarkItem extends LineItem {
  readonly bookmark: Bookmark;
}

export function createBookmarksView(
  context: vscode.ExtensionContext,
  sessions: Sessions,
): vscode.Disposable {
  const tree = new BookmarkTree(context, sessions);
  const view = vscode.window.createTreeView('corewalk.bookmarks', { treeDataProvider: tree });
  const command = (name: string, run: (...words: never[]) => unknown): vscode.Disposable =>
    vscode.commands.registerCommand(`corewalk.bookmarks.${name}`, run);
  return vscode.Disposable.from(
    view,
    tree,
    command('add', (from?: LineItem | VariableContext) => tree.add(from)),
    command('edit', (item: BookmarkItem) => tree.edit(item.bookmark)),
    command('remove', (item: BookmarkItem) => tree.remove(item.bookmark)),
    command('copy', () => vscode.env.clipboard.writeText(bookmarksAsMarkdown(tree.shown()))),
  );
}

/** Bookmarks of a dump, by the path of its file. */
export function keptBookmarks(storage: vscode.Memento, dump: string | undefined): Bookmark[] {
  return readBookmarks(storage.get(storageKey)).filter((each) => each.dump === dump);
}

class BookmarkTree implements vscode.TreeDataProvider<BookmarkItem> {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly storage: vscode.Memento;
  private readonly sessions: Sessions;
  private readonly listener: vscode.Disposable;

  constructor(context: vscode.ExtensionContext, sessions: Sessions) {
    this.storage = context.workspaceState;
    this.sessions = sessions;
    this.listener = sessions.onDidChange(() => this.changed.fire(undefined));
  }

  /** Bookmarks of the open dump. */
  shown(): Bookmark[] {
    return keptBookmarks(this.storage, coreFileOf(this.sessions.current));
  }

  getChildren(item?: BookmarkItem): BookmarkItem[] {
    const session = this.sessions.current;
    if (item !== undefined || session === undefined) return [];
    return this.shown().map((bookmark) => ({ session, bookmark, line: bookmarkLine(bookmark) }));
  }

  getTreeItem(item: BookmarkItem): vscode.TreeItem {
    const { address, type, comment } = item.bookmark;
    const shown = new vscode.TreeItem(comment === '' ? address : comment);
    shown.description = comment === '' ? type : `${type} ${address}`.trim();
    shown.iconPath = new vscode.ThemeIcon('bookmark');
    shown.contextValue = lineContext(item, 'bookmark');
    shown.tooltip = new vscode.MarkdownString().appendCodeblock(bookmarkLine(item.bookmark), 'mdb');
    shown.command = {
      command: 'corewalk.runLine',
      title: vscode.l10n.t('Run in Debug Console'),
      arguments: [item],
    };
    return shown;
  }

  /** Takes address and type from where the command was called, and asks for what is not known. */
  async add(from?: LineItem | VariableContext): Promise<void> {
    const dump = coreFileOf(this.sessions.current);
    if (dump === undefined) return;
    const place = placeOf(from);
    const address = place.address ?? (await askForAddress());
    if (address === undefined) return;
    const comment = await askForComment('');
    if (comment === undefined) return;
    await this.keep(withBookmark(this.all(), { dump, address, type: place.type, comment }));
  }

  async edit(bookmark: Bookmark): Promise<void> {
    const comment = await askForComment(bookmark.comment);
    if (comment !== undefined) await this.keep(withBookmark(this.all(), { ...bookmark, comment }));
  }

  async remove(bookmark: Bookmark): Promise<void> {
    await this.keep(withoutBookmark(this.all(), bookmark));
  }

  dispose(): void {
    this.listener.dispose();
    this.changed.dispose();
  }

  private all(): Bookmark[] {
    return readBookmarks(this.storage.get(storageKey));
  }

  private async keep(list: readonly Bookmark[]): Promise<void> {
    await this.storage.update(storageKey, list);
    this.changed.fire(undefined);
  }
}

function placeOf(from?: LineItem | VariableContext): { address?: string; type: string } {
  if (from === undefined) return { type: '' };
  if ('variable' in from) {
    const { memoryReference, type } = from.variable;
    const { shape, element } = shapeOf(type ?? '');
    const pointee = shape === 'pointer' ? element : (type ?? '');
    return memoryReference === undefined
      ? { type: '' }
      : { address: memoryReference, type: pointee };
  }
  const type = from.type ?? '';
  return from.address === undefined ? { type } : { address: from.address, type };
}

async function askForAddress(): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Add Bookmark (1/2)'),
    prompt: vscode.l10n.t('Address, in hexadecimal'),
    validateInput: (value) =>
      /^(0x)?[0-9a-f]{1,16}$/i.test(value.trim())
        ? undefined
        : vscode.l10n.t('At most 16 hexadecimal digits, please.'),
  });
  return text === undefined ? undefined : `0x${text.trim().toLowerCase().replace(/^0x/, '')}`;
}

function askForComment(value: string): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Bookmark'),
    prompt: vscode.l10n.t('What is it? (may stay empty)'),
    value,
  });
}
