/** A dump in the explorer opens as a page that says what it is, before any debug session. */
import * as path from 'node:path';
import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { engineProcess } from '../adapter.ts';
import { openDumpInAdapter, type AdapterClient } from '../adapter-client.ts';
import { openDump } from '../commands/open-dump.ts';
import { runInConsole } from '../console.ts';
import { errorText } from '../error-text.ts';
import type { Sessions } from '../sessions.ts';
import { sizeText } from './memory-blocks.ts';
import {
  readFromSummaryPage,
  type FromSummaryPage,
  type ToSummaryPage,
} from './summary-messages.ts';
import { showPage } from './webview-page.ts';

/** Both view types of package.json: certain by the name of the file, and offered on request. */
const viewTypes = ['corewalk.summary', 'corewalk.summaryOption'];

export function createSummaryEditor(
  context: vscode.ExtensionContext,
  sessions: Sessions,
): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => {} }),
    resolveCustomEditor: (document, panel) => {
      const page = new SummaryPage(context, sessions, document.uri, panel);
      panel.onDidDispose(() => page.dispose());
    },
  };
  return vscode.Disposable.from(
    ...viewTypes.map((type) =>
      vscode.window.registerCustomEditorProvider(type, provider, {
        supportsMultipleEditorsPerDocument: true,
      }),
    ),
  );
}

/** One open page. Its adapter runs until summary and findings are in. */
class SummaryPage {
  private readonly context: vscode.ExtensionContext;
  private readonly sessions: Sessions;
  private readonly file: vscode.Uri;
  private readonly webview: vscode.Webview;
  /** What the page was told; told again when VS Code loads the page anew. */
  private readonly told: ToSummaryPage[] = [];
  private client: AdapterClient | undefined;
  private isDisposed = false;
  private isReady = false;

  constructor(
    context: vscode.ExtensionContext,
    sessions: Sessions,
    file: vscode.Uri,
    panel: vscode.WebviewPanel,
  ) {
    this.context = context;
    this.sessions = sessions;
    this.file = file;
    this.webview = panel.webview;
    this.webview.onDidReceiveMessage((message: unknown) => {
      const known = readFromSummaryPage(message);
      if (known !== undefined) void this.handle(known);
    });
    showPage(this.webview, context.extensionUri, 'summary', path.basename(file.fsPath));
    void this.inspect();
  }

  dispose(): void {
    this.isDisposed = true;
    this.client?.dispose();
  }

  private async handle(message: FromSummaryPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.isReady = true;
        for (const each of this.told) void this.webview.postMessage(each);
        return;
      case 'start':
        return openDump(this.context, this.file);
      case 'check':
        return this.runInSession('::check');
      case 'console':
        await this.session();
        await vscode.commands.executeCommand('workbench.panel.repl.view.focus');
        return;
      case 'run':
        return this.runInSession(message.line);
    }
  }

  private async runInSession(line: string): Promise<void> {
    await runInConsole(await this.session(), line);
  }

  /** The session that shows this dump; opened when there is none. */
  private async session(): Promise<vscode.DebugSession | undefined> {
    const open = this.sessions.find(this.file.fsPath);
    if (open !== undefined) return open;
    const opened = this.sessions.next(this.file.fsPath);
    await openDump(this.context, this.file);
    return opened;
  }

  private async inspect(): Promise<void> {
    try {
      const { size } = await stat(this.file.fsPath);
      const engine = engineProcess(this.context, 'adapter.cjs');
      this.client = await openDumpInAdapter(engine, { coreFile: this.file.fsPath });
      if (this.isDisposed) return this.client.dispose();
      const summary = await this.client.request('corewalk/summary');
      this.tell({ type: 'summary', summary, sizeText: sizeText(BigInt(size)) });
    } catch (error) {
      this.tell({ type: 'failed', what: 'summary', text: errorText(error) });
      return;
    }
    try {
      const { findings } = await this.client.request('corewalk/check');
      this.tell({ type: 'findings', findings });
    } catch (error) {
      this.tell({ type: 'failed', what: 'findings', text: errorText(error) });
    }
    this.client.dispose();
  }

  private tell(message: ToSummaryPage): void {
    if (this.isDisposed) return;
    this.told.push(message);
    if (this.isReady) void this.webview.postMessage(message);
  }
}
