/** Asks for a dump: those opened last, those in the workspace, or any file. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { findDumps, recentDumps } from './dumps.ts';

interface DumpItem extends vscode.QuickPickItem {
  /** Undefined for *Browse*. */
  readonly file?: vscode.Uri;
}

/** Undefined when the user thought better of it. Goes straight to the file dialog when there is nothing to offer. */
export async function chooseDump(
  context: vscode.ExtensionContext,
  placeHolder: string = vscode.l10n.t('Crash dump to open'),
): Promise<vscode.Uri | undefined> {
  const recent = recentDumps(context).map((each) => vscode.Uri.file(each));
  const isRecent = new Set(recent.map((each) => each.fsPath));
  const others = (await findDumps()).filter((each) => !isRecent.has(each.fsPath));
  if (recent.length + others.length === 0) return browse();
  const items: DumpItem[] = [
    ...section(vscode.l10n.t('recently opened'), recent),
    ...section(vscode.l10n.t('in the workspace'), others),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: vscode.l10n.t('$(folder-opened) Browse…') },
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    placeHolder,
    matchOnDescription: true,
  });
  if (chosen === undefined) return undefined;
  return chosen.file ?? browse();
}

function section(title: string, files: readonly vscode.Uri[]): DumpItem[] {
  if (files.length === 0) return [];
  return [
    { label: title, kind: vscode.QuickPickItemKind.Separator },
    ...files.map((file) => ({
      label: path.basename(file.fsPath),
      description: folderText(file),
      file,
    })),
  ];
}

/** The folder below the workspace, or where it is; nothing for the workspace folder itself. */
function folderText(file: vscode.Uri): string {
  const folder = path.dirname(vscode.workspace.asRelativePath(file));
  return folder === '.' ? '' : folder;
}

async function browse(): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const files = await vscode.window.showOpenDialog({
    ...(folder === undefined ? {} : { defaultUri: folder }),
    title: vscode.l10n.t('Open Crash Dump'),
    openLabel: vscode.l10n.t('Open'),
  });
  return files?.[0];
}
