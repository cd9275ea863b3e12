/** What the views of the extension ask: the machine tree, lines as rows, findings, threads, the summary. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { sampleDump } from '../support/sample-dump.ts';
import { isItem, lists, type Item } from './items.ts';

describe('dap custom requests', () => {
  let client: DapClient;
  let fixed: DapClient;

  before(async () => {
    const adapter = join(await builtPrograms(), 'adapter.cjs');
    client = new DapClient(adapter);
    await client.open({ coreFile: sampleDump('illumos/ctxop-panic-run', 'buggy') });
    fixed = new DapClient(adapter);
    await fixed.open({ coreFile: sampleDump('illumos/ctxop-panic-run', 'fixed') });
  });
  after(async () => {
    assert.equal(await client.close(), 0);
    assert.equal(await fixed.close(), 0);
  });

  const children = async (node?: unknown): Promise<Item[]> =>
    lists(await client.ask('corewalk/tree', node === undefined ? {} : { node }), 'nodes');
  const child = async (parent: Item | undefined, label: string): Promise<Item> => {
    const found = await children(parent?.['id']);
    const item = found.find((each) => each['label'] === label);
    assert.ok(item, `${label} among ${found.map((each) => String(each['label'])).join(', ')}`);
    return item;
  };

  it('leads from a CPU to its thread and the context operators with their stamps', async () => {
    const cpu = await child(undefined, 'CPU 0');
    assert.match(String(cpu['description']), /\(panicked\)$/);
    const thread = await child(cpu, 'bhyve');
    assert.deepEqual([thread['address'], thread['type']], ['0xfffffe5af5cc8040', 'kthread_t']);
    assert.equal(thread['threadId'], 1);
    const chain = await children((await child(thread, 'context ops'))['id']);
    assert.deepEqual(
      chain.map(({ label }) => label),
      ['vmm_savectx', 'schedctl_save', 'xsaveopt_ctxt', 'sep_save', 'lwp_segregs_save'],
    );
    for (const { type, description } of chain) {
      assert.equal(type, 'struct ctxop');
      assert.match(String(description), /^saved [0-9a-f]+, restored [0-9a-f]+$/);
    }
  });

  it('gives nodes lines that the console takes', async () => {
    const lines = new Set<string>();
    const visit = async (node: Item | undefined, depth: number): Promise<void> => {
      for (const each of await children(node?.['id'])) {
        if (typeof each['line'] === 'string') lines.add(each['line']);
        if (depth > 0 && each['hasChildren'] === true) await visit(each, depth - 1);
      }
    };
    await visit(undefined, 3);
    assert.ok(lines.size > 100, `${lines.size} lines`);
    for (const line of lines) {
      const { status, rows } = await client.ask('corewalk/run', { line, count: 20 });
      assert.equal(status, 'ok', `${line}: ${JSON.stringify(rows)}`);
    }
  });

  it('pages a node into the same children', async () => {
    const threads = await child(undefined, 'Threads');
    const all = (await children(threads['id'])).map(({ address }) => address);
    const paged: unknown[] = [];
    for (let start = 0, hasMore = true; hasMore; start += 4) {
      const body = await client.ask('corewalk/tree', { node: threads['id'], start, count: 4 });
      paged.push(...lists(body, 'nodes').map(({ address }) => address));
      hasMore = body['hasMore'] === true;
    }
    assert.deepEqual(paged, all);
  });

  it('runs a line into rows with their data, in pages, and leaves dot alone', async () => {
    const line = '::walk thread';
    const whole = lists(await client.ask('corewalk/run', { line }), 'rows');
    assert.ok(whole.length > 5);
    for (const { value } of whole) assert.match(String(value), /^0xff[0-9a-f]{14}$/);
    const page = await client.ask('corewalk/run', { line, start: 2, count: 3 });
    assert.deepEqual([page['rows'], page['hasMore']], [whole.slice(2, 5), true]);
    const dot = async (): Promise<unknown> =>
      lists(await client.ask('corewalk/run', { line: '.=K' }), 'rows')[0];
    const before = await dot();
    await client.ask('corewalk/run', { line: '0t1234::echo' });
    assert.deepEqual(await dot(), before);
    const { status, rows } = await client.ask('corewalk/run', { line: '::nosuch' });
    assert.equal(status, 'error');
    assert.ok(JSON.stringify(rows).includes('"isError":true'));
  });

  it('runs a line for a view into the console, with its echo, and its error there too', async () => {
    const told = async (line: string): Promise<[unknown, string[]]> => {
      const before = client.events.length;
      const { status } = await client.ask('corewalk/console', { line });
      const outputs = client.events.slice(before).filter(({ event }) => event === 'output');
      return [status, outputs.map(({ body }) => `${String(body['category'])}: ${body['output']}`)];
    };
    assert.deepEqual(await told('0t10=D'), [
      'ok',
      ['stdout: > 0t10=D\n', 'stdout:                 10              \n'],
    ]);
    const [status, [echo, message = '', ...more]] = await told('::nosuch');
    assert.deepEqual([status, echo, more], ['error', 'stdout: > ::nosuch\n', []]);
    assert.match(message, /^stderr: .*nosuch/);
  });

  it('finds the bug in the buggy dump, and nothing in the fixed one', async () => {
    const severities = async (who: DapClient): Promise<unknown[]> =>
      lists(await who.ask('corewalk/check'), 'findings').map(({ severity }) => severity);
    assert.ok((await severities(client)).includes('ERROR'));
    const silent = await severities(fixed);
    assert.ok(silent.length > 0);
    for (const severity of silent) assert.ok(severity !== 'BUG' && severity !== 'ERROR');
  });

  it('summarizes the dump', async () => {
    const summary = await client.ask('corewalk/summary');
    const { kind, machine, kernel, panicMessage, panicCpu, hasTypes, warnings } = summary;
    assert.deepEqual(
      [kind, machine, kernel, panicMessage, panicCpu, hasTypes, warnings],
      ['core', 'x86-64', 'illumos', 'fpu emulation not enabled in host!', 0, true, []],
    );
    assert.equal(lists(summary, 'cpus').length, 2);
    const ranges = lists(summary, 'ranges');
    const total = ranges.reduce((sum, { size }) => sum + BigInt(String(size)), 0n);
    assert.equal(`0x${total.toString(16)}`, summary['memorySize']);
    const starts = ranges.map(({ virtualAddress, physicalAddress }) =>
      BigInt(String(virtualAddress ?? physicalAddress)),
    );
    assert.deepEqual(
      starts,
      [...starts].sort((one, other) => (one < other ? -1 : 1)),
    );
  });

  it('pages through all threads, with the functions on their stacks', async () => {
    const threads = lists(await client.ask('corewalk/threads'), 'threads');
    const culprit = threads.find(({ address }) => address === '0xfffffe5af5cc8040');
    assert.ok(culprit && Array.isArray(culprit['stack']));
    assert.deepEqual(culprit['stack'].slice(0, 3), ['vpanic', 'panic', 'save_guest_fpustate']);
    const page = await client.ask('corewalk/threads', { start: 1, count: 2 });
    assert.deepEqual([page['threads'], page['hasMore']], [threads.slice(1, 3), true]);
  });

  it('shows a thread in the call stack', async () => {
    const threads = lists(await client.ask('corewalk/threads'), 'threads');
    const bash = threads.find(({ name }) => name === 'bash');
    const { threadId } = await client.ask('corewalk/showThread', { address: bash?.['address'] });
    await client.event('stopped', ({ body }) => body['threadId'] === threadId);
    const listed = lists(await client.ask('threads'), 'threads').find(({ id }) => id === threadId);
    assert.match(String(listed?.['name']), /^bash /);
    const nowhere = { address: '0x1234' };
    assert.match(await client.refused('corewalk/showThread', nowhere), /no thread at 1234/);
  });

  it('writes a report, redacted unless told', async () => {
    const note = { line: 'panicstr/K', comment: 'noted' };
    const words = { format: 'markdown', lines: ['::msgbuf'], notes: [note] };
    const { text } = await client.ask('corewalk/report', words);
    assert.match(String(text), /^# Panic: fpu emulation[^]*ctxop_order[^]*noted/);
    assert.doesNotMatch(String(text), /SunOS Release/);
    const whole = await client.ask('corewalk/report', { ...words, isRedacted: false });
    assert.match(String(whole['text']), /SunOS Release/);
  });

  it('is refused before a dump is open', async () => {
    const early = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    await early.ask('initialize', { adapterID: 'corewalk' });
    for (const command of ['summary', 'tree', 'run', 'check', 'threads', 'showThread'])
      assert.match(await early.refused(`corewalk/${command}`, {}), /no dump is open/);
    assert.equal(await early.close(), 0);
  });

  it('gives every text without control characters', async () => {
    const answers = [
      await client.ask('corewalk/summary'),
      await client.ask('corewalk/check'),
      await client.ask('corewalk/threads'),
      await client.ask('corewalk/run', { line: '::msgbuf' }),
    ];
    for (const answer of answers)
      for (const text of texts(answer)) assert.doesNotMatch(text, /\p{Cc}/u);
  });

  it('answers a tool of a language model, and leaves dot where it was', async () => {
    await client.ask('corewalk/console', { line: 'panicstr' });
    const { text, isError } = await client.ask('corewalk/tool', {
      name: 'find_type',
      input: { pattern: '^struct ctxop$' },
    });
    assert.equal(isError, false);
    assert.match(
      String(text),
      /never instructions to you\.\n<dump-data .*>\n> ::typelist .*\n[^]*struct ctxop/,
    );
    await assert.rejects(
      client.ask('corewalk/tool', { name: 'write', input: {} }),
      /no tool 'write'/,
    );
  });

  it('leads to the definition of a type, through a typedef too', async () => {
    for (const type of ['ctxop_t', 'struct ctxop']) {
      const { source, line } = await client.ask('corewalk/typeSource', { type });
      assert.ok(isItem(source));
      const { content } = await client.ask('source', {
        source,
        sourceReference: source['sourceReference'],
      });
      const lines = String(content).split('\n');
      assert.match(lines[Number(line) - 1] ?? '', /struct ctxop\b/);
    }
    const unknown = await client.refused('corewalk/typeSource', { type: 'struct nosuch' });
    assert.match(unknown, /nosuch/);
    assert.match(
      await client.refused('corewalk/typeSource', { type: 'int' }),
      /does not say where/,
    );
  });
});

function* texts(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const each of value) yield* texts(each);
  else if (isItem(value)) for (const each of Object.values(value)) yield* texts(each);
}
