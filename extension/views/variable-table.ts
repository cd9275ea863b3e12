/** A variable as a table: an array by its elements, a pointer by the list that it begins. */
import * as vscode from 'vscode';
import type { Sessions } from '../sessions.ts';
import { shapeOf, typeArgument, type VariableContext } from '../variable-context.ts';
import { readColumns } from './choose-columns.ts';
import { defaultColumns, withColumns, type StructColumn } from './struct-columns.ts';

export function createVariableTables(sessions: Sessions): vscode.Disposable {
  return vscode.commands.registerCommand(
    'corewalk.tableOfVariable',
    async ({ variable }: VariableContext) => {
      const session = sessions.current;
      const { memoryReference, type = '' } = variable;
      if (session === undefined || memoryReference === undefined) return;
      const { shape, element, count } = shapeOf(type);
      const columns = await readColumns(session, element);
      const name = typeArgument(element);
      const source =
        shape === 'array'
          ? `${memoryReference}::array ${name} 0t${count}`
          : shape === 'pointer'
            ? await listLine(memoryReference, element, columns)
            : `${memoryReference}::print ${name}`;
      if (source === undefined) return;
      const isTable = shape !== 'other' && columns.length > 0;
      const line = isTable ? withColumns(source, defaultColumns(columns)) : source;
      await vscode.commands.executeCommand('corewalk.table', { session, line });
    },
  );
}

/** A struct that points to its own kind is an element of a list; by which member, is asked when there are several. */
async function listLine(
  address: string,
  type: string,
  columns: readonly StructColumn[],
): Promise<string | undefined> {
  const links = columns.filter((each) => {
    const { shape, element } = shapeOf(each.type);
    return shape === 'pointer' && sameType(element, type);
  });
  const [only, another] = links;
  const link =
    another === undefined
      ? only?.path
      : await vscode.window.showQuickPick(
          links.map((each) => each.path),
          { placeHolder: vscode.l10n.t('Member that leads to the next element') },
        );
  if (link !== undefined) return `${address}::list ${typeArgument(type)} ${link}`;
  return another === undefined ? `${address}::print ${typeArgument(type)}` : undefined;
}

/** `proc_t` and `struct proc` are the same by the custom of kernels. */
function sameType(one: string, other: string): boolean {
  const bare = (type: string): string => type.replace(/^(struct|union) /, '').replace(/_t$/, '');
  return bare(one) === bare(other);
}
