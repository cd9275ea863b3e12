/** A dump through VS Code's own client: the frame it selects, and memory as a file. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { file, startSession, stopSession } from './support.ts';

describe('a dump', () => {
  let session: vscode.DebugSession;
  let dump: string;

  before(async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '.';
    dump = join(folder, 'panic.vmcore');
    const words = ['simulate', 'illumos/ctxop-panic-run', '--variant', 'buggy', '-o', dump];
    execFileSync(process.execPath, [file('dist/corewalk.cjs').fsPath, ...words]);
    session = await startSession({ coreFile: dump });
  });
  after(() => stopSession(session));

  it('has a frame selected', async () => {
    for (let wait = 0; wait < 50 && vscode.debug.activeStackItem === undefined; wait++)
      await new Promise((done) => setTimeout(done, 100));
    const item = vscode.debug.activeStackItem;
    assert.ok(item instanceof vscode.DebugStackFrame);
    assert.equal(item.session.id, session.id);
  });

  it("is read by VS Code's memory files, byte for byte", async () => {
    const answer: unknown = await session.customRequest('evaluate', {
      expression: 'panicstr',
      context: 'watch',
    });
    assert.ok(typeof answer === 'object' && answer !== null && 'memoryReference' in answer);
    const reference = String(answer.memoryReference);
    const uri = vscode.Uri.from({
      scheme: 'vscode-debug-memory',
      authority: session.id,
      path: `/${encodeURIComponent(reference)}/memory.bin`,
      query: 'range=0:64',
    });
    const text = Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('latin1');
    assert.ok(text.startsWith('fpu emulation not enabled in host!'), JSON.stringify(text));
  });

  it('answers the tools of chat', async () => {
    const ask = async (name: string, input: object): Promise<string> => {
      const { content } = await vscode.lm.invokeTool(name, {
        input,
        toolInvocationToken: undefined,
      });
      return content
        .map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ''))
        .join('');
    };
    assert.ok(vscode.lm.tools.some(({ name }) => name === 'corewalk_check'));
    assert.match(await ask('corewalk_open', { path: dump }), /panic message: /);
    assert.match(await ask('corewalk_check', {}), /vmm_restorectx restores before xrestore_ctxt/);
  });
});
