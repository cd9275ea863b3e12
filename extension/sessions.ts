/** The debug session that the views show: the last crash dump that was opened or chosen. */
import * as vscode from 'vscode';

export interface Sessions extends vscode.Disposable {
  /** Undefined until a dump is open: a session counts once it has stopped where the machine stopped. */
  readonly current: vscode.DebugSession | undefined;
  readonly onDidChange: vscode.Event<vscode.DebugSession | undefined>;
  /** The open session of a dump, by the path of its file. */
  find(coreFile: string): vscode.DebugSession | undefined;
  /** The session of a dump that is about to be opened; undefined when it does not open. */
  next(coreFile: string): Promise<vscode.DebugSession | undefined>;
}

/** The context key that package.json looks at: a dump is open. */
const isOpenKey = 'corewalk.isOpen';

/** Milliseconds that a caller of `next` waits for a dump to open. */
const openTimeout = 120_000;

/** Follows the sessions of one debug type. */
export function createSessions(debugType: string): Sessions {
  const open = new Map<string, vscode.DebugSession>();
  const changed = new vscode.EventEmitter<vscode.DebugSession | undefined>();
  let current: vscode.DebugSession | undefined;
  const show = (session: vscode.DebugSession | undefined): void => {
    if (session === current) return;
    current = session;
    void vscode.commands.executeCommand('setContext', isOpenKey, session !== undefined);
    changed.fire(session);
  };
  const find = (coreFile: string): vscode.DebugSession | undefined =>
    [...open.values()].find((each) => coreFileOf(each) === coreFile);
  const disposables = [
    changed,
    vscode.debug.registerDebugAdapterTrackerFactory(debugType, {
      createDebugAdapterTracker: (session) => ({
        onDidSendMessage: (message: unknown) => {
          if (!isStopped(message) || open.has(session.id)) return;
          open.set(session.id, session);
          show(session);
        },
      }),
    }),
    vscode.debug.onDidChangeActiveDebugSession((session) => {
      if (session !== undefined && open.has(session.id)) show(session);
    }),
    vscode.debug.onDidTerminateDebugSession((session) => {
      open.delete(session.id);
      if (session === current) show([...open.values()].at(-1));
    }),
  ];
  return {
    get current() {
      return current;
    },
    onDidChange: changed.event,
    find,
    next: (coreFile) =>
      new Promise((done) => {
        const listener = changed.event(() => {
          const session = find(coreFile);
          if (session !== undefined) finish(session);
        });
        const ended = vscode.debug.onDidTerminateDebugSession((session) => {
          if (coreFileOf(session) === coreFile) finish(undefined);
        });
        const timer = setTimeout(() => finish(undefined), openTimeout);
        const finish = (session: vscode.DebugSession | undefined): void => {
          clearTimeout(timer);
          listener.dispose();
          ended.dispose();
          done(session);
        };
      }),
    dispose: () => disposables.forEach((each) => void each.dispose()),
  };
}

/** The path of the dump that a session shows; undefined for a kernel file alone. */
export function coreFileOf(session: vscode.DebugSession | undefined): string | undefined {
  const path: unknown = session?.configuration['coreFile'];
  return typeof path === 'string' ? path : undefined;
}

function isStopped(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  return 'event' in message && message.event === 'stopped';
}
