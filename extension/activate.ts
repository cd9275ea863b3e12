/** What VS Code calls: registers what package.json contributes, and loads nothing else before it is used. */
import * as vscode from 'vscode';
import { createAdapterFactory } from './adapter.ts';
import { openDump } from './commands/open-dump.ts';
import { newDump } from './commands/new-dump.ts';
import { createConfigurationProvider, createDynamicConfigurations } from './configurations.ts';
import { copyToClipboard, runInConsole } from './console.ts';
import { createSessions } from './sessions.ts';
import { createMachineView, type MachineItem } from './views/machine.ts';
import { createSummaryEditor } from './views/summary-editor.ts';

/** The debug type, as in package.json. */
const debugType = 'corewalk';

export function activate(context: vscode.ExtensionContext): void {
  const sessions = createSessions(debugType);
  const dynamic = vscode.DebugConfigurationProviderTriggerKind.Dynamic;
  context.subscriptions.push(
    sessions,
    vscode.debug.registerDebugAdapterDescriptorFactory(debugType, createAdapterFactory(context)),
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      createConfigurationProvider(context),
    ),
    vscode.debug.registerDebugConfigurationProvider(
      debugType,
      createDynamicConfigurations(),
      dynamic,
    ),
    createMachineView(sessions),
    createSummaryEditor(context, sessions),
  );
  const command = (name: string, run: (...words: never[]) => unknown): void => {
    context.subscriptions.push(vscode.commands.registerCommand(`corewalk.${name}`, run));
  };
  command('openDump', (file?: vscode.Uri) => openDump(context, file));
  command('newDump', () => newDump(context));
  command('closeDump', () => vscode.debug.stopDebugging(sessions.current));
  command('check', () => runInConsole(sessions.current, '::check'));
  command('runLine', (item: MachineItem) => runInConsole(item.session, item.node.line));
  command('copyLine', (item: MachineItem) => copyToClipboard(item.node.line));
  command('copyAddress', (item: MachineItem) => copyToClipboard(item.node.address));
}
