/** What is said of a file that was written for the user. */
import * as vscode from 'vscode';

/** Says that it is there, and opens it on request: text in the editor, a page where pages are opened. */
export async function offerToOpen(file: vscode.Uri): Promise<void> {
  const open = vscode.l10n.t('Open');
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('{0} is written.', name),
    open,
  );
  if (chosen !== open) return;
  if (name.endsWith('.md')) await vscode.window.showTextDocument(file);
  else await vscode.env.openExternal(file);
}
