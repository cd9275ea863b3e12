/** The order of a session, and clients that do not keep to it: over real standard streams, every message against the schema. */
import assert from 'node:assert/strict';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMessage } from '../../debug-adapter/dap/framing.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { buildProgram, hasGcc } from '../support/c-program.ts';
import { DapClient } from '../support/dap-client.ts';

const source = `
struct node { struct node *next; int id; };
struct node nodes[4] = {{nodes + 1, 0}, {nodes + 2, 1}, {nodes + 3, 2}, {nodes + 1, 3}};
char evil[] = "a\\x1b]0;title\\x07b\\nc";
int main(void) { return nodes[0].id; }
`;

describe('dap session', () => {
  let adapter = '';
  let dump = '';
  let client: DapClient;

  before(async function () {
    if (!hasGcc) this.skip();
    adapter = join(await builtPrograms(), 'adapter.cjs');
    dump = buildProgram('session', source);
  });
  beforeEach(() => {
    client = new DapClient(adapter);
  });
  afterEach(() => client.kill());

  it('initializes, configures, launches and stops, in that order', async () => {
    await client.open({ coreFile: dump });
    assert.deepEqual(client.received, [
      'response initialize',
      'event initialized',
      'response configurationDone',
      'response launch',
      'event process',
      'event module',
      'event output',
      'event stopped',
    ]);
    assert.equal(await client.close(), 0);
  });

  it('launches after the configuration too', async () => {
    await client.ask('initialize', { adapterID: 'corewalk' });
    await client.ask('setBreakpoints', { source: { path: '/x.c' }, breakpoints: [{ line: 3 }] });
    await client.ask('configurationDone');
    await client.ask('launch', { coreFile: dump });
    await client.event('stopped');
    assert.equal(await client.close(), 0);
  });

  it('opens by attach, and by the names of other adapters', async () => {
    await client.ask('initialize', { adapterID: 'corewalk' });
    await client.ask('configurationDone');
    await client.ask('attach', { coreDumpPath: dump });
    await client.event('stopped');
    assert.equal(await client.close(), 0);
  });

  it('answers a failed open with a structured error and ends', async () => {
    await client.ask('initialize', { adapterID: 'corewalk' });
    const response = await client.request('launch', { coreFile: '/nowhere/machine.vmcore' });
    assert.equal(response.success, false);
    assert.match(response.message ?? '', /^\/nowhere\/machine\.vmcore: no such file/);
    assert.deepEqual(response.body, {
      error: {
        id: 1003,
        format: '{text}',
        variables: { text: response.message },
        showUser: true,
      },
    });
    await client.event('terminated');
    assert.match(await client.refused('threads'), /no dump is open/);
    assert.match(await client.refused('launch', { coreFile: dump }), /session has ended/);
    assert.equal(await client.close(), 0);
    assert.ok(!client.received.includes('event stopped'));
  });

  it('says in one line what is wrong with a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'corewalk-dap-'));
    try {
      const file = join(folder, 'no.core');
      writeFileSync(file, 'not a dump at all');
      await client.ask('initialize', { adapterID: 'corewalk' });
      const message = await client.refused('launch', { coreFile: file });
      assert.match(message, /no\.core: .*ELF/);
      assert.ok(!message.includes('\n'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names the launch attribute that is wrong', async () => {
    const wrong: [object, RegExp][] = [
      [{}, /no dump is named/],
      [{ coreFile: 7 }, /coreFile: expected a string, have 7/],
      [{ coreFile: dump, startup: '::status' }, /startup: expected a list/],
      [{ coreFile: dump, sourceMap: [['a']] }, /sourceMap: expected an object or a list of pairs/],
    ];
    for (const [attributes, message] of wrong) {
      const other = new DapClient(adapter);
      await other.ask('initialize', { adapterID: 'corewalk' });
      assert.match(await other.refused('launch', attributes), message);
      assert.equal(await other.close(), 0);
    }
  });

  it('refuses what comes out of turn, and goes on', async () => {
    assert.match(await client.refused('threads'), /no dump is open/);
    assert.match(await client.refused('launch', { coreFile: dump }), /launch before initialize/);
    await client.open({ coreFile: dump });
    assert.match(
      await client.refused('initialize', { adapterID: 'corewalk' }),
      /initialized already/,
    );
    assert.match(await client.refused('launch', { coreFile: dump }), /a dump is open already/);
    const { threads } = await client.ask('threads');
    assert.ok(Array.isArray(threads));
    assert.equal(await client.close(), 0);
  });

  it('answers requests that it does not know, or that miss their fields', async () => {
    await client.open({ coreFile: dump });
    const wrong: [string, unknown, RegExp][] = [
      ['explode', undefined, /unknown request 'explode'/],
      ['toString', {}, /unknown request 'toString'/],
      ['__proto__', {}, /unknown request '__proto__'/],
      ['stackTrace', undefined, /threadId: expected an integer, have nothing/],
      ['stackTrace', { threadId: 'one' }, /threadId: expected an integer, have "one"/],
      ['stackTrace', { threadId: 99 }, /there is no thread 99/],
      ['scopes', { frameId: 12345 }, /there is no stack frame 12345/],
      ['variables', { variablesReference: 1e9 }, /there is no variables reference 1000000000/],
      ['variables', [], /arguments: expected an object/],
      ['evaluate', { expression: 5 }, /expression: expected a string/],
      ['source', { sourceReference: 77 }, /there is no source 77/],
      ['locations', { locationReference: 1 }, /there is no location reference 1/],
      ['readMemory', { memoryReference: 'main', count: 1 }, /is no address/],
      ['readMemory', { memoryReference: '0x0', count: -1 }, /count: expected a number that is not/],
      ['disassemble', { memoryReference: '0x0', instructionCount: 1e9 }, /at most 65536/],
      ['corewalk/tree', { node: 4096 }, /there is no tree node 4096/],
    ];
    for (const [command, words, message] of wrong) {
      const response = await client.requestAnything(command, words);
      assert.equal(response.success, false, command);
      assert.match(response.message ?? '', message);
    }
    assert.equal(await client.close(), 0);
  });

  it('refuses to run or to write, each with a sentence for the user', async () => {
    await client.open({ coreFile: dump });
    for (const command of ['continue', 'next', 'stepIn', 'stepOut', 'pause', 'reverseContinue']) {
      const { success, message, body } = await client.request(command, { threadId: 1 });
      assert.equal(success, false);
      assert.match(message ?? '', /^A crash dump does not run: /);
      assert.equal(JSON.stringify(body).includes('"showUser":true'), true);
    }
    const write = { memoryReference: '0x0', data: '' };
    assert.equal(await client.refused('writeMemory', write), 'A crash dump is read-only.');
    assert.equal(await client.close(), 0);
  });

  it('answers breakpoints as unverified, one for each', async () => {
    await client.open({ coreFile: dump });
    const set = { source: { path: '/x.c' }, breakpoints: [{ line: 1 }, { line: 2 }] };
    const { breakpoints } = await client.ask('setBreakpoints', set);
    const unverified = { verified: false, message: 'A crash dump is read-only and does not run.' };
    assert.deepEqual(breakpoints, [unverified, unverified]);
    await client.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
    await client.ask('setExceptionBreakpoints', { filters: [] });
    const { dataId } = await client.ask('dataBreakpointInfo', { name: 'nodes' });
    assert.equal(dataId, null);
    assert.equal(await client.close(), 0);
  });

  it('complains about messages that are no requests, and goes on', async () => {
    client.write(encodeMessage('[]'));
    client.write(encodeMessage('{"type":"request","command":"threads"}'));
    client.write(Buffer.from('Content-Length: 3\r\n\r\n{{{'));
    const complaints = ['no request', 'no number "seq"', 'is not JSON'];
    for (const complaint of complaints)
      await client.event('output', ({ body }) => String(body['output']).includes(complaint));
    await client.open({ coreFile: dump });
    assert.equal(await client.close(), 0);
  });

  it('opens again on restart', async () => {
    await client.open({ coreFile: dump });
    await client.ask('restart', {});
    const stops = (): number => client.received.filter((each) => each === 'event stopped').length;
    await client.event('stopped', () => stops() === 2);
    assert.equal(await client.close(), 0);
  });

  it('cancels a walk that never looks up from its work, and answers it once', async () => {
    await client.open({ coreFile: dump });
    const line = { expression: 'nodes::walk nosuch', context: 'repl' };
    await client.refused('evaluate', line);
    const forever = { expression: '0,0t400000000::eval .=K | ::count', context: 'repl' };
    const requestId = client.nextSequence;
    const running = client.request('evaluate', forever);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const begun = performance.now();
    await client.ask('cancel', { requestId });
    const { success, message } = await running;
    assert.equal(success, false);
    assert.equal(message, 'cancelled');
    assert.ok(performance.now() - begun < 1000, 'within a second on a busy machine');
    const { result } = await client.ask('evaluate', { expression: '0t42=X', context: 'repl' });
    assert.match(String(result), /2a/);
    assert.equal(await client.close(), 0);
  });

  it('answers others while a long command runs', async () => {
    await client.open({ coreFile: dump });
    const requestId = client.nextSequence;
    const forever = { expression: '0,0t400000000::eval .=K', context: 'repl' };
    const running = client.request('evaluate', forever);
    await client.event('output', ({ body }) => body['category'] === 'stdout');
    await client.ask('threads');
    await client.ask('evaluate', { expression: 'nodes[2].id', context: 'watch' });
    await client.ask('readMemory', { memoryReference: '0x0', count: 16 });
    assert.equal(client.received.at(-1), 'response readMemory');
    await client.ask('cancel', { requestId });
    assert.equal((await running).message, 'cancelled');
    assert.equal(await client.close(), 0);
  });

  it('answers what still runs before it answers disconnect', async () => {
    await client.open({ coreFile: dump });
    const forever = { expression: '0,0t400000000::eval .=K | ::count', context: 'repl' };
    const running = client.request('evaluate', forever);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(await client.close(), 0);
    assert.equal((await running).message, 'cancelled');
    assert.deepEqual(client.received.slice(-2), ['response evaluate', 'response disconnect']);
  });

  it('ends when its client goes without a word', async () => {
    await client.open({ coreFile: dump });
    client.child.stdin.end();
    assert.equal(await client.exit, 0);
  });

  it('runs the start-up lines of the launch configuration', async () => {
    await client.open({ coreFile: dump, startup: ['0t10=X', '::nosuch'] });
    const output = client.events.flatMap(({ event, body }) =>
      event === 'output' ? [String(body['output'])] : [],
    );
    assert.match(output.join(''), /> 0t10=X\n +a +\n> ::nosuch\nmdb: invalid command/);
    assert.equal(await client.close(), 0);
  });

  it('adds the types of the headers that the launch configuration names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'corewalk-headers-'));
    const header = join(folder, 'shapes.h');
    writeFileSync(header, 'struct own_shape { char c; long l; };\n');
    try {
      const startup = ["::sizeof 'struct own_shape'"];
      await client.open({ coreFile: dump, headers: [header], startup });
      const output = client.events.flatMap(({ event, body }) =>
        event === 'output' ? [String(body['output'])] : [],
      );
      assert.match(output.join(''), /shapes\.h: 1 type\n/);
      assert.match(output.join(''), /sizeof \(struct own_shape\) = 0x10\n/);
      assert.equal(await client.close(), 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('ends after ::quit', async () => {
    await client.open({ coreFile: dump });
    await client.ask('evaluate', { expression: '::quit', context: 'repl' });
    await client.event('terminated');
    assert.match(await client.refused('threads'), /no dump is open/);
    assert.equal(await client.close(), 0);
  });

  it('serves clients on a loopback port', async () => {
    const server = new DapClient(adapter, ['--server=0']);
    try {
      const port = await new Promise<number>((resolve) =>
        server.child.stderr.on('data', () => {
          const found = /127\.0\.0\.1:([0-9]+)/.exec(server.errors)?.[1];
          if (found !== undefined) resolve(Number(found));
        }),
      );
      const request = { seq: 1, type: 'request', command: 'initialize', arguments: {} };
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        socket.write(encodeMessage(JSON.stringify(request)));
        socket.once('data', (bytes) => {
          socket.destroy();
          resolve(bytes.toString('utf8'));
        });
      });
      assert.match(answer, /^Content-Length: [0-9]+\r\n\r\n\{.*"command":"initialize"/);
    } finally {
      server.kill();
    }
  });
});
