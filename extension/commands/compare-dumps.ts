/** *Compare Dumps…*: what differs between two dumps of one kernel, as a document. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { chooseDump } from '../choose-dump.ts';
import { errorText } from '../error-text.ts';
import { runToolLines } from '../simulator.ts';

const scheme = 'corewalk-comparison';

/** Exit status of `corewalk diff` when something differs. */
const differs = 3;

/** Registers the command; two dumps chosen in the explorer need no questions. */
export function createComparisons(context: vscode.ExtensionContext): vscode.Disposable {
  /** By the text of the URI; forgotten when the document is closed. */
  const texts = new Map<string, string>();
  const compare = async (clicked?: vscode.Uri, chosen?: readonly vscode.Uri[]): Promise<void> => {
    try {
      const [first, second] = await twoDumps(context, clicked, chosen);
      if (first === undefined || second === undefined) return;
      const text = await difference(context, first, second);
      if (text === undefined) return;
      const title = `${path.basename(first.fsPath)} ↔ ${path.basename(second.fsPath)}`;
      const uri = vscode.Uri.from({ scheme, path: `/${title}`, query: `${first} ${second}` });
      texts.set(uri.toString(), text);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    } catch (error) {
      void vscode.window.showErrorMessage(errorText(error));
    }
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand('corewalk.compareDumps', compare),
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? '',
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => void texts.delete(uri.toString())),
  );
}

async function twoDumps(
  context: vscode.ExtensionContext,
  clicked: vscode.Uri | undefined,
  chosen: readonly vscode.Uri[] | undefined,
): Promise<readonly (vscode.Uri | undefined)[]> {
  if (chosen?.length === 2) return chosen;
  const first = clicked ?? (await chooseDump(context, vscode.l10n.t('First dump')));
  if (first === undefined) return [];
  const name = path.basename(first.fsPath);
  return [first, await chooseDump(context, vscode.l10n.t('Dump to compare {0} with', name))];
}

/** Undefined when it was cancelled. @throws Error with what the program said */
async function difference(
  context: vscode.ExtensionContext,
  first: vscode.Uri,
  second: vscode.Uri,
): Promise<string | undefined> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Comparing dumps'),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (_progress, cancellation) => {
    const lines: string[] = [];
    const words = ['diff', '--color', 'never', first.fsPath, second.fsPath];
    const { status, errors } = await runToolLines(
      context,
      words,
      (line) => lines.push(line),
      cancellation,
    );
    if (status === undefined) return undefined;
    if (status !== 0 && status !== differs) throw new Error(errors);
    if (status === 0)
      lines.push('', vscode.l10n.t('Nothing differs that two runs do not differ in.'));
    return lines.join('\n');
  });
}
