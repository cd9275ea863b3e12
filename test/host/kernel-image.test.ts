/** A kernel image without a dump: types, completion and help of mdb scripts, code lenses. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { file, startSession, stopSession } from './support.ts';

describe('a kernel image', () => {
  let session: vscode.DebugSession;

  before(async () => {
    session = await startSession({
      program: file('sample-dumps/kernels/illumos/images/buggy.elf').fsPath,
    });
  });
  after(() => stopSession(session));

  it('answers the custom requests of the views', async () => {
    const summary: unknown = await session.customRequest('corewalk/summary');
    assert.ok(typeof summary === 'object' && summary !== null && 'kind' in summary);
    assert.equal(summary.kind, 'executable');
  });

  it('completes dcmds, types and members in an mdb script', async () => {
    assert.ok((await completions('::pri')).includes('print'));
    assert.ok((await completions('0::print kthread')).some((each) => each.startsWith('kthread_t')));
    assert.ok((await completions('0::print kthread_t t_ct')).includes('t_ctx'));
  });

  it('helps on a dcmd under the pointer', async () => {
    const document = await mdbDocument('::status | ::print');
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new vscode.Position(0, 15),
    );
    const texts = hovers.flatMap((hover) => hover.contents).map(textOf);
    assert.ok(texts.some((text) => text.includes('print the contents of a data structure')));
  });

  it('offers to run each line of a script that does something', async () => {
    const document = await mdbDocument('// note\n::status\n\n::check\n');
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    assert.deepEqual(
      lenses.map((lens) => lens.range.start.line),
      [1, 3],
    );
  });
});

/** What is offered at the end of a line. */
async function completions(line: string): Promise<string[]> {
  const { uri } = await mdbDocument(line);
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    'vscode.executeCompletionItemProvider',
    uri,
    new vscode.Position(0, line.length),
  );
  return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
}

function mdbDocument(content: string): Thenable<vscode.TextDocument> {
  return vscode.workspace.openTextDocument({ language: 'mdb', content });
}

function textOf(content: vscode.MarkdownString | vscode.MarkedString): string {
  return typeof content === 'string' ? content : content.value;
}
