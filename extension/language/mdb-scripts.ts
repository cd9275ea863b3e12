/** mdb scripts in an editor: completion and help come from the open dump, and each line runs at a click. */
import * as vscode from 'vscode';
import { runInConsole } from '../console.ts';
import { errorText } from '../error-text.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { commandAt, isRunnable } from './mdb-lines.ts';

const selector: vscode.DocumentSelector = { language: 'mdb' };

/** Files, and not the cells of a notebook, which have a button of their own. */
const scripts: vscode.DocumentSelector = ['file', 'untitled'].map((scheme) => ({
  language: 'mdb',
  scheme,
}));

/** Characters after which completions are asked for without a key. */
const triggers = [':', '$', '`', '.', '>', '<', '"'];

/** Lines of help that a hover shows. */
const helpLines = 60;

export function createMdbScripts(sessions: Sessions): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.languages.registerCompletionItemProvider(selector, completions(sessions), ...triggers),
    vscode.languages.registerHoverProvider(selector, help(sessions)),
    vscode.languages.registerCodeLensProvider(scripts, runLenses(sessions)),
    vscode.commands.registerCommand('corewalk.runScriptLine', (line: string) =>
      runInConsole(sessions.current, line),
    ),
    vscode.commands.registerTextEditorCommand('corewalk.runSelection', (editor) =>
      runSelection(sessions, editor),
    ),
  );
}

/** Runs the selected lines, or the line of the cursor. */
async function runSelection(sessions: Sessions, editor: vscode.TextEditor): Promise<void> {
  const { document, selection } = editor;
  const range = selection.isEmpty ? document.lineAt(selection.active.line).range : selection;
  if (sessions.current === undefined) {
    const text = vscode.l10n.t('Open a crash dump first: the lines run in its debug console.');
    void vscode.window.showInformationMessage(text);
    return;
  }
  for (const line of document.getText(range).split(/\r?\n/))
    if (isRunnable(line)) await runInConsole(sessions.current, line.trim());
}

const kinds: Readonly<Record<string, vscode.CompletionItemKind>> = {
  function: vscode.CompletionItemKind.Function,
  method: vscode.CompletionItemKind.Method,
  class: vscode.CompletionItemKind.Struct,
  field: vscode.CompletionItemKind.Field,
  value: vscode.CompletionItemKind.Value,
  variable: vscode.CompletionItemKind.Variable,
  property: vscode.CompletionItemKind.Property,
  keyword: vscode.CompletionItemKind.Keyword,
};

/** What `completions` of the Debug Adapter Protocol gives; only what is used here. */
interface CompletionTarget {
  readonly label: string;
  readonly type?: string;
  readonly length?: number;
  readonly detail?: string;
}

function completions(sessions: Sessions): vscode.CompletionItemProvider {
  return {
    provideCompletionItems: async (document, position) => {
      const text = document.lineAt(position.line).text;
      const answer: unknown = await sessions.current?.customRequest('completions', {
        text,
        column: position.character + 1,
      });
      return targetsOf(answer).map((target) => {
        const item = new vscode.CompletionItem(target.label, kinds[target.type ?? '']);
        const start = Math.max(0, position.character - (target.length ?? 0));
        item.range = new vscode.Range(position.with({ character: start }), position);
        if (target.detail !== undefined) item.detail = target.detail;
        return item;
      });
    },
  };
}

function targetsOf(answer: unknown): readonly CompletionTarget[] {
  if (typeof answer !== 'object' || answer === null || !('targets' in answer)) return [];
  return Array.isArray(answer.targets) ? answer.targets.filter(isTarget) : [];
}

function isTarget(value: unknown): value is CompletionTarget {
  return typeof value === 'object' && value !== null && 'label' in value;
}

/** What `::help` says about the command under the pointer. */
function help(sessions: Sessions): vscode.HoverProvider {
  return {
    provideHover: async (document, position) => {
      const word = commandAt(document.lineAt(position.line).text, position.character);
      if (word === undefined || sessions.current === undefined) return undefined;
      const line = `::help ${word.name}`;
      const range = new vscode.Range(position.line, word.start, position.line, word.end);
      try {
        const { rows } = await request(sessions.current, 'corewalk/run', {
          line,
          count: helpLines,
        });
        const text = rows.map((row) => row.spans.map((span) => span.text).join('')).join('\n');
        return new vscode.Hover(new vscode.MarkdownString().appendCodeblock(text, 'text'), range);
      } catch (error) {
        return new vscode.Hover(errorText(error), range);
      }
    },
  };
}

/** *Run* above every line that does something, while a dump is open. */
function runLenses(sessions: Sessions): vscode.CodeLensProvider {
  return {
    onDidChangeCodeLenses: (listener) => sessions.onDidChange(() => listener()),
    provideCodeLenses: (document) => {
      if (sessions.current === undefined) return [];
      const lenses: vscode.CodeLens[] = [];
      for (let index = 0; index < document.lineCount; index++) {
        const { text, range } = document.lineAt(index);
        if (!isRunnable(text)) continue;
        const title = vscode.l10n.t('$(play) Run');
        const command = 'corewalk.runScriptLine';
        lenses.push(new vscode.CodeLens(range, { title, command, arguments: [text.trim()] }));
      }
      return lenses;
    },
  };
}
