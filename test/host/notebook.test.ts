/** A notebook in VS Code: run on its dump, saved with its outputs, and the table that chat and export rest on. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { file } from './support.ts';

const cells = [
  { kind: 'markdown', text: ['# Order'] },
  { kind: 'mdb', text: ['::check ctxop_order'] },
  { kind: 'mdb', text: ['::walk thread | ::table t_pri'] },
];

describe('a notebook', () => {
  let path: string;

  before(() => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '.';
    const dump = join(folder, 'notebook.vmcore');
    const words = ['simulate', 'illumos/ctxop-panic-run', '--variant', 'buggy', '-o', dump];
    execFileSync(process.execPath, [file('dist/corewalk.cjs').fsPath, ...words]);
    path = join(folder, 'order.mdbnb');
    const notebook = { format: 'corewalk-notebook', version: 1, dump: 'notebook.vmcore', cells };
    writeFileSync(path, JSON.stringify(notebook));
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.debug.stopDebugging();
  });

  it('opens the dump that it names, runs, and keeps what its cells printed', async () => {
    const document = await vscode.workspace.openNotebookDocument(vscode.Uri.file(path));
    await vscode.window.showNotebookDocument(document);
    await vscode.commands.executeCommand('notebook.execute');
    const [, check, table] = document.getCells();
    for (let wait = 0; wait < 300 && table?.executionSummary?.success === undefined; wait++)
      await new Promise((done) => setTimeout(done, 100));
    assert.equal(check?.executionSummary?.success, true);
    assert.match(textOf(check, 'text/plain'), /ERROR +ctxop_order/);
    assert.match(textOf(table, 'text/html'), /<th scope="col">t_pri<\/th>/);
    await document.save();
    const saved: unknown = JSON.parse(readFileSync(path, 'utf8'));
    assert.match(JSON.stringify(saved), /ctxop_order[^]*t_pri/);
    assert.match(readFileSync(path, 'utf8'), /"dump": "notebook.vmcore"/);
  });
});

function textOf(cell: vscode.NotebookCell | undefined, mime: string): string {
  const items = cell?.outputs.flatMap((output) => output.items) ?? [];
  return new TextDecoder().decode(items.find((item) => item.mime === mime)?.data);
}
