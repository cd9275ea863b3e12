/** The debug console as the place where views show what they know: the line is echoed, then its output follows. */
import * as vscode from 'vscode';
import { errorText } from './error-text.ts';

/** Runs a line of the mdb language in a session and shows line and output in its debug console. */
export async function runInConsole(
  session: vscode.DebugSession | undefined,
  line: string | undefined,
): Promise<void> {
  if (session === undefined || line === undefined) return;
  await vscode.commands.executeCommand('workbench.panel.repl.view.focus');
  const output = vscode.debug.activeDebugConsole;
  output.appendLine(`> ${line}`);
  try {
    const answer: unknown = await session.customRequest('evaluate', {
      expression: line,
      context: 'repl',
    });
    const text = resultText(answer);
    if (text !== '') output.appendLine(text);
  } catch (error) {
    output.appendLine(errorText(error));
  }
}

export async function copyToClipboard(text: string | undefined): Promise<void> {
  if (text !== undefined) await vscode.env.clipboard.writeText(text);
}

function resultText(answer: unknown): string {
  const hasResult = typeof answer === 'object' && answer !== null && 'result' in answer;
  return hasResult && typeof answer.result === 'string' ? answer.result : '';
}
