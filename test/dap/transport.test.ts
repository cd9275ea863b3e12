/** An engine that dies, or hangs, takes neither the client nor the process with it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { encodeMessage, MessageReader } from '../../debug-adapter/dap/framing.ts';
import { serve } from '../../debug-adapter/dap/transport.ts';
import { checkMessage } from '../support/dap-client.ts';
import { isItem, type Item } from './items.ts';

interface Served {
  readonly messages: readonly Item[];
  readonly isClean: boolean;
}

/** Milliseconds that a stuck engine gets here. */
const patience = 200;

describe('dap transport', () => {
  let folder = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-transport-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Sends one request to an engine with the given body, and then what `after` says. */
  async function talk(engine: string, after: 'disconnect' | 'end' | undefined): Promise<Served> {
    const program = join(folder, 'engine.cjs');
    writeFileSync(program, `const { parentPort } = require('node:worker_threads');\n${engine}`);
    const [input, output] = [new PassThrough(), new PassThrough()];
    const messages: Item[] = [];
    const reader = new MessageReader(
      (message) => {
        assert.ok(isItem(message));
        checkMessage(message);
        messages.push(message);
      },
      ({ text }) => assert.fail(text),
    );
    output.on('data', (chunk: Buffer) => reader.push(chunk));
    const ended = new Promise<boolean>((end) => serve({ input, output, end }, program, patience));
    const request = (seq: number, command: string): Buffer =>
      encodeMessage(JSON.stringify({ seq, type: 'request', command }));
    input.write(request(1, 'threads'));
    if (after === 'disconnect') input.write(request(2, 'disconnect'));
    if (after === 'end') input.end();
    const isClean = await ended;
    return { messages, isClean };
  }

  it('tells the client what an engine died of, and ends', async () => {
    const { messages, isClean } = await talk(
      `parentPort.on('message', () => { throw new Error('out of luck'); });`,
      undefined,
    );
    assert.equal(isClean, false);
    assert.deepEqual(
      messages.map(({ event }) => event),
      ['output', 'terminated'],
    );
    const [first] = messages;
    assert.ok(isItem(first?.['body']));
    const text = String(first['body']['output']);
    assert.match(
      text,
      /^corewalk: the debug adapter ended after \{"seq":1,.*"threads"\}: Error: out of luck/,
    );
  });

  it('ends with an engine that leaves without a word', async () => {
    const { messages, isClean } = await talk(`process.exit(0);`, undefined);
    assert.deepEqual([messages, isClean], [[], false]);
  });

  for (const after of ['disconnect', 'end'] as const) {
    it(`does not wait for ever for a stuck engine after ${after}`, async () => {
      const begun = performance.now();
      const { isClean } = await talk(`parentPort.on('message', () => { for (;;); });`, after);
      assert.equal(isClean, false);
      assert.ok(performance.now() - begun >= patience - 10);
    });
  }

  it('keeps what an engine prints away from the messages', async () => {
    const engine = `
      parentPort.on('message', () => {
        process.stdout.write(' ');
        parentPort.postMessage({ json: '{"seq":1,"type":"event","event":"initialized"}' });
        parentPort.postMessage({ isEnd: true });
      });`;
    const { messages, isClean } = await talk(engine, undefined);
    assert.deepEqual(
      [messages, isClean],
      [[{ seq: 1, type: 'event', event: 'initialized' }], true],
    );
  });
});
