/** The *Walkers* view: every walker of the dump's kernel, each run into a table. */
import * as vscode from 'vscode';
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { readColumns } from './choose-columns.ts';
import { createSessionTree, type SessionNode } from './session-tree.ts';
import { defaultColumns, withColumns } from './struct-columns.ts';

export function createWalkersView(sessions: Sessions): vscode.Disposable {
  const tree = createSessionTree(sessions, {
    id: 'corewalk.walkers',
    load: readWalkers,
    empty: vscode.l10n.t('There are no walkers.'),
  });
  return vscode.Disposable.from(
    tree,
    vscode.commands.registerCommand('corewalk.walkers.run', walk),
    vscode.commands.registerCommand('corewalk.walkers.from', walkFrom),
  );
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
      command: 'corewalk.walkers.run',
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

/** A global walk at once; one that has to start somewhere asks where. */
async function walk(node: SessionNode): Promise<void> {
  const { session, line = '' } = node;
  const { rows } = await request(session, 'corewalk/run', { line, count: 1 });
  return rows[0]?.isError ? walkFrom(node) : showWalk(session, line, rows[0]);
}

/** A walk of something: of one thread's list, one process's threads. */
async function walkFrom({ session, line = '' }: SessionNode): Promise<void> {
  const start = await vscode.window.showInputBox({
    title: line,
    prompt: vscode.l10n.t('Where the walk starts: an address, a symbol or an mdb expression'),
    placeHolder: '<thread',
  });
  if (start === undefined || start.trim() === '') return;
  const whole = `${start.trim()}${line}`;
  const { rows } = await request(session, 'corewalk/run', { line: whole, count: 1 });
  return showWalk(session, whole, rows[0]);
}

/** Elements of a known type get columns. */
async function showWalk(
  session: vscode.DebugSession,
  walked: string,
  first: RowItem | undefined,
): Promise<void> {
  const columns = first?.object === undefined ? [] : await readColumns(session, first.object.type);
  const line = withColumns(walked, defaultColumns(columns));
  await vscode.commands.executeCommand('corewalk.table', { session, line });
}
