/** Reading in the middle of a long command that gives no rows: answered before it ends, and nothing else overtakes it. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient, type DapResponse } from '../support/dap-client.ts';
import { projectRoot } from '../support/grammars.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';
import { writeSparseCore } from '../support/sparse-core.ts';
import { lists } from './items.ts';

/** Bytes to search: half a minute of work for the engine, of which the test waits for a second. */
const holeSize = 64 * 2 ** 30;
const holeAddress = 0xfffff80000000000n;

describe('dap, in the middle of a long command', function () {
  this.timeout(60_000);
  let client: DapClient;
  let path: string;
  let search: Promise<DapResponse>;
  let searchSequence: number;
  let next: Promise<DapResponse>;
  let frameId: unknown;
  const answers: string[] = [];

  before(async () => {
    const folder = join(projectRoot, 'out/dumps');
    mkdirSync(folder, { recursive: true });
    path = join(folder, `sparse.${process.pid}.vmcore`);
    const core = coreBytes(simulateAt('illumos/ctxop-panic-run', 'buggy'));
    writeSparseCore(path, core, { virtualAddress: holeAddress, size: holeSize });
    client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    await client.open({ coreFile: path }, { supportsProgressReporting: true });
    await client.ask('threads');
    frameId = lists(await client.ask('stackTrace', { threadId: 1 }), 'stackFrames')[0]?.['id'];
    searchSequence = client.nextSequence;
    const words = { expression: 'feedfacefeedface::kgrep', context: 'repl' };
    search = client.request('evaluate', words).finally(() => answers.push('search'));
    await client.event('progressStart');
    const after = { expression: '1+1=D', context: 'repl' };
    next = client.request('evaluate', after).finally(() => answers.push('next'));
  });
  after(async () => {
    assert.equal(await client.close(), 0);
    rmSync(path, { force: true });
  });

  it('what only reads is answered', async () => {
    const threads = lists(await client.ask('threads'), 'threads');
    assert.ok(threads.length > 2);
    const stack = lists(await client.ask('stackTrace', { threadId: 1 }), 'stackFrames');
    assert.match(String(stack[0]?.['name']), /panic/);
    const scopes = lists(await client.ask('scopes', { frameId }), 'scopes');
    const reference = scopes[0]?.['variablesReference'];
    const variables = await client.ask('variables', { variablesReference: reference });
    assert.ok(lists(variables, 'variables').length > 0);
    const { result } = await client.ask('evaluate', { expression: 'cpu[0]', context: 'hover' });
    assert.match(String(result), /0x/);
    const memory = { memoryReference: `0x${holeAddress.toString(16)}`, count: 16 };
    assert.equal((await client.ask('readMemory', memory))['data'], 'AAAAAAAAAAAAAAAAAAAAAA==');
    const completions = await client.ask('completions', { text: '::kgre', column: 7 });
    assert.match(JSON.stringify(completions), /kgrep/);
    assert.deepEqual(answers, []);
  });

  it('what is wrong with a question is said, and what is cancelled is not answered otherwise', async () => {
    assert.match(await client.refused('scopes', { frameId: 12345 }), /no stack frame 12345/);
    assert.match(
      await client.refused('evaluate', { expression: 'nowhere', context: 'hover' }),
      /nowhere/,
    );
    assert.deepEqual(answers, []);
  });

  it('the next line waits for its turn, also behind a line that is cancelled', async () => {
    assert.deepEqual(answers, []);
    void client.request('cancel', { requestId: searchSequence });
    const { success, message } = await search;
    assert.equal(success, false);
    assert.match(message ?? '', /cancelled/);
    assert.match(String((await next).body['result']), /2/);
    assert.deepEqual(answers, ['search', 'next']);
  });
});
