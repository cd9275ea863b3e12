/** What a node of any view offers in its menu: the mdb line that shows the same, and its address. */
import type * as vscode from 'vscode';
import type { HexAddress } from '../debug-adapter/dap/protocol.ts';

/** Menus go by `contextValue`, which `lineContext` makes. */
export interface LineItem {
  readonly session: vscode.DebugSession;
  readonly line?: string | undefined;
  readonly address?: HexAddress | undefined;
  /** C type at the address. */
  readonly type?: string | undefined;
}

/** Words that the `when` clauses of package.json look for. */
export function lineContext(item: LineItem, ...more: readonly string[]): string {
  const words = [...more];
  if (item.line !== undefined) words.push('line');
  if (item.address !== undefined) words.push('address');
  if (item.type !== undefined) words.push(`type=${item.type.replaceAll(' ', '-')}`);
  return words.join(' ');
}
