/** The *Log* view: what the kernel wrote to its console, oldest first. */
import * as vscode from 'vscode';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { createSessionTree, type SessionNode } from './session-tree.ts';

/** Messages shown; a kernel's buffer holds far fewer. */
const messageLimit = 20_000;

export function createLogView(sessions: Sessions): vscode.Disposable {
  return createSessionTree(sessions, {
    id: 'corewalk.log',
    load: readMessages,
    empty: vscode.l10n.t('The dump holds no console messages.'),
  });
}

async function readMessages(session: vscode.DebugSession): Promise<readonly SessionNode[]> {
  const { rows } = await request(session, 'corewalk/run', {
    line: '::msgbuf',
    count: messageLimit,
  });
  const messages = rows.filter((row) => row.spans.every((span) => span.kind !== 'heading'));
  return messages.map((row) => ({
    session,
    label: row.spans.map((span) => span.text).join(''),
    ...(row.isError ? { icon: 'error' } : {}),
  }));
}
