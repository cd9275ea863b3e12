/** What several host tests need: the manifest, files of the checkout, and a session that has stopped. */
import * as vscode from 'vscode';

const identifier = 'corewalk.corewalk';

export function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension(identifier);
  if (found === undefined) throw new Error(`${identifier} is not installed`);
  return found;
}

/** A file of the checkout. */
export function file(path: string): vscode.Uri {
  return vscode.Uri.joinPath(extension().extensionUri, path);
}

/** Starts a session and waits until it has stopped where the machine stopped. */
export async function startSession(
  attributes: Readonly<Record<string, unknown>>,
): Promise<vscode.DebugSession> {
  const stopped = new Promise<vscode.DebugSession>((done) => {
    const tracker = vscode.debug.registerDebugAdapterTrackerFactory('corewalk', {
      createDebugAdapterTracker: (session) => ({
        onDidSendMessage: (message: unknown) => {
          if (typeof message !== 'object' || message === null || !('event' in message)) return;
          if (message.event !== 'stopped') return;
          tracker.dispose();
          done(session);
        },
      }),
    });
  });
  const configuration = { type: 'corewalk', request: 'launch', name: 'test', ...attributes };
  // Untitled documents of other tests would be asked about before the start.
  const options = { suppressSaveBeforeStart: true };
  if (!(await vscode.debug.startDebugging(undefined, configuration, options)))
    throw new Error('the session did not start');
  return stopped;
}

export async function stopSession(session: vscode.DebugSession): Promise<void> {
  const ended = new Promise<void>((done) => {
    const listener = vscode.debug.onDidTerminateDebugSession((each) => {
      if (each.id !== session.id) return;
      listener.dispose();
      done();
    });
  });
  await vscode.debug.stopDebugging(session);
  await ended;
}
