/** *Go to Type Definition*: from a variable or a type of a view to the line of the kernel's source that defines it. */
import * as vscode from 'vscode';
import { errorText } from '../error-text.ts';
import type { LineItem } from '../line-item.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { namedType, type VariableContext } from '../variable-context.ts';

export async function goToTypeDefinition(
  sessions: Sessions,
  from: LineItem | VariableContext,
): Promise<void> {
  const session = ('session' in from ? from.session : undefined) ?? sessions.current;
  const named = 'session' in from ? from.type : 'variable' in from ? from.variable.type : undefined;
  const type = namedType(named ?? '');
  if (session === undefined || type === '') return;
  try {
    const { source, line } = await request(session, 'corewalk/typeSource', { type });
    const uri = vscode.debug.asDebugSourceUri(source, session);
    const document = await vscode.workspace.openTextDocument(uri);
    // What is sent to VS Code's own debugger client counts lines from 1.
    const place = new vscode.Range(line - 1, 0, line - 1, 0);
    await vscode.window.showTextDocument(document, { selection: place });
  } catch (error) {
    void vscode.window.showErrorMessage(errorText(error));
  }
}
