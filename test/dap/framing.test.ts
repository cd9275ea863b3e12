/** Messages on a stream, however it is cut and whatever stands between them. */
import assert from 'node:assert/strict';
import {
  encodeMessage,
  headerLimit,
  messageLimit,
  MessageReader,
} from '../../debug-adapter/dap/framing.ts';

interface Read {
  readonly messages: unknown[];
  readonly problems: string[];
}

function read(chunks: Iterable<Uint8Array>): Read {
  const [messages, problems]: [unknown[], string[]] = [[], []];
  const reader = new MessageReader(
    (message) => messages.push(message),
    ({ text, isFatal }) => problems.push(isFatal ? `fatal: ${text}` : text),
  );
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return { messages, problems };
}

/** Two messages; the first holds characters of two, three and four bytes. */
const first = { seq: 1, text: 'é→𝄞' };
const second = { seq: 2 };
const stream = Buffer.concat(
  [first, second].map((message) => encodeMessage(JSON.stringify(message))),
);

describe('dap framing', () => {
  it('reads two messages out of one chunk', () => {
    assert.deepEqual(read([stream]), { messages: [first, second], problems: [] });
  });

  it('reads a stream that is split at any byte', () => {
    for (let at = 0; at <= stream.length; at++) {
      const { messages, problems } = read([stream.subarray(0, at), stream.subarray(at)]);
      assert.deepEqual({ at, messages, problems }, { at, messages: [first, second], problems: [] });
    }
  });

  it('reads a stream byte by byte', () => {
    const bytes = [...stream].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(read(bytes).messages, [first, second]);
  });

  it('takes line feeds alone, other headers and any case', () => {
    const text = 'Content-Type: application/json\ncontent-LENGTH:  9\n\n{"seq":3}';
    assert.deepEqual(read([Buffer.from(text)]), { messages: [{ seq: 3 }], problems: [] });
  });

  it('finds the next message after a length that is too short', () => {
    const short = Buffer.from('Content-Length: 5\r\n\r\n{"seq":9}');
    const { messages, problems } = read([short, stream]);
    assert.deepEqual(messages, [first, second]);
    assert.deepEqual(problems, ['a message of 5 bytes is not JSON']);
  });

  it('finds a later message after a length that is too long', () => {
    const long = Buffer.from('Content-Length: 40\r\n\r\n{"seq":9}');
    const { messages, problems } = read([long, stream, stream]);
    assert.deepEqual(messages.at(-1), second);
    assert.equal(problems[0], 'a message of 40 bytes is not JSON');
  });

  it('goes on after a header without a length, and after an empty message', () => {
    const odd = Buffer.from('Content-Size: 5\r\n\r\nContent-Length: 0\r\n\r\n');
    const { messages, problems } = read([odd, stream]);
    assert.deepEqual(messages, [first, second]);
    assert.deepEqual(problems, [
      'a message header has no Content-Length',
      'a message of 0 bytes is not JSON',
    ]);
  });

  it('gives up on a length beyond the limit and on a header without end, and hears nothing more', () => {
    const huge = Buffer.from(`Content-Length: ${messageLimit + 1}\r\n\r\n`);
    const endless = Buffer.alloc(headerLimit, 'x');
    for (const bytes of [huge, endless]) {
      const { messages, problems } = read([bytes, stream]);
      assert.deepEqual(messages, []);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', /^fatal: /);
    }
  });

  it('reads a message of 100 MB that comes in small chunks', function () {
    const length = 100 * 1024 * 1024;
    const body = Buffer.alloc(length, ' ');
    body.write('{"seq":4}');
    const chunks = function* (): Generator<Uint8Array> {
      yield Buffer.from(`Content-Length: ${length}\r\n\r\n`);
      for (let at = 0; at < length; at += 65536) yield body.subarray(at, at + 65536);
    };
    assert.deepEqual(read(chunks()), { messages: [{ seq: 4 }], problems: [] });
  });
});
