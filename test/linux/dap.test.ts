/** A dump of Linux over the Debug Adapter Protocol: threads, stacks, a typed global; every message against the schema. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasTools } from '../dump-format/dwarf/toolchain.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { tinyLinuxBytes } from './tiny-linux.ts';

describe('a dump of Linux in an editor', function () {
  this.timeout(60_000);
  let folder = '';
  let client: DapClient;

  before(async function () {
    if (!hasTools('gcc')) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'corewalk-linux-'));
    writeFileSync(join(folder, 'vmcore'), tinyLinuxBytes());
    client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    await client.open({ coreFile: join(folder, 'vmcore') });
  });

  after(() => {
    client?.kill();
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  it('has its tasks as threads, each with a stack', async () => {
    const text = JSON.stringify(await client.ask('threads'));
    assert.match(text, /worker/);
    const ids = [...text.matchAll(/"id":(\d+)/g)].map(([, id]) => Number(id));
    assert.equal(ids.length, 4);
    const frames: string[] = [];
    for (const threadId of ids) {
      const stack = await client.ask('stackTrace', { threadId });
      frames.push(JSON.stringify(stack));
    }
    assert.ok(frames.some((stack) => stack.includes('schedule')));
    assert.ok(frames.some((stack) => stack.includes('delay')));
  });

  it('evaluates lines and expressions on typed globals', async () => {
    const answer = async (expression: string, context: string): Promise<string> =>
      JSON.stringify(await client.ask('evaluate', { expression, context }));
    assert.match(await answer('init_task::print comm', 'repl'), /swapper\/0/);
    assert.match(await answer('init_task.comm', 'watch'), /swapper\/0/);
  });
});
