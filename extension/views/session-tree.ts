/** A view over the open dump that is read once, when it is first looked at: a dump never changes. */
import * as vscode from 'vscode';
import { errorText } from '../error-text.ts';
import { lineContext, type LineItem } from '../line-item.ts';
import type { Sessions } from '../sessions.ts';

/** What a row of such a view shows. Texts come from the adapter, which has escaped them. */
export interface SessionNode extends LineItem {
  readonly label: string;
  readonly description?: string;
  /** A codicon. */
  readonly icon?: string;
  /** Words for `viewItem` beside those that `lineContext` adds. */
  readonly context?: string;
  /** Runs on a click, with the node as its argument. */
  readonly command?: string;
  /** Known at once, or asked for when the node is opened. Absent for a leaf. */
  readonly children?: readonly SessionNode[] | (() => Promise<readonly SessionNode[]>);
}

export interface SessionTree extends vscode.Disposable {
  readonly view: vscode.TreeView<SessionNode>;
  /** The nodes of the open dump, read now if they were not before. */
  nodes(): Promise<readonly SessionNode[]>;
  /** Reads again, since what `load` looks for has changed. */
  reload(): void;
}

export interface SessionTreeOptions {
  /** As in package.json. */
  readonly id: string;
  readonly load: (session: vscode.DebugSession) => Promise<readonly SessionNode[]>;
  /** Shown instead of no rows. */
  readonly empty: string;
}

export function createSessionTree(sessions: Sessions, options: SessionTreeOptions): SessionTree {
  const provider = new Provider(sessions, options);
  const view = vscode.window.createTreeView(options.id, {
    treeDataProvider: provider,
    showCollapseAll: true,
  });
  return {
    view,
    nodes: () => provider.nodes(),
    reload: () => provider.reload(),
    dispose: () => {
      view.dispose();
      provider.dispose();
    },
  };
}

class Provider implements vscode.TreeDataProvider<SessionNode> {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly sessions: Sessions;
  private readonly options: SessionTreeOptions;
  private readonly listener: vscode.Disposable;
  private loaded: Promise<readonly SessionNode[]> | undefined;

  constructor(sessions: Sessions, options: SessionTreeOptions) {
    this.sessions = sessions;
    this.options = options;
    this.listener = sessions.onDidChange(() => this.reload());
  }

  reload(): void {
    this.loaded = undefined;
    this.changed.fire(undefined);
  }

  nodes(): Promise<readonly SessionNode[]> {
    const session = this.sessions.current;
    if (session === undefined) return Promise.resolve([]);
    this.loaded ??= this.read(session);
    return this.loaded;
  }

  async getChildren(node?: SessionNode): Promise<SessionNode[]> {
    if (node === undefined) return [...(await this.nodes())];
    const { children = [], session } = node;
    if (typeof children !== 'function') return [...children];
    try {
      return [...(await children())];
    } catch (error) {
      return [{ session, label: errorText(error), icon: 'error' }];
    }
  }

  getTreeItem(node: SessionNode): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(node.label, node.children === undefined ? None : Collapsed);
    if (node.description !== undefined) item.description = node.description;
    if (node.icon !== undefined) item.iconPath = new vscode.ThemeIcon(node.icon);
    item.contextValue = lineContext(node, ...(node.context === undefined ? [] : [node.context]));
    if (node.line !== undefined)
      item.tooltip = new vscode.MarkdownString().appendCodeblock(node.line, 'mdb');
    if (node.command !== undefined)
      item.command = { command: node.command, title: '', arguments: [node] };
    return item;
  }

  dispose(): void {
    this.listener.dispose();
    this.changed.dispose();
  }

  private async read(session: vscode.DebugSession): Promise<readonly SessionNode[]> {
    const { id, load, empty } = this.options;
    try {
      const nodes = await vscode.window.withProgress({ location: { viewId: id } }, () =>
        load(session),
      );
      return nodes.length === 0 ? [{ session, label: empty }] : nodes;
    } catch (error) {
      return [{ session, label: errorText(error), icon: 'error' }];
    }
  }
}
