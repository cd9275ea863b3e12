/** Says when a debug adapter has died, and of what; the dump opens again by one click. */
import * as vscode from 'vscode';
import { RunningRequests } from './running-requests.ts';

export function createCrashReports(debugType: string): vscode.Disposable {
  return vscode.debug.registerDebugAdapterTrackerFactory(debugType, {
    createDebugAdapterTracker: (session) => {
      const requests = new RunningRequests();
      // VS Code ends an adapter that it needs no longer by a signal, too.
      let isWanted = true;
      return {
        onWillStopSession: () => (isWanted = false),
        onWillReceiveMessage: (message: unknown) => requests.sent(message),
        onDidSendMessage: (message: unknown) => requests.received(message),
        onExit: (code, signal) => {
          if (isWanted && (code !== 0 || signal !== undefined))
            void report(session, requests, code);
        },
      };
    },
  });
}

async function report(
  session: vscode.DebugSession,
  { descriptions }: RunningRequests,
  code: number | undefined,
): Promise<void> {
  const what =
    descriptions.length === 0
      ? vscode.l10n.t('It had nothing to do.')
      : vscode.l10n.t('It was running: {0}', descriptions.join('; '));
  // Who is killed leaves no status.
  const text =
    typeof code === 'number'
      ? vscode.l10n.t(
          'The debug adapter of {0} ended with status {1}. {2}',
          session.name,
          code,
          what,
        )
      : vscode.l10n.t('The debug adapter of {0} was killed. {1}', session.name, what);
  const again = vscode.l10n.t('Open Again');
  if ((await vscode.window.showErrorMessage(text, again)) !== again) return;
  const isStarted = await vscode.debug.startDebugging(
    session.workspaceFolder,
    session.configuration,
    { suppressDebugToolbar: true },
  );
  if (isStarted) await vscode.commands.executeCommand('workbench.view.debug');
}
