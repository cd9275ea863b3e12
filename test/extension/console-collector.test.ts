/** What a line printed is put together from events and the answer, without colours, and lines of views count too. */
import assert from 'node:assert/strict';
import { ConsoleCollector } from '../../extension/learn/console-collector.ts';

function collect(messages: readonly [from: 'client' | 'adapter', message: object][]): string[] {
  const heard: string[] = [];
  const collector = new ConsoleCollector((output) => heard.push(output));
  for (const [from, message] of messages) {
    const fields = new Map<string, unknown>(Object.entries(message));
    if (from === 'client') collector.request(fields);
    else collector.answer(fields);
  }
  return heard;
}

const repl = { type: 'request', seq: 4, command: 'evaluate', arguments: { context: 'repl' } };

describe('console collector', () => {
  it('joins the events of a line and its answer', () => {
    const heard = collect([
      ['adapter', { type: 'event', event: 'output', body: { output: 'before' } }],
      ['client', repl],
      ['adapter', { type: 'event', event: 'output', body: { output: '\u001b[31mone\u001b[0m' } }],
      ['adapter', { type: 'response', request_seq: 3, body: { result: 'another request' } }],
      ['adapter', { type: 'response', request_seq: 4, body: { result: 'two' } }],
      ['adapter', { type: 'event', event: 'output', body: { output: 'after' } }],
    ]);
    assert.deepEqual(heard, ['one\ntwo\n']);
  });

  it('hears lines that views run, and no watch', () => {
    const answer = { type: 'response', request_seq: 4, body: { result: 'x' } };
    assert.deepEqual(
      collect([
        ['client', { ...repl, command: 'corewalk/console' }],
        ['adapter', answer],
      ]),
      ['x\n'],
    );
    const watch = { ...repl, arguments: { context: 'watch' } };
    assert.deepEqual(
      collect([
        ['client', watch],
        ['adapter', answer],
      ]),
      [],
    );
  });

  it('survives a line that fails', () => {
    const failed = { type: 'response', request_seq: 4, success: false };
    assert.deepEqual(
      collect([
        ['client', repl],
        ['adapter', failed],
      ]),
      [''],
    );
  });
});
