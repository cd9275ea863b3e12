/** *Open Crash Dump…*: one click from a file to a stopped machine. */
import * as vscode from 'vscode';
import { chooseDump } from '../choose-dump.ts';
import { dumpConfiguration } from '../configurations.ts';

/**
 * Opens a dump in a debug session, stopped where the machine stopped.
 *
 * @param file from a context menu; asked for when absent
 */
export async function openDump(context: vscode.ExtensionContext, file?: vscode.Uri): Promise<void> {
  const dump = file ?? (await chooseDump(context));
  if (dump === undefined) return;
  if (dump.scheme !== 'file') {
    const text = vscode.l10n.t('{0} is not a file of this machine: copy the dump here first.', [
      dump.toString(),
    ]);
    void vscode.window.showErrorMessage(text);
    return;
  }
  const folder = vscode.workspace.getWorkspaceFolder(dump);
  const isStarted = await vscode.debug.startDebugging(folder, dumpConfiguration(dump.fsPath), {
    suppressSaveBeforeStart: true,
    suppressDebugToolbar: true,
  });
  // VS Code shows the call stack by itself for a breakpoint only, and not for an exception.
  if (isStarted) await vscode.commands.executeCommand('workbench.view.debug');
}
