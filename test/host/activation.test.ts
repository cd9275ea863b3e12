/** The extension as VS Code sees it: when it wakes, what it contributes, what loading it costs. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as vscode from 'vscode';
import { extension, file } from './support.ts';

/** Milliseconds that loading the bundle may take; activation as a whole may take 50. */
const loadBudget = 25;

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

  it('is cheap: the bundle loads within its budget', () => {
    const bundle = file('dist/extension.cjs').fsPath;
    const require = createRequire(bundle);
    // The best of several: what else this machine does is not what is measured.
    const taken = Array.from({ length: 5 }, () => {
      Reflect.deleteProperty(require.cache, bundle);
      const start = performance.now();
      require(bundle);
      return performance.now() - start;
    });
    const best = Math.min(...taken);
    assert.ok(best < loadBudget, `loading took ${best.toFixed(1)} ms`);
  });
});
