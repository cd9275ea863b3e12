/** The context operators of a thread as a picture over time: whether they were restored in stack order is seen at a glance. */
import * as vscode from 'vscode';
import { runInConsole } from '../console.ts';
import { errorText } from '../error-text.ts';
import type { LineItem } from '../line-item.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { readFromCtxopPage, type ToCtxopPage } from './ctxop-messages.ts';
import { showPage } from './webview-page.ts';

/** Registers *Show Context Operator Timeline*, for a thread of a view or for the one that panicked. */
export function createCtxopTimelines(
  context: vscode.ExtensionContext,
  sessions: Sessions,
): vscode.Disposable {
  return vscode.commands.registerCommand('corewalk.ctxopTimeline', (item?: LineItem) => {
    const session = item?.session ?? sessions.current;
    if (session === undefined) return;
    const thread = item?.address ?? '<thread';
    const title = vscode.l10n.t('Context operators of {0}', thread);
    const panel = vscode.window.createWebviewPanel(
      'corewalk.ctxopTimeline',
      title,
      vscode.ViewColumn.Active,
    );
    const tell = (message: ToCtxopPage): Thenable<boolean> => panel.webview.postMessage(message);
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const known = readFromCtxopPage(message);
      if (known?.type === 'ready') void answer(session, thread).then(tell);
      if (known?.type === 'run') void runInConsole(session, known.line);
    });
    showPage(panel.webview, context.extensionUri, 'ctxop', title);
  });
}

async function answer(session: vscode.DebugSession, thread: string): Promise<ToCtxopPage> {
  try {
    const { rows } = await request(session, 'corewalk/run', { line: `${thread}::ctxop` });
    const error = rows.find((row) => row.isError);
    if (error === undefined) return { type: 'rows', thread, rows };
    return { type: 'failed', text: error.spans.map((span) => span.text).join('') };
  } catch (error) {
    return { type: 'failed', text: errorText(error) };
  }
}
