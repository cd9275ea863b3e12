/** How VS Code reaches the engine: a process of its own, so that a command that hangs never freezes other extensions. */
import * as vscode from 'vscode';

/**
 * Runs `dist/adapter.cjs` with the Node of the extension host, so that nothing has to be installed. On a desktop that
 * Node is Electron's, which `ELECTRON_RUN_AS_NODE` turns into a plain one.
 */
export function createAdapterFactory(
  context: vscode.ExtensionContext,
): vscode.DebugAdapterDescriptorFactory {
  return {
    createDebugAdapterDescriptor: () => {
      const { command, words, environment } = engineProcess(context, 'adapter.cjs');
      return new vscode.DebugAdapterExecutable(command, words, { env: environment });
    },
  };
}

export interface EngineProcess {
  readonly command: string;
  readonly words: string[];
  /** Added to the environment of the extension host. */
  readonly environment: Record<string, string>;
}

/** @param bundle a file of `dist/` */
export function engineProcess(context: vscode.ExtensionContext, bundle: string): EngineProcess {
  return {
    command: process.execPath,
    words: [vscode.Uri.joinPath(context.extensionUri, 'dist', bundle).fsPath],
    environment: { ELECTRON_RUN_AS_NODE: '1' },
  };
}
