/** Any mdb line as a table in an editor tab: rows come in pages while the line runs. */
import * as vscode from 'vscode';
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';
import { runInConsole } from '../console.ts';
import { errorText } from '../error-text.ts';
import type { LineItem } from '../line-item.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { chooseColumns } from './choose-columns.ts';
import type { ExportFormat } from './table-export.ts';
import { readFromTablePage, type FromTablePage, type ToTablePage } from './table-messages.ts';
import { showPage } from './webview-page.ts';

/** The first page is small, so that something shows at once; then they double, since the adapter runs the line anew for each. */
const firstPageRows = 1_000;
const largestPageRows = 200_000;

/** Rows that a table takes; a line that gives more is better narrowed by a pipe. */
export const tableRowLimit = 1_000_000;

/** Registers *Show as Table…*, for a node of a view or for a line that is asked for. */
export function createTables(
  context: vscode.ExtensionContext,
  sessions: Sessions,
): vscode.Disposable {
  return vscode.commands.registerCommand('corewalk.table', async (item?: LineItem) => {
    const session = item?.session ?? sessions.current;
    const line = item?.line ?? (await askForLine());
    if (session === undefined || line === undefined) return;
    const panel = vscode.window.createWebviewPanel(
      'corewalk.table',
      line,
      vscode.ViewColumn.Active,
      { retainContextWhenHidden: true },
    );
    const table = new TablePanel(session, panel, line);
    panel.onDidDispose(() => table.stop());
    showPage(panel.webview, context.extensionUri, 'table', line);
  });
}

function askForLine(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Show as Table'),
    prompt: vscode.l10n.t('An mdb line; each of its rows becomes a row of the table.'),
    value: '::threadlist',
  });
}

class TablePanel {
  private readonly session: vscode.DebugSession;
  private readonly panel: vscode.WebviewPanel;
  private line: string;
  /** Changes when another line is shown or the table is stopped: pages of an older run are dropped. */
  private run = 0;

  constructor(session: vscode.DebugSession, panel: vscode.WebviewPanel, line: string) {
    this.session = session;
    this.panel = panel;
    this.line = line;
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const known = readFromTablePage(message);
      if (known !== undefined) void this.handle(known);
    });
  }

  stop(): void {
    this.run++;
  }

  private async handle(message: FromTablePage): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.load();
      case 'show':
        return this.show(message.line);
      case 'columns': {
        const line = await chooseColumns(this.session, this.line, message.struct);
        return line === undefined ? undefined : this.show(line);
      }
      case 'stop':
        this.stop();
        this.tell({ type: 'end', note: vscode.l10n.t('stopped') });
        return;
      case 'run':
        return runInConsole(this.session, message.line);
      case 'export':
        return saveExport(message.format, message.text);
    }
  }

  private show(line: string): Promise<void> {
    this.line = line;
    this.panel.title = line;
    return this.load();
  }

  private async load(): Promise<void> {
    const run = ++this.run;
    this.tell({ type: 'begin', line: this.line });
    try {
      for (let start = 0; start < tableRowLimit;) {
        const count = Math.min(Math.max(start, firstPageRows), largestPageRows);
        const page = await request(this.session, 'corewalk/run', { line: this.line, start, count });
        if (run !== this.run) return;
        this.tell({ type: 'rows', rows: page.rows });
        start += page.rows.length;
        if (!page.hasMore || page.rows.length === 0) return this.end(page.rows);
      }
      const limit = tableRowLimit.toLocaleString('en');
      this.tell({ type: 'end', note: vscode.l10n.t('the first {0} rows; there are more', limit) });
    } catch (error) {
      if (run === this.run) this.tell({ type: 'end', note: errorText(error) });
    }
  }

  /** A line that fails says why in its last row. */
  private end(rows: readonly RowItem[]): void {
    const error = rows.findLast((row) => row.isError);
    const note = error?.spans.map((span) => span.text).join('');
    this.tell(note === undefined ? { type: 'end' } : { type: 'end', note });
  }

  private tell(message: ToTablePage): void {
    void this.panel.webview.postMessage(message);
  }
}

const endings: Readonly<Record<ExportFormat, string>> = {
  csv: 'csv',
  json: 'json',
  markdown: 'md',
};

async function saveExport(format: ExportFormat, text: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `table.${endings[format]}`;
  const file = await vscode.window.showSaveDialog({
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    filters: { [format]: [endings[format]] },
  });
  if (file === undefined) return;
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
}
