/** The *Threads* view: every kernel thread, grouped by equal stack, by state or by process, behind a filter. */
import * as vscode from 'vscode';
import type { ThreadItem } from '../../debug-adapter/dap/protocol.ts';
import { errorText } from '../error-text.ts';
import { lineContext, type LineItem } from '../line-item.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { filterThreads, groupThreads, type Grouping, type ThreadGroup } from './thread-groups.ts';

/** Threads of a group given at once; the rest follows behind a node that asks for more. */
const pageSize = 500;

interface ThreadElement extends LineItem {
  readonly kind: 'thread';
  readonly thread: ThreadItem;
}

type Element =
  | ThreadElement
  | { readonly kind: 'group'; readonly session: vscode.DebugSession; readonly group: ThreadGroup }
  | { readonly kind: 'more'; readonly key: string; readonly left: number }
  | { readonly kind: 'message'; readonly text: string };

const groupings: readonly Grouping[] = ['stack', 'state', 'process', 'none'];

/** Registers the view and its commands. */
export function createThreadsView(sessions: Sessions): vscode.Disposable {
  const tree = new ThreadTree(sessions);
  const view = vscode.window.createTreeView('corewalk.threads', {
    treeDataProvider: tree,
    showCollapseAll: true,
  });
  tree.onDidCount(({ shown, all, filter }) => {
    view.description = all === 0 ? '' : String(all);
    view.message =
      filter === '' ? '' : vscode.l10n.t('“{0}”: {1} of {2} threads', filter, shown, all);
  });
  const command = (name: string, run: (...words: never[]) => unknown): vscode.Disposable =>
    vscode.commands.registerCommand(`corewalk.threads.${name}`, run);
  return vscode.Disposable.from(
    view,
    tree,
    command('filter', () => askForFilter(tree)),
    command('clearFilter', () => tree.setFilter('')),
    command('group', () => askForGrouping(tree)),
    command('more', (key: string) => tree.showMore(key)),
    command('show', (element: ThreadElement) => showThread(element)),
  );
}

interface Counts {
  readonly shown: number;
  readonly all: number;
  readonly filter: string;
}

class ThreadTree implements vscode.TreeDataProvider<Element> {
  private readonly changed = new vscode.EventEmitter<Element | undefined>();
  private readonly counted = new vscode.EventEmitter<Counts>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly onDidCount = this.counted.event;
  grouping: Grouping = 'stack';
  filter = '';
  private readonly sessions: Sessions;
  private readonly listener: vscode.Disposable;
  /** Read once per session, when the view is first looked at. */
  private threads: Promise<readonly ThreadItem[]> | undefined;
  /** How many threads of a group are shown, when not one page; by the key of the group. */
  private readonly shown = new Map<string, number>();

  constructor(sessions: Sessions) {
    this.sessions = sessions;
    this.listener = sessions.onDidChange(() => {
      this.threads = undefined;
      this.shown.clear();
      this.counted.fire({ shown: 0, all: 0, filter: '' });
      this.changed.fire(undefined);
    });
  }

  getTreeItem(element: Element): vscode.TreeItem {
    switch (element.kind) {
      case 'thread':
        return threadItem(element);
      case 'group':
        return groupItem(element.group);
      case 'more':
        return moreItem(element.key, element.left);
      case 'message':
        return new vscode.TreeItem(element.text);
    }
  }

  async getChildren(element?: Element): Promise<Element[]> {
    if (element?.kind === 'group') return this.members(element.session, element.group);
    const session = this.sessions.current;
    if (session === undefined || element !== undefined) return [];
    try {
      this.threads ??= readThreads(session);
      return this.groups(session, await this.threads);
    } catch (error) {
      return [{ kind: 'message', text: errorText(error) }];
    }
  }

  setFilter(text: string): void {
    this.filter = text;
    this.changed.fire(undefined);
    void vscode.commands.executeCommand('setContext', 'corewalk.threads.filtered', text !== '');
  }

  setGrouping(grouping: Grouping): void {
    this.grouping = grouping;
    this.changed.fire(undefined);
  }

  showMore(key: string): void {
    this.shown.set(key, (this.shown.get(key) ?? pageSize) * 4);
    this.changed.fire(undefined);
  }

  dispose(): void {
    this.listener.dispose();
    this.changed.dispose();
    this.counted.dispose();
  }

