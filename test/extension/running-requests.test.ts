/** What an adapter was doing when it died. */
import assert from 'node:assert/strict';
import { RunningRequests } from '../../extension/running-requests.ts';

const request = (seq: number, command: string, words?: object): object => ({
  seq,
  type: 'request',
  command,
  arguments: words,
});

describe('running requests', () => {
  it('names lines and expressions, other requests by their command', () => {
    const requests = new RunningRequests();
    requests.sent(request(1, 'evaluate', { expression: '::walk thread' }));
    requests.sent(request(2, 'corewalk/run', { line: '::findleaks' }));
    requests.sent(request(3, 'threads'));
    assert.deepEqual(requests.descriptions, ['::walk thread', '::findleaks', 'threads']);
    requests.received({ type: 'response', request_seq: 2 });
    assert.deepEqual(requests.descriptions, ['::walk thread', 'threads']);
  });

  it('cuts long lines, and is not confused by anything else', () => {
    const requests = new RunningRequests();
    requests.sent(request(1, 'evaluate', { expression: 'x'.repeat(500) }));
    assert.equal(requests.descriptions[0]?.length, 121);
    for (const other of [undefined, null, 7, 'text', [], { type: 'event' }, { type: 'request' }]) {
      requests.sent(other);
      requests.received(other);
    }
    assert.equal(requests.descriptions.length, 1);
  });
});
