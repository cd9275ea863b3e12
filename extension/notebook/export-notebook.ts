/** A notebook as Markdown or as one HTML page. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { notebookText } from '../../debug-adapter/documents/notebook.ts';
import { offerToOpen } from '../saved-file.ts';
import { runTool } from '../simulator.ts';
import { notebookOf } from './serializer.ts';

/** Asks where to, and writes it. The command line tool renders: the extension does not carry what only this needs. */
export async function exportNotebook(
  context: vscode.ExtensionContext,
  notebook: vscode.NotebookDocument,
): Promise<void> {
  const source = notebook.uri.fsPath.replace(/\.[^./\\]+$/, '');
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(`${source}.html`),
    filters: { HTML: ['html'], Markdown: ['md'] },
    title: vscode.l10n.t('Export Notebook'),
  });
  if (target === undefined) return;
  const folder = await mkdtemp(path.join(tmpdir(), 'corewalk-export-'));
  try {
    // The file is named as the notebook is: the name is the title of one that has none.
    const file = path.join(folder, `${path.basename(source)}.mdbnb`);
    await writeFile(file, notebookText(notebookOf(notebook)));
    await runTool(context, ['notebook', 'export', file, '-o', target.fsPath]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await offerToOpen(target);
}
