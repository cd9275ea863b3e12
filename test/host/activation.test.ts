/** The extension as VS Code sees it: when it wakes and what it contributes. How long it takes, VS Code itself says in test/e2e. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension } from './support.ts';

describe('activation', () => {
  it('does not happen before the extension is used', () => {
    assert.equal(extension().isActive, false);
  });

  it('registers every command that the manifest contributes', async () => {
    await extension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes }: { contributes: { commands: { command: string }[] } } =
      extension().packageJSON;
    const missing = contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
    assert.ok(contributes.commands.length > 10);
  });
});
