/** Notebooks of mdb lines: running cells on the open dump, on the notebook's own, or on another, and exporting them. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { cellRowLimit } from '../../debug-adapter/documents/notebook.ts';
import { chooseDump } from '../choose-dump.ts';
import { errorText } from '../error-text.ts';
import { request } from '../requests.ts';
import { coreFileOf, type Sessions } from '../sessions.ts';
import { exportNotebook } from './export-notebook.ts';
import { dumpOf, notebookSerializer, outputOf } from './serializer.ts';

/** As in package.json. */
const notebookType = 'corewalk-notebook';

export function createNotebooks(
  context: vscode.ExtensionContext,
  sessions: Sessions,
): vscode.Disposable {
  const controller = vscode.notebooks.createNotebookController(
    'corewalk',
    notebookType,
    vscode.l10n.t('Crash Dump'),
  );
  controller.supportedLanguages = ['mdb'];
  controller.supportsExecutionOrder = true;
  controller.description = vscode.l10n.t('runs mdb lines on the open dump');
  let order = 0;
  const runCells = async (
    cells: readonly vscode.NotebookCell[],
    session: vscode.DebugSession,
  ): Promise<void> => {
    for (const cell of cells) if (!(await runCell(controller, cell, session, ++order))) return;
  };
  controller.executeHandler = async (cells, notebook) => {
    try {
      const session = sessions.current ?? (await openFor(context, sessions, notebook));
      if (session !== undefined) await runCells(cells, session);
    } catch (error) {
      void vscode.window.showErrorMessage(errorText(error));
    }
  };
  const command = (name: string, run: () => unknown): vscode.Disposable =>
    vscode.commands.registerCommand(`corewalk.notebook.${name}`, run);
  return vscode.Disposable.from(
    controller,
    vscode.workspace.registerNotebookSerializer(notebookType, notebookSerializer),
    command('new', () => newNotebook(sessions)),
    command('export', () => withActive((notebook) => exportNotebook(context, notebook))),
    command('runOnDump', () =>
      withActive(async (notebook) => {
        const file = await chooseDump(context);
        const session = file && (await open(sessions, file));
        if (session === undefined) return;
        await nameDump(notebook, session);
        const cells = notebook.getCells();
        await runCells(cells.filter(isCode), session);
      }),
    ),
  );
}

/** Runs one cell; false when it was cancelled. */
async function runCell(
  controller: vscode.NotebookController,
  cell: vscode.NotebookCell,
  session: vscode.DebugSession,
  order: number,
): Promise<boolean> {
  const execution = controller.createNotebookCellExecution(cell);
  execution.executionOrder = order;
  execution.start(Date.now());
  const line = cell.document.getText();
  try {
    const { rows, hasMore, status } = await request(session, 'corewalk/run', {
      line,
      count: cellRowLimit,
      movesDot: true,
    });
    await execution.replaceOutput(outputOf(line, { rows, isCut: hasMore }));
    execution.end(status === 'ok', Date.now());
  } catch (error) {
    const item = vscode.NotebookCellOutputItem.error(
      error instanceof Error ? error : new Error(String(error)),
    );
    await execution.replaceOutput(new vscode.NotebookCellOutput([item]));
    execution.end(false, Date.now());
  }
  return !execution.token.isCancellationRequested;
}

/** The dump that the notebook names, or one that the user chooses; its name is kept. */
async function openFor(
  context: vscode.ExtensionContext,
  sessions: Sessions,
  notebook: vscode.NotebookDocument,
): Promise<vscode.DebugSession | undefined> {
  const named = dumpOf(notebook.metadata);
  const known = named && vscode.Uri.file(path.resolve(path.dirname(notebook.uri.fsPath), named));
  const file = known && (await exists(known)) ? known : await chooseDump(context);
  const session = file && (await open(sessions, file));
  if (session !== undefined) await nameDump(notebook, session);
  return session;
}

async function open(
  sessions: Sessions,
  file: vscode.Uri,
): Promise<vscode.DebugSession | undefined> {
  const known = sessions.find(file.fsPath);
  if (known !== undefined) return known;
  const opened = sessions.next(file.fsPath);
  await vscode.commands.executeCommand('corewalk.openDump', file);
  return opened;
}

/** Keeps which dump the outputs are of, by a path that moves with the notebook. */
async function nameDump(
  notebook: vscode.NotebookDocument,
  session: vscode.DebugSession,
): Promise<void> {
  const file = coreFileOf(session);
  if (file === undefined || notebook.isUntitled) return;
  const dump = path.relative(path.dirname(notebook.uri.fsPath), file);
  if (dump === dumpOf(notebook.metadata)) return;
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [vscode.NotebookEdit.updateNotebookMetadata({ dump })]);
  await vscode.workspace.applyEdit(edit);
}

async function newNotebook(sessions: Sessions): Promise<void> {
  const file = coreFileOf(sessions.current);
  const name = file === undefined ? '' : path.basename(file);
  const { Markup, Code } = vscode.NotebookCellKind;
  const data = new vscode.NotebookData([
    new vscode.NotebookCellData(Markup, `# ${vscode.l10n.t('Investigation')} ${name}`, 'markdown'),
    new vscode.NotebookCellData(Code, '::status', 'mdb'),
    new vscode.NotebookCellData(Code, '::check -e', 'mdb'),
  ]);
  data.metadata = { dump: file };
  const document = await vscode.workspace.openNotebookDocument(notebookType, data);
  await vscode.window.showNotebookDocument(document);
}

async function withActive(
  run: (notebook: vscode.NotebookDocument) => Promise<void>,
): Promise<void> {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  if (notebook?.notebookType !== notebookType) return;
  try {
    await run(notebook);
  } catch (error) {
    void vscode.window.showErrorMessage(errorText(error));
  }
}

function isCode({ kind }: vscode.NotebookCell): boolean {
  return kind === vscode.NotebookCellKind.Code;
}

async function exists(file: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(file);
    return true;
  } catch {
    return false;
  }
}
