/** The output of a line as a read-only document: nothing is cut off, and its addresses and symbols are links. */
import * as vscode from 'vscode';
import type { SpanItem } from '../../debug-adapter/dap/protocol.ts';
import { errorText } from '../error-text.ts';
import type { LineItem } from '../line-item.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';

const scheme = 'corewalk-result';

/** Rows that a document takes. */
const rowLimit = 200_000;

interface Result {
  readonly text: string;
  readonly links: readonly vscode.DocumentLink[];
}

export function createResultDocuments(sessions: Sessions): vscode.Disposable {
  /** By the text of the URI; the dump never changes, so nothing here ages. Forgotten when the document is closed. */
  const results = new Map<string, Result>();
  const open = async (item?: LineItem): Promise<void> => {
    const session = item?.session ?? sessions.current;
    const line = item?.line ?? (await askForLine());
    if (session === undefined || line === undefined) return;
    const uri = vscode.Uri.from({ scheme, path: `/${titleOf(line)}`, query: session.id });
    results.set(uri.toString(), await runToDocument(session, line));
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand('corewalk.openResult', open),
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) => results.get(uri.toString())?.text ?? '',
    }),
    vscode.languages.registerDocumentLinkProvider(
      { scheme },
      {
        provideDocumentLinks: ({ uri }) => [...(results.get(uri.toString())?.links ?? [])],
      },
    ),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => void results.delete(uri.toString())),
  );
}

function askForLine(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Open Result in Editor'),
    prompt: vscode.l10n.t('An mdb line'),
  });
}

/** What a tab can show of a line: a path can't hold every character. */
function titleOf(line: string): string {
  return line.replaceAll('/', '∕').slice(0, 120);
}

async function runToDocument(session: vscode.DebugSession, line: string): Promise<Result> {
  const location = { location: vscode.ProgressLocation.Notification, title: line };
  return vscode.window.withProgress(location, async () => {
    try {
      const body = await request(session, 'corewalk/run', { line, count: rowLimit });
      const links: vscode.DocumentLink[] = [];
      const lines = body.rows.map((row, index) => lineWithLinks(row.spans, index, links));
      if (body.hasMore) lines.push(vscode.l10n.t('… the first {0} rows', rowLimit));
      return { text: lines.join('\n'), links };
    } catch (error) {
      return { text: errorText(error), links: [] };
    }
  });
}

function lineWithLinks(
  spans: readonly SpanItem[],
  line: number,
  links: vscode.DocumentLink[],
): string {
  let text = '';
  for (const span of spans) {
    const start = text.length;
    text += span.text;
    if (span.address === undefined) continue;
    const range = new vscode.Range(line, start, line, text.trimEnd().length);
    const link = new vscode.DocumentLink(range, commandUri(`${span.address}::whatis`));
    link.tooltip = vscode.l10n.t('What is {0}?', span.address);
    links.push(link);
  }
  return text;
}

function commandUri(line: string): vscode.Uri {
  const words = encodeURIComponent(JSON.stringify([line]));
  return vscode.Uri.parse(`command:corewalk.runScriptLine?${words}`);
}
