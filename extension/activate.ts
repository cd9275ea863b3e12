/** What VS Code calls: registers what package.json contributes, and loads nothing else before it is used. */
import * as vscode from 'vscode';
import { createAdapterFactory } from './adapter.ts';
import { openDump } from './commands/open-dump.ts';
import { createComparisons } from './commands/compare-dumps.ts';
import { exploreScenario } from './commands/explore-scenario.ts';
import { newDump } from './commands/new-dump.ts';
import { goToTypeDefinition } from './commands/type-definition.ts';
import { createConfigurationProvider, createDynamicConfigurations } from './configurations.ts';
import { copyToClipboard, runInConsole } from './console.ts';
import { createCrashReports } from './crash-report.ts';
import { rememberDump } from './dumps.ts';
import type { LineItem } from './line-item.ts';
import { createLanguageModelTools } from './language-model/tools.ts';
import { createInvestigations } from './learn/investigations.ts';
import { createCSources } from './language/c-sources.ts';
import { createMdbScripts } from './language/mdb-scripts.ts';
import { createNotebooks } from './notebook/notebooks.ts';
import { createReports } from './report/export-report.ts';
import { coreFileOf, createSessions } from './sessions.ts';
import type { VariableContext } from './variable-context.ts';
import { createBookmarksView } from './views/bookmarks.ts';
import { createCtxopTimelines } from './views/ctxop-timeline.ts';
import { createFindingsView } from './views/findings.ts';
import { createLogView } from './views/log.ts';
import { createMachineView } from './views/machine.ts';
import { createPictures } from './views/pictures.ts';
import { createResultDocuments } from './views/result-document.ts';
import { createSummaryEditor } from './views/summary-editor.ts';
import { createTables } from './views/table.ts';
import { createThreadsView } from './views/threads.ts';
import { createTypesView } from './views/types.ts';
import { createVariableTables } from './views/variable-table.ts';
import { createWalkersView } from './views/walkers.ts';

/** The debug type, as in package.json. */
const debugType = 'corewalk';

export function activate(context: vscode.ExtensionContext): void {
  const sessions = createSessions(debugType);
  const dynamic = vscode.DebugConfigurationProviderTriggerKind.Dynamic;
  context.subscriptions.push(
    sessions,
    sessions.onDidChange((session) => void rememberDump(context, coreFileOf(session))),
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
    createThreadsView(sessions),
    createFindingsView(sessions),
    createWalkersView(sessions),
    createTypesView(sessions),
    createLogView(sessions),
    createBookmarksView(context, sessions),
    createSummaryEditor(context, sessions),
    createTables(context, sessions),
    createVariableTables(sessions),
    createCtxopTimelines(context, sessions),
    createPictures(context, sessions),
    createResultDocuments(sessions),
    createMdbScripts(sessions),
    createCSources(debugType),
    createComparisons(context),
    createCrashReports(debugType),
    createLanguageModelTools(context, sessions),
    createReports(context, sessions),
    createNotebooks(context, sessions),
    createInvestigations(context, sessions, debugType),
  );
  const command = (name: string, run: (...words: never[]) => unknown): void => {
    context.subscriptions.push(vscode.commands.registerCommand(`corewalk.${name}`, run));
  };
  command('openDump', (file?: vscode.Uri) => openDump(context, file));
  command('newDump', () => newDump(context));
  command('exploreScenario', () => exploreScenario(context));
  command('closeDump', () => vscode.debug.stopDebugging(sessions.current));
  command('types.definition', (from: LineItem | VariableContext) =>
    goToTypeDefinition(sessions, from),
  );
  command('check', () => runInConsole(sessions.current, '::check'));
  command('runLine', (item: LineItem) => runInConsole(item.session, item.line));
  command('copyLine', (item: LineItem) => copyToClipboard(item.line));
  command('copyAddress', (item: LineItem) => copyToClipboard(item.address));
}
