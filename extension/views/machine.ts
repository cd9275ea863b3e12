/** The *Machine* view: CPUs, what each runs, threads. It keeps nothing: a node is asked for when it is opened. */
import * as vscode from 'vscode';
import type { TreeItem } from '../../debug-adapter/dap/protocol.ts';
import { errorText } from '../error-text.ts';
import { lineContext, type LineItem } from '../line-item.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';

/** Children given at once; the rest follows behind a node that asks for more. */
const pageSize = 200;

interface MachineItem extends LineItem {
  readonly node: TreeItem;
}

/** What the tree shows: a node of the machine, the way to more of them, or a message. */
type Element =
  | (MachineItem & { readonly kind: 'node' })
  | { readonly kind: 'more'; readonly parent: TreeItem | undefined }
  | { readonly kind: 'message'; readonly text: string };

const icons: Readonly<Record<TreeItem['icon'], string>> = {
  machine: 'server-process',
  cpu: 'chip',
  thread: 'symbol-event',
  process: 'window',
  list: 'list-ordered',
  object: 'symbol-structure',
  register: 'symbol-numeric',
  memory: 'symbol-array',
  reference: 'arrow-right',
  'weak-reference': 'circle-outline',
  warning: 'warning',
};

/** Registers the view. */
export function createMachineView(sessions: Sessions): vscode.Disposable {
  const tree = new MachineTree(sessions);
  const view = vscode.window.createTreeView('corewalk.machine', {
    treeDataProvider: tree,
    showCollapseAll: true,
  });
  const more = vscode.commands.registerCommand('corewalk.machine.more', (parent?: TreeItem) =>
    tree.showMore(parent),
  );
  return vscode.Disposable.from(view, more, tree);
}

class MachineTree implements vscode.TreeDataProvider<Element> {
  private readonly changed = new vscode.EventEmitter<Element | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  /** How many children of a node are shown, when not one page; by node id, 0 for the roots. */
  private readonly shown = new Map<number, number>();
  private readonly sessions: Sessions;
  private readonly listener: vscode.Disposable;

  constructor(sessions: Sessions) {
    this.sessions = sessions;
    this.listener = sessions.onDidChange(() => {
      this.shown.clear();
      this.changed.fire(undefined);
    });
  }

  getTreeItem(element: Element): vscode.TreeItem {
    switch (element.kind) {
      case 'node':
        return nodeItem(element);
      case 'more':
        return moreItem(element.parent);
      case 'message':
        return messageItem(element.text);
    }
  }

  async getChildren(element?: Element): Promise<Element[]> {
    const session = element?.kind === 'node' ? element.session : this.sessions.current;
    if (session === undefined || (element !== undefined && element.kind !== 'node')) return [];
    const node = element?.node;
    const count = this.shown.get(node?.id ?? 0) ?? pageSize;
    const words = node === undefined ? { count } : { node: node.id, count };
    try {
      const body = await request(session, 'corewalk/tree', words);
      const nodes = body.nodes.map((each) => nodeElement(session, each));
      const more: Element = { kind: 'more', parent: node };
      return body.hasMore ? [...nodes, more] : nodes;
    } catch (error) {
      return [{ kind: 'message', text: errorText(error) }];
    }
  }

  showMore(parent: TreeItem | undefined): void {
    const id = parent?.id ?? 0;
    this.shown.set(id, (this.shown.get(id) ?? pageSize) * 4);
    this.changed.fire(undefined);
  }

  dispose(): void {
    this.listener.dispose();
    this.changed.dispose();
  }
}

function nodeElement(session: vscode.DebugSession, node: TreeItem): Element {
  const { line, address, type } = node;
  return { kind: 'node', session, node, line, address, type };
}

function nodeItem(element: MachineItem): vscode.TreeItem {
  const { node, session } = element;
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(node.label, node.hasChildren ? Collapsed : None);
  item.id = `${session.id}:${node.id}`;
  if (node.description !== undefined) item.description = node.description;
  item.iconPath = new vscode.ThemeIcon(
    icons[node.icon],
    node.icon === 'warning' ? new vscode.ThemeColor('list.warningForeground') : undefined,
  );
  item.tooltip = tooltip(node);
  item.contextValue = lineContext(element);
  item.accessibilityInformation = { label: `${node.label} ${node.description ?? ''}`.trim() };
  return item;
}

/** The type, the address and the mdb line; texts of the dump are shown as code and never as Markdown. */
function tooltip(node: TreeItem): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const place = [node.type, node.address].filter((each) => each !== undefined).join(' ');
  if (place !== '') text.appendCodeblock(place, 'c');
  if (node.line === undefined) text.appendText(node.label);
  else text.appendCodeblock(node.line, 'mdb');
  return text;
}

function moreItem(parent: TreeItem | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Show more…'));
  item.command = {
    command: 'corewalk.machine.more',
    title: vscode.l10n.t('Show more'),
    arguments: parent === undefined ? [] : [parent],
  };
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  return item;
}

function messageItem(text: string): vscode.TreeItem {
  const item = new vscode.TreeItem(text);
  item.iconPath = new vscode.ThemeIcon('error');
  return item;
}
