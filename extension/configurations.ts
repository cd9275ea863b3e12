/** Debug configurations: what F5 does without launch.json, and the dumps of the workspace in the list of configurations. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { chooseDump } from './choose-dump.ts';
import { findDumps } from './dumps.ts';

/** What other adapters call the dump; accepted, so that a launch.json of theirs works with one word changed. */
const coreFileAliases = ['coreDumpPath', 'coreFilePath', 'dumpPath', 'corePath', 'core'];

/** Completes a configuration, or asks for a dump when there is none (F5 without launch.json). */
export function createConfigurationProvider(
  context: vscode.ExtensionContext,
): vscode.DebugConfigurationProvider {
  return {
    provideDebugConfigurations: () => [dumpConfiguration('${workspaceFolder}/vmcore')],
    resolveDebugConfiguration: async (_folder, configuration) => {
      const named = coreFileOf(configuration);
      // A kernel file alone can be looked at too: its types, symbols and code.
      if (named === undefined && typeof configuration['program'] === 'string') return configuration;
      const coreFile = named ?? (await chooseDump(context))?.fsPath;
      return coreFile === undefined
        ? undefined
        : { ...dumpConfiguration(coreFile), ...configuration, coreFile };
    },
    resolveDebugConfigurationWithSubstitutedVariables: (folder, given) => {
      const configuration = vscode.workspace.isTrusted ? given : withoutTrust(given);
      const allowShell = isShellAllowed();
      const named = coreFileOf(configuration);
      if (named === undefined) return { ...configuration, allowShell };
      const base = folder?.uri.fsPath;
      const coreFile = base === undefined ? named : path.resolve(base, named);
      return { ...configuration, coreFile, allowShell };
    },
  };
}

/** The dumps of the workspace as configurations that nobody had to write. */
export function createDynamicConfigurations(): vscode.DebugConfigurationProvider {
  return {
    provideDebugConfigurations: async () =>
      (await findDumps()).map((file) => dumpConfiguration(file.fsPath)),
  };
}

/** @param coreFile path of a dump; may hold variables of launch.json */
export function dumpConfiguration(coreFile: string): vscode.DebugConfiguration {
  return {
    type: 'corewalk',
    request: 'launch',
    name: path.basename(coreFile),
    coreFile,
    internalConsoleOptions: 'openOnSessionStart',
  };
}

function coreFileOf(configuration: vscode.DebugConfiguration): string | undefined {
  const names = ['coreFile', ...coreFileAliases];
  const values: unknown[] = names.map((name): unknown => configuration[name]);
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}

/** What a workspace that nobody trusts may not bring: lines that run by themselves, and headers that are read by their name. */
function withoutTrust(configuration: vscode.DebugConfiguration): vscode.DebugConfiguration {
  const { startup: _lines, headers: _files, ...rest } = configuration;
  return rest;
}

/** Shell pipes of the console (`::ps ! grep sched`) run programs, so both the workspace and the user must have agreed. */
function isShellAllowed(): boolean {
  const isWanted = vscode.workspace.getConfiguration('corewalk').get('allowShell', false);
  return vscode.workspace.isTrusted && isWanted;
}
