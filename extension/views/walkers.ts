/** The *Walkers* view: every walker of the dump's kernel, each run into a table. */
import * as vscode from 'vscode';
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { createSessionTree, type SessionNode } from './session-tree.ts';

export function createWalkersView(sessions: Sessions): vscode.Disposable {
  const tree = createSessionTree(sessions, {
    id: 'corewalk.walkers',
    load: readWalkers,
    empty: vscode.l10n.t('There are no walkers.'),
  });
  const from = vscode.commands.registerCommand('corewalk.walkers.from', walkFrom);
  return vscode.Disposable.from(tree, from);
}

/** Walkers below the module that they come from. */
async function readWalkers(session: vscode.DebugSession): Promise<readonly SessionNode[]> {
  const { rows } = await request(session, 'corewalk/run', { line: '::walkers' });
  const modules = new Map<string, SessionNode[]>();
  for (const row of rows) {
    const { name, summary, module } = fieldsOf(row);
    if (name === undefined) continue;
    const nodes = modules.get(module ?? 'core') ?? [];
    modules.set(module ?? 'core', nodes);
    nodes.push({
      session,
      label: name,
      ...(summary === undefined ? {} : { description: summary }),
      icon: 'symbol-array',
      context: 'walker',
      line: `::walk ${name}`,
      command: 'corewalk.table',
    });
  }
  return [...modules].map(([label, children]) => ({
    session,
    label,
    description: String(children.length),
    icon: 'package',
    children,
  }));
}

function fieldsOf(row: RowItem): { name?: string; summary?: string; module?: string } {
  const entries = Object.entries(row.data ?? {}).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(entries);
}

/** A walk of something: of one thread's list, one process's threads. */
async function walkFrom(node: SessionNode): Promise<void> {
  const start = await vscode.window.showInputBox({
    title: node.line ?? '',
    prompt: vscode.l10n.t('Where the walk starts: an address, a symbol or an mdb expression'),
    placeHolder: '<thread',
  });
  if (start === undefined || start.trim() === '') return;
  const line = `${start.trim()}${node.line ?? ''}`;
  await vscode.commands.executeCommand('corewalk.table', { session: node.session, line });
}
