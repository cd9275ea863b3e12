/** The tools of chat: the questions of debug-adapter/tools, asked of the dump that is being debugged. package.json declares them. */
import * as vscode from 'vscode';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';

/** Before the names in package.json: `corewalk_check`. */
const prefix = 'corewalk_';

interface DeclaredTool {
  readonly name: string;
  readonly displayName: string;
}

type Input = Readonly<Record<string, unknown>>;

export function createLanguageModelTools(
  context: vscode.ExtensionContext,
  sessions: Sessions,
): vscode.Disposable {
  const declared: readonly DeclaredTool[] =
    context.extension.packageJSON.contributes.languageModelTools;
  const open = `${prefix}open`;
  const tools = declared.map((tool) =>
    vscode.lm.registerTool<Input>(tool.name, {
      prepareInvocation: ({ input }) => ({ invocationMessage: messageOf(tool, input) }),
      invoke: ({ input }, token) =>
        tool.name === open ? openDump(sessions, input) : ask(sessions, tool.name, input, token),
    }),
  );
  return vscode.Disposable.from(...tools);
}

/** What the chat shows while the tool runs: plain text, a dump's name may hold anything. */
function messageOf({ displayName }: DeclaredTool, input: Input): string {
  const words = Object.values(input).filter((each) => typeof each === 'string');
  return words.length === 0 ? displayName : `${displayName}: ${words.join(' ').slice(0, 120)}`;
}

async function openDump(sessions: Sessions, input: Input): Promise<vscode.LanguageModelToolResult> {
  const path = input['path'];
  if (typeof path !== 'string') throw new Error(vscode.l10n.t('open: path: expected a string'));
  const file = vscode.Uri.file(path);
  const isOpen = sessions.find(file.fsPath) !== undefined;
  if (!isOpen) {
    const opened = sessions.next(file.fsPath);
    await vscode.commands.executeCommand('corewalk.openDump', file);
    if ((await opened) === undefined) throw new Error(vscode.l10n.t('{0} does not open', path));
  }
  return ask(sessions, `${prefix}status`, {});
}

async function ask(
  { current }: Sessions,
  tool: string,
  input: Input,
  token?: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
  if (current === undefined)
    throw new Error(vscode.l10n.t('No dump is open: call {0}open first', prefix));
  if (token?.isCancellationRequested === true) throw new vscode.CancellationError();
  const name = tool.slice(prefix.length);
  const { text, isError } = await request(current, 'corewalk/tool', { name, input });
  if (isError) throw new Error(text);
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
}
