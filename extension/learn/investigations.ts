/** *Guided Investigation…*: a dump is made and opened, a page says what to find out, the console is where it is found. */
import * as vscode from 'vscode';
import { investigations } from '../../debug-adapter/learn/index.ts';
import { Reading, type Investigation } from '../../debug-adapter/learn/investigation.ts';
import { runInConsole } from '../console.ts';
import { errorText } from '../error-text.ts';
import { coreFileOf, type Sessions } from '../sessions.ts';
import { simulate } from '../simulator.ts';
import { showPage } from '../views/webview-page.ts';
import { listenToConsole } from './console-listener.ts';
import { readFromLearnPage, type ToLearnPage } from './learn-messages.ts';

export function createInvestigations(
  context: vscode.ExtensionContext,
  sessions: Sessions,
  debugType: string,
): vscode.Disposable {
  const open = new Set<OpenInvestigation>();
  return vscode.Disposable.from(
    vscode.commands.registerCommand('corewalk.learn', async (name?: string) => {
      const chosen = investigations.find((each) => each.name === name) ?? (await choose());
      if (chosen === undefined) return;
      try {
        const dump = await makeDump(context, chosen);
        if (sessions.find(dump.fsPath) === undefined) {
          const opened = sessions.next(dump.fsPath);
          await vscode.commands.executeCommand('corewalk.openDump', dump);
          if ((await opened) === undefined) return;
          await sourceShown();
        }
        const started = new OpenInvestigation(context, sessions, chosen, dump.fsPath);
        open.add(started);
        started.onEnd(() => open.delete(started));
      } catch (error) {
        void vscode.window.showErrorMessage(errorText(error));
      }
    }),
    listenToConsole(debugType, (session, output) => {
      for (const each of open) if (coreFileOf(session) === each.dump) each.hear(output);
    }),
  );
}

async function choose(): Promise<Investigation | undefined> {
  const items = investigations.map((investigation) => ({
    label: investigation.title,
    description: investigation.name,
    detail: investigation.source,
    investigation,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Guided Investigation'),
    placeHolder: vscode.l10n.t('From a panic to its cause, step by step'),
    matchOnDetail: true,
  });
  return chosen?.investigation;
}

/** Made anew each time: the same bytes, whatever happened to the last one. */
async function makeDump(
  context: vscode.ExtensionContext,
  { name, scenario, variant }: Investigation,
): Promise<vscode.Uri> {
  const folder = vscode.Uri.joinPath(context.globalStorageUri, 'investigations');
  await vscode.workspace.fs.createDirectory(folder);
  const file = vscode.Uri.joinPath(folder, `${name}.vmcore`);
  const title = vscode.l10n.t('The machine is running into its panic');
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (_, cancellation) =>
      simulate(
        context,
        { scenario, variant, seed: undefined, outputPath: file.fsPath },
        cancellation,
      ),
  );
  return file;
}

/** Milliseconds to wait for the source of the selected frame; a dump may carry none. */
const sourcePatience = 4000;

/** The page stands beside the source, so that has to be there first. */
function sourceShown(): Promise<void> {
  return new Promise((done) => {
    const finish = (): void => {
      clearTimeout(timer);
      listener.dispose();
      done();
    };
    const listener = vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (editor !== undefined) finish();
    });
    const timer = setTimeout(finish, sourcePatience);
  });
}

class OpenInvestigation {
  readonly dump: string;
  private readonly reading: Reading;
  private readonly sessions: Sessions;
  private readonly panel: vscode.WebviewPanel;

  constructor(
    context: vscode.ExtensionContext,
    sessions: Sessions,
    investigation: Investigation,
    dump: string,
  ) {
    this.dump = dump;
    this.sessions = sessions;
    this.reading = new Reading(investigation);
    this.panel = vscode.window.createWebviewPanel(
      'corewalk.learn',
      investigation.title,
      // The first column is for the source of the selected frame.
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { retainContextWhenHidden: true },
    );
    this.panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message));
    showPage(this.panel.webview, context.extensionUri, 'learn', investigation.title);
  }

  onEnd(listener: () => void): void {
    this.panel.onDidDispose(listener);
  }

  hear(output: string): void {
    if (this.reading.take(output) !== undefined) this.tell();
  }

  private receive(message: unknown): void {
    switch (readFromLearnPage(message)?.type) {
      case 'show':
        void runInConsole(this.sessions.find(this.dump), this.reading.answer);
        return;
      case 'skip':
        this.reading.skip();
        this.tell();
        return;
      case 'console':
        void vscode.commands.executeCommand('workbench.panel.repl.view.focus');
        return;
      case 'ready':
        this.tell();
    }
  }

  private tell(): void {
    const { investigation, position, step } = this.reading;
    const { title, introduction, steps, ending, source } = investigation;
    const state: ToLearnPage = {
      type: 'state',
      title,
      introduction,
      done: steps.slice(0, position),
      count: steps.length,
      ending,
      source,
      ...(step && { step: { title: step.title, task: step.task, hint: step.hint } }),
    };
    void this.panel.webview.postMessage(state);
  }
}
