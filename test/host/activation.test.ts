/** The extension as VS Code sees it: when it wakes, what it contributes, how long it takes. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('activation', () => {
  it('does not wake before it is used', () => {
    assert.equal(vscode.extensions.getExtension('corewalk.corewalk')?.isActive, false);
  });

  it('wakes within 50 ms', async () => {
    const extension = vscode.extensions.getExtension('corewalk.corewalk');
    const start = performance.now();
    await extension?.activate();
    const took = performance.now() - start;
    assert.ok(extension?.isActive);
    assert.ok(took < 50, `activation took ${took.toFixed(1)} ms`);
  });
});
