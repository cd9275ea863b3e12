/** The *Types* view: the dump's types by name, each with its layout, holes and cache lines. */
import * as vscode from 'vscode';
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';
import { request } from '../requests.ts';
import type { Sessions } from '../sessions.ts';
import { namedType, typeArgument, type VariableContext } from '../variable-context.ts';
import { createSessionTree, type SessionNode } from './session-tree.ts';
import { cacheLineSize, holeBytes, layoutOf, type LayoutMember } from './type-layout.ts';

/** Types listed; a search finds the others. */
const typeLimit = 2_000;

export function createTypesView(sessions: Sessions): vscode.Disposable {
  let pattern = '';
  const tree = createSessionTree(sessions, {
    id: 'corewalk.types',
    load: (session) => readTypes(session, pattern),
    empty: vscode.l10n.t('No type has such a name.'),
  });
  const search = vscode.commands.registerCommand('corewalk.types.search', async () => {
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Search Types'),
      prompt: vscode.l10n.t('A part of the name, or a regular expression; empty for all'),
      value: pattern,
    });
    if (text !== undefined) await find(text.trim());
  });
  const find = async (wanted: string): Promise<void> => {
    pattern = wanted;
    tree.view.message = pattern === '' ? '' : vscode.l10n.t('Types like “{0}”', pattern);
    tree.reload();
    await vscode.commands.executeCommand('corewalk.types.focus');
  };
  const show = vscode.commands.registerCommand(
    'corewalk.types.show',
    ({ variable }: VariableContext) => find(`^${namedType(variable.type ?? '')}$`),
  );
  return vscode.Disposable.from(tree, search, show);
}

async function readTypes(
  session: vscode.DebugSession,
  pattern: string,
): Promise<readonly SessionNode[]> {
  const line = pattern === '' ? '::typelist -l' : `::typelist -l '${pattern.replaceAll("'", '.')}'`;
  const { rows, hasMore } = await request(session, 'corewalk/run', { line, count: typeLimit });
  const nodes = rows.map((row) => typeNode(session, row)).sort(byLabel);
  const more = vscode.l10n.t('Only the first {0} types are listed: search for others.', typeLimit);
  return hasMore ? [...nodes, { session, label: more, icon: 'info' }] : nodes;
}

function byLabel(a: SessionNode, b: SessionNode): number {
  return a.label < b.label ? -1 : a.label > b.label ? 1 : 0;
}

const kindIcons: Readonly<Record<string, string>> = {
  struct: 'symbol-structure',
  union: 'symbol-structure',
  enum: 'symbol-enum',
  typedef: 'symbol-interface',
  base: 'symbol-numeric',
};

function typeNode(session: vscode.DebugSession, row: RowItem): SessionNode {
  const data = new Map<string, unknown>(Object.entries(row.data ?? {}));
  const name = String(data.get('name') ?? row.spans.map((span) => span.text).join(''));
  const size = Number(data.get('size') ?? 0);
  const isEnum = data.get('kind') === 'enum';
  const quoted = typeArgument(name);
  const line = isEnum ? `::enum ${quoted}` : `::print -ath ${quoted}`;
  const isOpenable = ['struct', 'union', 'typedef'].includes(String(data.get('kind')));
  return {
    session,
    label: name,
    description: sizeText(size),
    icon: kindIcons[String(data.get('kind'))] ?? 'symbol-misc',
    ...(row.isError ? {} : { line }),
    ...(isOpenable ? { type: name, children: () => readLayout(session, line, size) } : {}),
  };
}

async function readLayout(
  session: vscode.DebugSession,
  line: string,
  size: number,
): Promise<readonly SessionNode[]> {
  const { rows } = await request(session, 'corewalk/run', { line });
  const members = layoutOf(rows, size);
  const holes = holeBytes(members);
  const lines = Math.ceil(size / cacheLineSize);
  const summary = vscode.l10n.t('{0} bytes in holes, {1} cache lines', holes, lines);
  const nodes = memberNodes(session, members);
  return holes === 0 ? nodes : [{ session, label: summary, icon: 'info' }, ...nodes];
}

function memberNodes(
  session: vscode.DebugSession,
  members: readonly LayoutMember[],
): readonly SessionNode[] {
  return members.flatMap((member) => {
    const node = memberNode(session, member);
    if (!member.startsCacheLine) return [node];
    const number = Math.floor(member.offset / cacheLineSize);
    return [{ session, label: vscode.l10n.t('— cache line {0} —', number) }, node];
  });
}

function memberNode(session: vscode.DebugSession, member: LayoutMember): SessionNode {
  const { name, type, offset, size, isHole, members } = member;
  const place = `+0x${offset.toString(16)}`;
  if (isHole)
    return {
      session,
      label: vscode.l10n.t('{0} hole', place),
      description: sizeText(size),
      icon: 'circle-slash',
    };
  return {
    session,
    label: `${place} ${name}`,
    description: `${type} · ${sizeText(size)}`,
    icon: members.length === 0 ? 'symbol-field' : 'symbol-structure',
    ...(members.length === 0 ? {} : { children: memberNodes(session, members) }),
  };
}

function sizeText(bytes: number): string {
  return bytes === 1 ? vscode.l10n.t('1 byte') : vscode.l10n.t('{0} bytes', bytes);
}
