/** How a session ends when a client says so more than once: requests that say goodbye do not wait for one another. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { Session } from '../../debug-adapter/dap/session.ts';

/** Turns of the event loop, none of which waits for a timer. */
const turns = 20;

describe('leaving a session', () => {
  it('two requests to disconnect are answered at once', async () => {
    const answered: unknown[] = [];
    const session = new Session({
      openInspector: () => Promise.reject(new Error('nothing to open')),
      isCancelled: () => false,
      finished: (request) => answered.push(request),
      end: () => {},
    });
    session.onDidSendMessage(() => {});
    for (const seq of [1, 2]) {
      session.handleMessage({ seq, type: 'request', command: 'disconnect' });
    }
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    assert.deepEqual(answered, [1, 2]);
    await session.leave();
  });
});
