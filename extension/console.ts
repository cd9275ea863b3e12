/** The debug console as the place where views show what they know: the line is echoed, then its output follows. */
import * as vscode from 'vscode';
import { errorText } from './error-text.ts';
import { request } from './requests.ts';

/** Runs a line of the mdb language in a session and shows line and output in its debug console. */
export async function runInConsole(
  session: vscode.DebugSession | undefined,
  line: string | undefined,
): Promise<void> {
  if (session === undefined || line === undefined) return;
  await vscode.commands.executeCommand('workbench.panel.repl.view.focus');
  try {
    await request(session, 'corewalk/console', { line });
  } catch (error) {
    vscode.debug.activeDebugConsole.appendLine(errorText(error));
  }
}

export async function copyToClipboard(text: string | undefined): Promise<void> {
  if (text !== undefined) await vscode.env.clipboard.writeText(text);
}
