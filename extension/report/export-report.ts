/** *Export Report…*: what is known of the open dump, as a file to mail or to put into a ticket. */
import * as vscode from 'vscode';
import { errorText } from '../error-text.ts';
import { request } from '../requests.ts';
import { offerToOpen } from '../saved-file.ts';
import { coreFileOf, type Sessions } from '../sessions.ts';
import { bookmarkLine } from '../views/bookmark-list.ts';
import { keptBookmarks } from '../views/bookmarks.ts';

export function createReports(
  context: vscode.ExtensionContext,
  sessions: Sessions,
): vscode.Disposable {
  return vscode.commands.registerCommand('corewalk.exportReport', async () => {
    const session = sessions.current;
    const dump = coreFileOf(session);
    if (session === undefined || dump === undefined) return;
    const isRedacted = await askForRedaction();
    if (isRedacted === undefined) return;
    const file = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.file(`${dump.replace(/\.[^./\\]+$/, '')}-report.html`),
      filters: { HTML: ['html'], Markdown: ['md'] },
      title: vscode.l10n.t('Export Report'),
    });
    if (file === undefined) return;
    const notes = keptBookmarks(context.workspaceState, dump).map((each) => ({
      line: bookmarkLine(each),
      comment: each.comment,
    }));
    const format = /\.html?$/i.test(file.path) ? 'html' : 'markdown';
    const write = async (): Promise<void> => {
      const { text } = await request(session, 'corewalk/report', {
        format,
        isRedacted,
        lines: [],
        notes,
      });
      await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
    };
    try {
      await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: vscode.l10n.t('Writing the report'),
        },
        write,
      );
      await offerToOpen(file);
    } catch (error) {
      void vscode.window.showErrorMessage(errorText(error));
    }
  });
}

async function askForRedaction(): Promise<boolean | undefined> {
  const chosen = await vscode.window.showQuickPick(
    [
      {
        label: vscode.l10n.t('Redacted'),
        detail: vscode.l10n.t(
          'Texts of the dump are replaced by their length; messages and memory of processes are left out.',
        ),
        isRedacted: true,
      },
      {
        label: vscode.l10n.t('With everything'),
        detail: vscode.l10n.t('May hold texts and memory of the machine and its users.'),
        isRedacted: false,
      },
    ],
    { title: vscode.l10n.t('Export Report') },
  );
  return chosen?.isRedacted;
}
