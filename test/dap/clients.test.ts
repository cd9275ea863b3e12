/** Clients that can more or less than others, and count otherwise: each gets what it asked for and nothing else. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { projectRoot } from '../support/grammars.ts';
import { sampleDump } from '../support/sample-dump.ts';
import { lists } from './items.ts';

describe('dap clients', () => {
  let client: DapClient;
  let coreFile = '';

  before(() => {
    coreFile = sampleDump('illumos/ctxop-panic-run', 'buggy');
  });
  beforeEach(async () => {
    client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
  });
  afterEach(async () => {
    assert.equal(await client.close(), 0);
  });

  it('that show colours get them, and nothing else that drives a terminal', async () => {
    await client.open({ coreFile }, { supportsANSIStyling: true });
    const line = '<thread::print -a kthread_t t_ctx; ::msgbuf';
    const { result } = await client.ask('evaluate', { expression: line, context: 'repl' });
    const text = String(result);
    assert.ok(text.includes('\x1b['));
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(text.replace(/\x1b\[[0-9;]*m/g, ''), /[\0-\x08\x0b-\x1f\x7f-\x9f]/);
  });

  it('that ask for neither types nor memory get neither', async () => {
    await client.open({ coreFile });
    const { stackFrames } = await client.ask('stackTrace', {
      threadId: 1,
      startFrame: 2,
      levels: 1,
    });
    const [frame] = lists({ stackFrames }, 'stackFrames');
    const [scope] = lists(await client.ask('scopes', { frameId: frame?.['id'] }), 'scopes');
    const { variablesReference } = scope ?? {};
    const body = await client.ask('variables', { variablesReference });
    for (const item of lists(body, 'variables'))
      assert.deepEqual([item['type'], item['memoryReference']], [undefined, undefined]);
  });

  it('that count from 0 get lines and columns from 0', async () => {
    await client.open({ coreFile }, { linesStartAt1: false, columnsStartAt1: false });
    const other = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    await other.open({ coreFile });
    const place = async (who: DapClient): Promise<number[]> => {
      const frames = lists(await who.ask('stackTrace', { threadId: 1 }), 'stackFrames');
      return frames.flatMap(({ line, column }) => [Number(line), Number(column)]);
    };
    const fromZero = await place(client);
    assert.deepEqual(
      await place(other),
      fromZero.map((number) => number + 1),
    );
    const text = '::sta';
    const targets = lists(await client.ask('completions', { text, column: 5 }), 'targets');
    assert.ok(targets.length > 0 && targets.every(({ start }) => start === 2));
    assert.equal(await other.close(), 0);
  });

  it('that are VS Code get completions without a start, which it would look up wrongly', async () => {
    await client.open({ coreFile }, { clientID: 'vscode' });
    const body = await client.ask('completions', { text: '::sta', column: 6 });
    for (const { start, length } of lists(body, 'targets'))
      assert.deepEqual([start, length], [undefined, 3]);
  });

  it('that show progress get it for what takes long, and can cancel by it', async () => {
    await client.open({ coreFile }, { supportsProgressReporting: true });
    const expression = '0,0t400000000::eval .=K | ::count';
    const running = client.request('evaluate', { expression, context: 'repl' });
    const { body } = await client.event('progressStart');
    assert.deepEqual([body['title'], body['cancellable']], [expression, true]);
    const { progressId } = body;
    await client.event('progressUpdate', (event) => event.body['progressId'] === progressId);
    await client.ask('cancel', { progressId });
    assert.equal((await running).message, 'cancelled');
    await client.event('progressEnd', (event) => event.body['progressId'] === progressId);
    await client.ask('evaluate', { expression: '1=X', context: 'repl' });
    assert.equal(client.received.filter((each) => each === 'event progressStart').length, 1);
  });

  it('with a source map get the files of this machine', async () => {
    const here = join(projectRoot, 'sample-dumps/kernels/illumos');
    for (const sourceMap of [{ '/src/illumos': here }, [['/src/illumos/', here]]]) {
      const other = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
      await other.open({ coreFile, sourceMap });
      const frames = lists(await other.ask('stackTrace', { threadId: 1 }), 'stackFrames');
      const { source } = frames.find(({ name }) => name === 'vm_run') ?? {};
      assert.deepEqual(source, { name: 'vmm.c', path: join(here, 'vmm.c') });
      assert.equal(await other.close(), 0);
    }
    await client.open({ coreFile });
  });
});
