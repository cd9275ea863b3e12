/** Asks which members of a struct shall be columns. */
import * as vscode from 'vscode';
import { request } from '../requests.ts';
import { typeArgument } from '../variable-context.ts';
import { columnsInLine, columnsOf, withColumns, type StructColumn } from './struct-columns.ts';

/** Scalar members of a type; empty when the dump does not know it. */
export async function readColumns(
  session: vscode.DebugSession,
  type: string,
): Promise<StructColumn[]> {
  const line = `::print -at ${typeArgument(type)}`;
  const { rows } = await request(session, 'corewalk/run', { line });
  return columnsOf(rows);
}

/** The line with the columns that were chosen; undefined when the user thought better of it. */
export async function chooseColumns(
  session: vscode.DebugSession,
  line: string,
  type: string,
): Promise<string | undefined> {
  const columns = await readColumns(session, type);
  const now = new Set(columnsInLine(line));
  const items = columns.map(({ path, type: memberType }) => ({
    label: path,
    description: memberType,
    picked: now.has(path),
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Columns of {0}', type),
    placeHolder: vscode.l10n.t('Members to show'),
    canPickMany: true,
    matchOnDescription: true,
  });
  return chosen === undefined
    ? undefined
    : withColumns(
        line,
        chosen.map((each) => each.label),
      );
}
