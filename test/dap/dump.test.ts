/** What an editor sees of a real dump: the panic of illumos 12477, from its stack down to its bytes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { projectRoot } from '../support/grammars.ts';
import { sampleDump } from '../support/sample-dump.ts';
import { isItem, lists, type Item } from './items.ts';

/** What VS Code says of itself. */
const capable = {
  clientID: 'test',
  supportsVariableType: true,
  supportsVariablePaging: true,
  supportsMemoryReferences: true,
};

/** Children looked into below each scope, and how deep. */
const lookedInto = 40;
const depth = 2;

describe('dap on a panic', () => {
  let client: DapClient;
  let stopped: Item;

  before(async () => {
    client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    const coreFile = sampleDump('illumos/ctxop-panic-run', 'buggy');
    stopped = (await client.open({ coreFile }, capable)).body;
  });
  after(async () => {
    assert.equal(await client.close(), 0);
  });

  const stack = async (threadId: number, more: object = {}): Promise<Item[]> =>
    lists(await client.ask('stackTrace', { threadId, ...more }), 'stackFrames');
  const variables = async (variablesReference: unknown, more: object = {}): Promise<Item[]> =>
    lists(await client.ask('variables', { variablesReference, ...more }), 'variables');
  const scopes = async (frameId: unknown): Promise<Item[]> =>
    lists(await client.ask('scopes', { frameId }), 'scopes');
  const evaluate = (expression: string, context: string, more: object = {}): Promise<Item> =>
    client.ask('evaluate', { expression, context, ...more });

  /** The frame in the function that panicked. */
  const culprit = async (): Promise<Item> => {
    const frame = (await stack(1)).find(({ name }) => name === 'save_guest_fpustate');
    assert.ok(frame);
    return frame;
  };

  it('opens paused, with the reason and the text of the panic', () => {
    assert.deepEqual(stopped, {
      reason: 'exception',
      description: 'Paused on panic',
      text: 'fpu emulation not enabled in host!',
      threadId: 1,
      allThreadsStopped: true,
      preserveFocusHint: false,
    });
  });

  it('lists the CPUs first, then the kernel threads, each once', async () => {
    const threads = lists(await client.ask('threads'), 'threads');
    const names = threads.map(({ name }) => String(name));
    assert.equal(names[0], 'CPU 0: bhyve fffffe5af5cc8040 (panicked)');
    assert.match(names[1] ?? '', /^CPU 1: bhyve fffffe5af5c[0-9a-f]+$/);
    const addresses = names.map((name) => /fffff[0-9a-f]{11}/.exec(name)?.[0]);
    assert.equal(new Set(addresses).size, addresses.length);
    assert.ok(names.some((name) => name.startsWith('bash ')));
    assert.equal(new Set(threads.map(({ id }) => id)).size, threads.length);
    assert.deepEqual(lists(await client.ask('threads'), 'threads'), threads, 'ids are stable');
  });

  it('shows the stack with lines of the kernel, and leads to the function that panicked', async () => {
    const frames = await stack(1);
    const names = frames.map(({ name }) => name);
    assert.deepEqual(names.slice(0, 4), ['vpanic', 'panic', 'save_guest_fpustate', 'vm_run']);
    assert.equal(names.at(-1), '_sys_sysenter_post_swapgs');
    const leading = frames.find(
      ({ source, presentationHint }) =>
        isItem(source) &&
        source['presentationHint'] !== 'deemphasize' &&
        presentationHint !== 'subtle',
    );
    assert.equal(leading?.['name'], 'save_guest_fpustate');
    const { source, line } = await culprit();
    assert.ok(isItem(source));
    const { content } = await client.ask('source', {
      source,
      sourceReference: source['sourceReference'],
    });
    const file = join(projectRoot, 'sample-dumps/kernels', String(source['path']).slice(5));
    assert.equal(content, readFileSync(file, 'utf8'));
    assert.match(String(content).split('\n')[Number(line) - 1] ?? '', /panic\(/);
  });

  it('pages a stack into the same frames', async () => {
    const all = await stack(1);
    const paged: Item[] = [];
    for (let startFrame = 0; startFrame < all.length; startFrame += 3)
      paged.push(...(await stack(1, { startFrame, levels: 3 })));
    assert.deepEqual(paged, all);
    const { totalFrames } = await client.ask('stackTrace', { threadId: 1, levels: 1 });
    assert.equal(totalFrames, all.length);
  });

  it('shows parameters with a frame when it is asked to', async () => {
    const format = { parameters: true, parameterNames: true, parameterValues: true };
    const names = (await stack(1, { format })).map(({ name }) => String(name));
    assert.ok(names.some((name) => /^save_guest_fpustate\(vcpu=0xfffffe[0-9a-f]+\)$/.test(name)));
  });

  it('unwinds every listed thread', async () => {
    for (const { id, name } of lists(await client.ask('threads'), 'threads')) {
      const frames = await stack(Number(id));
      assert.ok(frames.length > 0, String(name));
    }
  });

  it('offers the scopes of a frame', async () => {
    const found = await scopes((await culprit())['id']);
    assert.deepEqual(
      found.map(({ name, presentationHint }) => [name, presentationHint]),
      [
        ['Arguments', 'arguments'],
        ['Registers', 'registers'],
        ['Thread', undefined],
        ['CPU', undefined],
        ['Globals', undefined],
      ],
    );
    const [parameters] = found;
    const [vcpu] = await variables(parameters?.['variablesReference']);
    assert.equal(vcpu?.['name'], 'vcpu');
    assert.equal(vcpu?.['type'], 'struct vcpu *');
  });

  it('says which registers a caller did not save, instead of a value', async () => {
    const frame = await culprit();
    const registers = (await scopes(frame['id'])).find(({ name }) => name === 'Registers');
    const found = await variables(registers?.['variablesReference']);
    const values = new Map(found.map(({ name, value }) => [name, value]));
    assert.match(String(values.get('rip')), /^0xffffffff80[0-9a-f]+ save_guest_fpustate\+0x/);
    assert.equal(values.get('rax'), '<not saved>');
    const innermost = (await stack(1))[0];
    const own = (await scopes(innermost?.['id'])).find(({ name }) => name === 'Registers');
    const known = await variables(own?.['variablesReference']);
    assert.ok(known.every(({ value }) => value !== '<not saved>'));
  });

  it('gives every variable an expression that evaluates to itself, and its memory', async () => {
    let count = 0;
    const visit = async (item: Item, frameId: unknown, level: number): Promise<void> => {
      const { evaluateName, value, type, memoryReference, variablesReference } = item;
      assert.ok(
        JSON.stringify(item['presentationHint']).includes('readOnly'),
        String(item['name']),
      );
      if (typeof evaluateName === 'string') {
        const again = await evaluate(evaluateName, 'variables', { frameId });
        const same = { evaluateName, result: again['result'] };
        // A register carries its symbol too.
        const isRegister = evaluateName.startsWith('$');
        const expected = isRegister ? String(value).split(' ')[0] : value;
        const result = isRegister ? String(again['result']).split(' ')[0] : again['result'];
        assert.deepEqual({ ...same, result }, { evaluateName, result: expected });
        if (!isRegister) assert.equal(again['type'], type);
        assert.equal(again['memoryReference'], isRegister ? undefined : memoryReference);
        count++;
      }
      if (level === 0 || Number(variablesReference) === 0) return;
      const page = item['indexedVariables'] === undefined ? {} : { start: 0, count: 3 };
      const children = await variables(variablesReference, page);
      for (const child of children.slice(0, lookedInto)) await visit(child, frameId, level - 1);
    };
    for (const { id, name } of (await stack(1)).slice(0, 5)) {
      for (const scope of await scopes(id)) {
        const isPaged = scope['indexedVariables'] !== undefined;
        const range = isPaged ? { filter: 'indexed', start: 0, count: lookedInto } : {};
        for (const item of await variables(scope['variablesReference'], range))
          await visit(item, id, name === 'save_guest_fpustate' ? depth : 0);
      }
    }
    assert.ok(count > 300, `${count} expressions`);
  });

  it('pages an array into the same elements, and cuts one that nobody pages', async () => {
    const { variablesReference, indexedVariables } = await evaluate('sim_cpu[0].gpr', 'watch');
    const count = Number(indexedVariables);
    const all = await variables(variablesReference, { filter: 'indexed', start: 0, count });
    const paged: Item[] = [];
    for (let start = 0; start < count; start += 7)
      paged.push(...(await variables(variablesReference, { filter: 'indexed', start, count: 7 })));
    assert.deepEqual(withoutReferences(paged), withoutReferences(all));
    assert.equal(all.length, count);
    assert.deepEqual(await variables(variablesReference, { filter: 'named' }), []);
  });

  it('shows numbers in hexadecimal when it is asked to', async () => {
    const { result } = await evaluate('sim_cpu[1].cpuid', 'watch', { format: { hex: true } });
    assert.equal(result, '0x1');
  });

  it('runs the pipeline of the seed in the console', async () => {
    const line =
      '<thread::print kthread_t t_ctx | ::list "struct ctxop" next | ::print "struct ctxop"';
    const { result, variablesReference } = await evaluate(line, 'repl');
    const text = String(result);
    const saves = [...text.matchAll(/save_op = (\w+)/g)].map(([, name]) => name);
    assert.deepEqual(saves, [
      'vmm_savectx',
      'schedctl_save',
      'xsaveopt_ctxt',
      'sep_save',
      'lwp_segregs_save',
    ]);
    assert.ok(!text.includes('\x1b'), 'no colours for a client that shows none');
    const objects = await variables(variablesReference);
    assert.equal(objects.length, 5);
    const [first] = objects;
    assert.match(String(first?.['name']), /^struct ctxop fffffe5b2f6c4c80$/);
    const members = await variables(first?.['variablesReference']);
    const restore = members.find(({ name }) => name === 'restore_op');
    assert.match(String(restore?.['value']), /^0xffffffff80[0-9a-f]+ vmm_restorectx$/);
    const location = await client.ask('locations', {
      locationReference: restore?.['valueLocationReference'],
    });
    assert.ok(isItem(location['source']));
    assert.match(String(location['source']['path']), /vmm.*\.c$/);
  });

  it('tells an error of the console as an error', async () => {
    const message = await client.refused('evaluate', { expression: '::lst', context: 'repl' });
    assert.match(message, /^mdb: invalid command '::lst': unknown dcmd name/);
    const { result } = await evaluate('1=X; ::lst', 'repl');
    assert.match(String(result), /^ +1 +\nmdb: invalid command '::lst'/);
  });

  it('takes C, mdb expressions and mdb lines in a watch, and leaves dot alone', async () => {
    const frameId = (await culprit())['id'];
    await evaluate('0t77=X', 'repl');
    const results = async (expression: string): Promise<string> =>
      String((await evaluate(expression, 'watch', { frameId }))['result']);
    assert.match(await results('vcpu->guestfpu'), /^0xfffffe[0-9a-f]+$/);
    assert.equal(await results('2 + 3 * 4'), '0xe');
    assert.match(await results('<rip'), /^0xffffffff80[0-9a-f]+ vpanic/);
    assert.equal(
      (await results('<thread::print kthread_t t_ctx')).trim(),
      't_ctx = 0xfffffe5b2f6c4c80',
    );
    assert.equal(String((await evaluate('.=X', 'repl'))['result']).trim(), '4d');
  });

  it('keeps a hover free of commands', async () => {
    const expression = '::walk thread';
    await client.refused('evaluate', { expression, context: 'hover' });
    await client.refused('evaluate', { expression: 'nosuchname', context: 'hover' });
    const { result, type } = await evaluate('cpus[0].cpu_id', 'hover');
    assert.deepEqual([result, type], ['0', 'processorid_t']);
  });

  it('gives the clipboard all of a value', async () => {
    const { result } = await evaluate('sim_cpu[0]', 'clipboard');
    const lines = String(result).split('\n');
    assert.equal(lines[0], '{');
    assert.equal(lines.at(-1), '}');
    assert.ok(lines.length > 50, `${lines.length} lines`);
    assert.ok(!String(result).includes('...'));
  });

  it('caps long output in the console and keeps all of it as a document', async () => {
    const line = '0,0t5000::eval "::echo line"';
    const { result } = await evaluate(line, 'repl');
    const { body } = await client.event('output', (event) => isItem(event.body['source']));
    assert.match(String(body['output']), /^2000 of 5000 lines shown/);
    const events = client.events.flatMap(({ event, body: { category, output } }) =>
      event === 'output' && category === 'stdout' ? [String(output)] : [],
    );
    // A busy machine gives all of it in events, and nothing is left for the answer.
    const shown = `${events.join('')}${String(result)}`.replace(/\n$/, '').split('\n');
    assert.equal(shown.length, 2000);
    assert.ok(isItem(body['source']));
    const { sourceReference } = body['source'];
    const { content } = await client.ask('source', { sourceReference });
    assert.equal(String(content).trimEnd().split('\n').length, 5000);
  });

  it('explains the panic', async () => {
    const { exceptionId, description, breakMode, details } = await client.ask('exceptionInfo', {
      threadId: 1,
    });
    assert.deepEqual([exceptionId, breakMode], ['panic', 'always']);
    assert.match(
      String(description),
      /^fpu emulation not enabled in host!\nat save_guest_fpustate\+0x/,
    );
    assert.ok(isItem(details));
    assert.match(String(details['stackTrace']), /\nsave_guest_fpustate \/src\/illumos\/vmm\.c:/);
  });

  it('names the kernel as the only module, and its sources', async () => {
    const [module, ...others] = lists(await client.ask('modules', {}), 'modules');
    assert.deepEqual(others, []);
    assert.equal(module?.['name'], 'illumos');
    assert.match(String(module?.['buildId']), /^[0-9a-f]{40}$/);
    assert.deepEqual(lists(await client.ask('modules', { startModule: 1 }), 'modules'), []);
    const paths = lists(await client.ask('loadedSources'), 'sources').map(({ path }) => path);
    assert.ok(paths.includes('/src/illumos/vmm.c'), paths.join(' '));
    assert.equal(new Set(paths).size, paths.length);
  });

  it('completes in the columns of the client', async () => {
    const text = '<thread::print kthread_t t_ct';
    const targets = lists(
      await client.ask('completions', { text, column: text.length + 1 }),
      'targets',
    );
    assert.deepEqual(
      targets.map(({ label, start, length }) => [label, start, length]),
      [
        ['t_ctx', 26, 4],
        ['t_ctx_lock', 26, 4],
      ],
    );
    const empty = await client.ask('completions', { text: '', column: 1 });
    assert.ok(Array.isArray(empty['targets']));
    const second = lists(
      await client.ask('completions', { text: '1=X\n::sta', line: 2, column: 6 }),
      'targets',
    );
    assert.ok(second.some(({ label }) => label === 'status'));
  });
});

/** Numbers handed out differ from page to page; everything else may not. */
function withoutReferences(items: readonly Item[]): Item[] {
  return items.map((item) => ({ ...item, variablesReference: undefined }));
}
