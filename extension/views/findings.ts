/** The *Findings* view: what the checkers say, worst first, each with its evidence and the lines that show it. */
import * as vscode from 'vscode';
import type { FindingItem } from '../../debug-adapter/dap/protocol.ts';
import { errorText } from '../error-text.ts';
import { lineContext, type LineItem } from '../line-item.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { evidenceText } from '../../debug-adapter/documents/document.ts';
import { findingsAsMarkdown, isProblem, sortFindings } from './finding-text.ts';

interface FindingElement {
  readonly kind: 'finding';
  readonly session: vscode.DebugSession;
  readonly finding: FindingItem;
}

interface EvidenceElement extends LineItem {
  readonly kind: 'evidence';
  readonly text: string;
}

type Element =
  FindingElement | EvidenceElement | { readonly kind: 'message'; readonly text: string };

const icons: Readonly<Record<FindingItem['severity'], readonly [icon: string, color: string]>> = {
  BUG: ['bug', 'list.errorForeground'],
  ERROR: ['error', 'list.errorForeground'],
  WARNING: ['warning', 'list.warningForeground'],
  PENDING: ['sync', 'charts.yellow'],
  NOTE: ['info', 'charts.blue'],
  OK: ['pass', 'charts.green'],
  SKIPPED: ['circle-slash', 'disabledForeground'],
};

/** Registers the view and its commands. */
export function createFindingsView(sessions: Sessions): vscode.Disposable {
  const tree = new FindingTree(sessions);
  const view = vscode.window.createTreeView('corewalk.findings', { treeDataProvider: tree });
  tree.onDidCheck((findings) => {
    const problems = findings.filter(isProblem).length;
    const tooltip = vscode.l10n.t('{0} findings', problems);
    view.badge = problems === 0 ? undefined : { value: problems, tooltip };
  });
  const copy = vscode.commands.registerCommand(
    'corewalk.findings.copy',
    async (element?: FindingElement) => {
      const findings = element === undefined ? await tree.findings() : [element.finding];
      await vscode.env.clipboard.writeText(findingsAsMarkdown(findings));
    },
  );
  return vscode.Disposable.from(view, tree, copy);
}

class FindingTree implements vscode.TreeDataProvider<Element> {
  private readonly changed = new vscode.EventEmitter<Element | undefined>();
  private readonly checked = new vscode.EventEmitter<readonly FindingItem[]>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly onDidCheck = this.checked.event;
  private readonly sessions: Sessions;
  private readonly listener: vscode.Disposable;
  /** Checked once per session, when the view is first looked at: the dump never changes. */
  private result: Promise<readonly FindingItem[]> | undefined;

  constructor(sessions: Sessions) {
    this.sessions = sessions;
    this.listener = sessions.onDidChange(() => {
      this.result = undefined;
      this.checked.fire([]);
      this.changed.fire(undefined);
    });
  }

  findings(): Promise<readonly FindingItem[]> {
    const session = this.sessions.current;
    this.result ??= session === undefined ? Promise.resolve([]) : check(session);
    return this.result;
  }

  getTreeItem(element: Element): vscode.TreeItem {
    switch (element.kind) {
      case 'finding':
        return findingItem(element.finding);
      case 'evidence':
        return evidenceItem(element);
      case 'message':
        return new vscode.TreeItem(element.text);
    }
  }

  async getChildren(element?: Element): Promise<Element[]> {
    if (element?.kind === 'finding') return evidenceOf(element);
    const session = this.sessions.current;
    if (session === undefined || element !== undefined) return [];
    try {
      const findings = await this.findings();
      this.checked.fire(findings);
      if (findings.length === 0)
        return [{ kind: 'message', text: vscode.l10n.t('No checker applies to this dump.') }];
      return sortFindings(findings).map((finding) => ({ kind: 'finding', session, finding }));
    } catch (error) {
      return [{ kind: 'message', text: errorText(error) }];
    }
  }

  dispose(): void {
    this.listener.dispose();
    this.changed.dispose();
    this.checked.dispose();
  }
}

function check(session: vscode.DebugSession): Promise<readonly FindingItem[]> {
  const location = { viewId: 'corewalk.findings' };
  return Promise.resolve(
    vscode.window.withProgress(
      { location },
      async () => (await request(session, 'corewalk/check')).findings,
    ),
  );
}

function evidenceOf({ session, finding }: FindingElement): Element[] {
  return finding.evidence.map((each) => ({
    kind: 'evidence',
    session,
    text: evidenceText(each),
    line: each.line,
    address: each.address,
  }));
}

function findingItem(finding: FindingItem): vscode.TreeItem {
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  const open = isProblem(finding) ? Expanded : Collapsed;
  const item = new vscode.TreeItem(finding.check, finding.evidence.length === 0 ? None : open);
  const [icon, color] = icons[finding.severity];
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  item.description = finding.verdict;
  item.tooltip = new vscode.MarkdownString().appendText(
    `${finding.severity}: ${finding.verdict} (${finding.check})`,
  );
  item.contextValue = 'finding';
  item.accessibilityInformation = { label: `${finding.severity}: ${finding.verdict}` };
  return item;
}

function evidenceItem(element: EvidenceElement): vscode.TreeItem {
  const item = new vscode.TreeItem(element.text);
  item.contextValue = lineContext(element);
  const shown = element.line ?? element.text;
  item.tooltip = new vscode.MarkdownString().appendCodeblock(shown, 'mdb');
  if (element.line !== undefined)
    item.command = {
      command: 'corewalk.runLine',
      title: vscode.l10n.t('Run in Debug Console'),
      arguments: [element],
    };
  return item;
}
