/** The message layer of the adapter: bytes as a client sends them, in pieces, to a session that has a dump to open. */
import { bytesSource, joinBytes } from '../../../dump-format/byte-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { encodeMessage, MessageReader } from '../../../debug-adapter/dap/framing.ts';
import { Session } from '../../../debug-adapter/dap/session.ts';
import { createInspector } from '../../../debug-adapter/inspector.ts';
import { cGrammar, mdbGrammar } from '../../support/grammars.ts';
import type { Random } from '../../language/generator.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { changeJson, parse } from '../json-change.ts';
import { smallCore } from './elf.ts';

const core = smallCore();

/** Messages of one conversation. */
const messageLimit = 40;

const opening = [
  { command: 'initialize', arguments: { adapterID: 'corewalk', supportsANSIStyling: true } },
  { command: 'launch', arguments: { coreFile: 'small' } },
  { command: 'configurationDone' },
];

const requests = [
  { command: 'threads' },
  { command: 'stackTrace', arguments: { threadId: 1, startFrame: 0, levels: 20 } },
  { command: 'scopes', arguments: { frameId: 1 } },
  {
    command: 'variables',
    arguments: { variablesReference: 1, start: 0, count: 10, filter: 'indexed' },
  },
  { command: 'evaluate', arguments: { expression: '::status', context: 'repl' } },
  {
    command: 'evaluate',
    arguments: { expression: '1 + sizeof(int)', context: 'watch', frameId: 1 },
  },
  { command: 'readMemory', arguments: { memoryReference: '0x1000', offset: -8, count: 64 } },
  {
    command: 'disassemble',
    arguments: { memoryReference: '0x1000', instructionOffset: -4, instructionCount: 8 },
  },
  { command: 'completions', arguments: { text: '::wa', column: 5 } },
  { command: 'corewalk/summary' },
  { command: 'corewalk/tree', arguments: { node: 1, start: 0, count: 5 } },
  { command: 'corewalk/run', arguments: { line: '::walk thread', start: 0, count: 5 } },
  { command: 'corewalk/tool', arguments: { name: 'status', input: {} } },
  { command: 'cancel', arguments: { requestId: 3, progressId: 'x' } },
  { command: 'disconnect', arguments: { terminateDebuggee: false } },
];

export const dap: FuzzTarget = {
  name: 'dap',
  seeds: () => requests.map((request) => conversation([...opening, request])),
  change: changeMessage,
  words: [
    'Content-Length: ',
    '\r\n\r\n',
    '"seq":',
    '"command":',
    '"arguments":',
    '{}',
    '[]',
    'null',
    '-1',
    '1e400',
    '"0x1000"',
  ],
  reaches: [
    'framing.ts:readHeader',
    'session.ts:handleMessage',
    'requests.ts:dumpRequest',
    'launch.ts:readLaunch',
  ],
  async run(bytes, random) {
    const failures: unknown[] = [];
    const session = new Session({
      openInspector: () => {
        const dump = openDump(bytesSource(core, 'small'));
        return Promise.resolve(createInspector(dump, { grammar: mdbGrammar, cGrammar }));
      },
      isCancelled: () => false,
      finished: () => {},
      end: () => {},
    });
    session.onDidSendMessage((message) => {
      const text = JSON.stringify(message);
      if (/internal error/i.test(text)) failures.push(new Error(text));
    });
    const reader = new MessageReader(
      (message) => session.handleMessage(message),
      () => {},
    );
    for (let at = 0; at < bytes.length;) {
      const size = 1 + random.next(bytes.length);
      reader.push(Buffer.from(bytes.subarray(at, at + size)));
      at += size;
      await Promise.resolve();
    }
    await session.leave();
    if (failures.length > 0) throw failures[0];
  },
};

function conversation(messages: readonly object[]): Uint8Array {
  return encode(
    messages.map((message, index) =>
      JSON.stringify({ seq: index + 1, type: 'request', ...message }),
    ),
  );
}

/** Changes one message; sometimes they change places, or one of every kind comes in. */
function changeMessage(bytes: Uint8Array, random: Random): Uint8Array | undefined {
  const texts = new TextDecoder().decode(bytes).split(/Content-Length: [0-9]+\r\n\r\n/);
  const messages: unknown[] = texts.map(parse).filter((each) => each !== undefined);
  if (messages.length === 0) return undefined;
  const index = random.next(messages.length);
  switch (random.next(4)) {
    case 0:
      messages.splice(index, random.next(2), messages[random.next(messages.length)]);
      break;
    case 1: {
      const seq = messages.length + 1;
      messages.splice(index + 1, 0, { seq, type: 'request', ...random.pick(requests) });
      break;
    }
    default:
      messages[index] = changeJson(structuredClone(messages[index]), random);
  }
  return encode(messages.slice(0, messageLimit).map((each) => JSON.stringify(each) ?? 'null'));
}

function encode(texts: readonly string[]): Uint8Array {
  return joinBytes(texts.map(encodeMessage));
}
