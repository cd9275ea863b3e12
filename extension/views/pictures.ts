/** Pictures of a dump, each in a panel of its own: which commands open them, and the way between a page and the adapter. */
import * as vscode from 'vscode';
import { runInConsole } from '../console.ts';
import { errorText } from '../error-text.ts';
import type { LineItem } from '../line-item.ts';
import type { Sessions } from '../sessions.ts';
import { shapeOf, type VariableContext } from '../variable-context.ts';
import {
  readFromPicturePage,
  type PictureName,
  type PictureSubject,
  type ToPicturePage,
} from './picture-messages.ts';
import { showPage } from './webview-page.ts';

/** What a command of a picture is called with: a node of a view, a variable, or nothing. */
type Origin = LineItem | VariableContext | undefined;

export function createPictures(
  context: vscode.ExtensionContext,
  sessions: Sessions,
): vscode.Disposable {
  const show = (
    session: vscode.DebugSession,
    picture: PictureName,
    subject: PictureSubject,
  ): void => {
    const panel = vscode.window.createWebviewPanel(
      `corewalk.${picture}`,
      titleOf(picture, subject),
      vscode.ViewColumn.Active,
    );
    const tell = (message: ToPicturePage): Thenable<boolean> => panel.webview.postMessage(message);
    panel.webview.onDidReceiveMessage(async (message: unknown) => {
      const known = readFromPicturePage(message);
      if (known?.type === 'ready') await tell({ type: 'start', subject });
      if (known?.type === 'run') await runInConsole(session, known.line);
      if (known?.type === 'open') show(session, known.picture, known.subject);
      if (known?.type !== 'ask') return;
      const { id, command, words } = known;
      try {
        const body: unknown = await session.customRequest(command, words);
        await tell({ type: 'answer', id, body });
      } catch (error) {
        await tell({ type: 'refusal', id, text: errorText(error) });
      }
    });
    showPage(panel.webview, context.extensionUri, picture, panel.title);
  };
  const command = (
    name: string,
    picture: PictureName,
    choose: (origin: Origin) => PictureSubject | Thenable<PictureSubject | undefined>,
  ): vscode.Disposable =>
    vscode.commands.registerCommand(`corewalk.${name}`, async (origin: Origin) => {
      const session = sessionOf(origin) ?? sessions.current;
      if (session === undefined) return;
      const subject = await choose(origin);
      if (subject !== undefined) show(session, picture, subject);
    });
  return vscode.Disposable.from(
    command('showMemory', 'memory', (origin) => placeOf(origin) ?? askPlace()),
    command('showGraph', 'graph', (origin) => placeOf(origin) ?? askPlace()),
    command('showTimeline', 'timeline', () => ({})),
    command('showAddressSpace', 'address-space', (origin) => placeOf(origin) ?? {}),
    command('showLayout', 'layout', (origin) => typeOf(origin) ?? askType()),
  );
}

function titleOf(picture: PictureName, { at, type }: PictureSubject): string {
  switch (picture) {
    case 'memory':
      return vscode.l10n.t('Memory {0}', at ?? '');
    case 'graph':
      return vscode.l10n.t('Objects around {0}', at ?? '');
    case 'timeline':
      return vscode.l10n.t('Machine over time');
    case 'address-space':
      return vscode.l10n.t('Address space');
    case 'layout':
      return vscode.l10n.t('Layout of {0}', type ?? '');
  }
}

function sessionOf(origin: Origin): vscode.DebugSession | undefined {
  return origin !== undefined && 'session' in origin ? origin.session : undefined;
}

/** Where a node or a variable lies; undefined when there is none. */
function placeOf(origin: Origin): PictureSubject | undefined {
  if (origin === undefined) return undefined;
  if ('session' in origin) {
    const { address, type } = origin;
    return address === undefined ? undefined : { at: address, ...(type !== undefined && { type }) };
  }
  const { memoryReference, type = '' } = origin.variable;
  if (memoryReference === undefined) return undefined;
  const { shape, element } = shapeOf(type);
  // What a pointer to a pointer or to bytes leads to says less than what is known of the address.
  const isNamed = /^(struct |union )?\w+$/.test(element) && !/^(void|char)$/.test(element);
  if (shape === 'pointer') return { at: memoryReference, ...(isNamed && { type: element }) };
  return { at: memoryReference, ...(type !== '' && { type }) };
}

function typeOf(origin: Origin): PictureSubject | undefined {
  if (origin === undefined) return undefined;
  if ('session' in origin) return origin.type === undefined ? undefined : { type: origin.type };
  let { shape, element } = shapeOf(origin.variable.type ?? '');
  while (shape !== 'other') ({ shape, element } = shapeOf(element));
  return element === '' ? undefined : { type: element };
}

async function askPlace(): Promise<PictureSubject | undefined> {
  const at = await vscode.window.showInputBox({
    title: vscode.l10n.t('Place in the Dump'),
    prompt: vscode.l10n.t('An address, a symbol, or an expression of mdb: *panic_thread, <rsp+8'),
  });
  return at === undefined || at.trim() === '' ? undefined : { at: at.trim() };
}

async function askType(): Promise<PictureSubject | undefined> {
  const type = await vscode.window.showInputBox({
    title: vscode.l10n.t('Show Layout'),
    prompt: vscode.l10n.t('A C type: kthread_t, struct ctxop'),
  });
  return type === undefined || type.trim() === '' ? undefined : { type: type.trim() };
}
