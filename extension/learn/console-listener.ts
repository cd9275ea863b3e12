/** Hears what lines of the debug console print: a step of an investigation is answered by output, whoever typed the line. */
import * as vscode from 'vscode';
import { ConsoleCollector, fieldsOf } from './console-collector.ts';

/** Calls `hear` with the output of each line that a session's console runs. */
export function listenToConsole(
  debugType: string,
  hear: (session: vscode.DebugSession, output: string) => void,
): vscode.Disposable {
  return vscode.debug.registerDebugAdapterTrackerFactory(debugType, {
    createDebugAdapterTracker: (session) => {
      const collector = new ConsoleCollector((output) => hear(session, output));
      return {
        onWillReceiveMessage: (message: unknown) => collector.request(fieldsOf(message)),
        onDidSendMessage: (message: unknown) => collector.answer(fieldsOf(message)),
      };
    },
  });
}