  private groups(session: vscode.DebugSession, threads: readonly ThreadItem[]): Element[] {
    const matching = filterThreads(threads, this.filter);
    this.counted.fire({ shown: matching.length, all: threads.length, filter: this.filter });
    if (threads.length === 0)
      return [{ kind: 'message', text: vscode.l10n.t('The dump lists no kernel threads.') }];
    const groups = groupThreads(matching, this.grouping);
    const [only] = groups;
    if (this.grouping === 'none' && only !== undefined) return this.members(session, only);
    return groups.map((group) => ({ kind: 'group', session, group }));
  }

  private members(session: vscode.DebugSession, group: ThreadGroup): Element[] {
    const count = this.shown.get(group.key) ?? pageSize;
    const left = group.threads.length - count;
    const elements = group.threads
      .slice(0, count)
      .map((thread): Element => threadElement(session, thread));
    return left > 0 ? [...elements, { kind: 'more', key: group.key, left }] : elements;
  }
}

/** Every thread, a page at a time, so that the adapter answers other requests in between. */
async function readThreads(session: vscode.DebugSession): Promise<readonly ThreadItem[]> {
  const threads: ThreadItem[] = [];
  return vscode.window.withProgress({ location: { viewId: 'corewalk.threads' } }, async () => {
    for (;;) {
      const page = await request(session, 'corewalk/threads', { start: threads.length });
      threads.push(...page.threads);
      if (!page.hasMore || page.threads.length === 0) return threads;
    }
  });
}

async function askForFilter(tree: ThreadTree): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Filter Threads'),
    prompt: vscode.l10n.t('Words in the name, state, id, address, CPU (cpu0) or stack of a thread'),
    value: tree.filter,
  });
  if (text !== undefined) tree.setFilter(text.trim());
}

async function askForGrouping(tree: ThreadTree): Promise<void> {
  const labels: Readonly<Record<Grouping, string>> = {
    stack: vscode.l10n.t('By equal stack'),
    state: vscode.l10n.t('By state'),
    process: vscode.l10n.t('By process'),
    none: vscode.l10n.t('Not at all'),
  };
  const items = groupings.map((grouping) => ({
    label: labels[grouping],
    ...(grouping === tree.grouping ? { description: vscode.l10n.t('now') } : {}),
    grouping,
  }));
  const placeHolder = vscode.l10n.t('Group threads');
  const chosen = await vscode.window.showQuickPick(items, { placeHolder });
  if (chosen !== undefined) tree.setGrouping(chosen.grouping);
}

/** Selects the thread in the call stack, which shows its source line too. */
async function showThread({ session, thread }: ThreadElement): Promise<void> {
  try {
    await request(session, 'corewalk/showThread', { address: thread.address });
  } catch (error) {
    void vscode.window.showErrorMessage(errorText(error));
  }
}

function threadElement(session: vscode.DebugSession, thread: ThreadItem): ThreadElement {
  const { address, type } = thread;
  return { kind: 'thread', session, thread, address, type, line: `${address}::print ${type}` };
}

function threadItem(element: ThreadElement): vscode.TreeItem {
  const { thread } = element;
  const item = new vscode.TreeItem(thread.name === '' ? thread.address : thread.name);
  const cpu = thread.cpu === undefined ? undefined : vscode.l10n.t('CPU {0}', thread.cpu);
  item.description = [thread.id, thread.state, cpu]
    .filter((each) => each !== undefined)
    .join(' · ');
  item.iconPath = new vscode.ThemeIcon(thread.cpu === undefined ? 'symbol-event' : 'vm-running');
  item.contextValue = lineContext(element, 'thread');
  item.tooltip = new vscode.MarkdownString()
    .appendCodeblock(`${thread.type} ${thread.address}`, 'c')
    .appendCodeblock(thread.stack.join('\n'), 'text');
  item.accessibilityInformation = { label: `${thread.name} ${item.description}` };
  item.command = {
    command: 'corewalk.threads.show',
    title: vscode.l10n.t('Show in Call Stack'),
    arguments: [element],
  };
  return item;
}

function groupItem({ label, key, threads }: ThreadGroup): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `group ${key}`;
  item.description = String(threads.length);
  item.tooltip = new vscode.MarkdownString().appendCodeblock(key === '' ? label : key, 'text');
  item.iconPath = new vscode.ThemeIcon('layers');
  item.accessibilityInformation = {
    label: vscode.l10n.t('{0}, {1} threads', label, threads.length),
  };
  return item;
}

function moreItem(key: string, left: number): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Show more ({0} left)…', left));
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.command = { command: 'corewalk.threads.more', title: '', arguments: [key] };
  return item;
}
