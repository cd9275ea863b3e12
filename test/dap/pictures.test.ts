/** What the pictures ask of the adapter: overlay, layout, bytes, search. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { sampleDump } from '../support/sample-dump.ts';
import { isItem, lists } from './items.ts';

describe('dap pictures', () => {
  let client: DapClient;
  before(async () => {
    client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    await client.open({ coreFile: sampleDump('illumos/ctxop-panic-run', 'buggy') });
  });
  after(async () => assert.equal(await client.close(), 0));

  it('lays a structure over memory, and leaves dot where it was', async () => {
    const before = await client.ask('corewalk/run', { line: '.=J' });
    const body = await client.ask('corewalk/overlay', { at: '<thread' });
    assert.equal(body['address'], '0xfffffe5af5cc8040');
    const { object } = body;
    assert.ok(isItem(object));
    assert.equal(object['type'], 'kthread_t');
    const chain = lists(object, 'fields').find(({ path }) => path === 't_ctx');
    assert.equal(chain?.['pointer'], '0xfffffe5b2f6c4c80');
    assert.deepEqual(await client.ask('corewalk/run', { line: '.=J' }), before);
    assert.match(await client.refused('corewalk/overlay', { at: 'nosuch' }), /unknown symbol/);
    assert.match(await client.refused('corewalk/overlay', {}), /at: expected a string/);
  });

  it('gives layouts without reading memory', async () => {
    const layout = await client.ask('corewalk/layout', { type: 'struct ctxop' });
    const fields = lists(layout, 'fields');
    assert.deepEqual([layout['size'], fields[0]?.['path']], [0x50, 'save_op']);
    assert.ok(fields.every((field) => !('text' in field)));
  });

  it('gives present bytes as runs, with names for its limits', async () => {
    const read = (address: string, count: number) =>
      client.ask('corewalk/bytes', { address, count });
    const [run] = lists(await read('0xfffffe5b2f6c4c80', 16), 'runs');
    assert.equal(Buffer.from(String(run?.['data']), 'base64').length, 16);
    assert.deepEqual(lists(await read('0x10', 4096), 'runs'), []);
    assert.deepEqual(lists(await read('0xffffffffffffffff', 4096), 'runs'), []);
    assert.deepEqual(lists(await read('0xfffffe5b2f6c4c80', 0), 'runs'), []);
    const tooMuch = await client.refused('corewalk/bytes', { address: '0x0', count: 65_537 });
    assert.match(tooMuch, /at most 65536/);
  });

  it('searches, a page of matches at a time', async () => {
    const bytes = Buffer.from('fpu emulation').toString('hex');
    const { matches, hasMore } = await client.ask('corewalk/search', { bytes });
    assert.ok(Array.isArray(matches) && matches.length > 0);
    assert.equal(hasMore, false);
    const zeros = await client.ask('corewalk/search', { bytes: '00' });
    assert.ok(Array.isArray(zeros['matches']));
    assert.deepEqual([zeros['matches'].length, zeros['hasMore']], [200, true]);
    const words = await client.refused('corewalk/search', { bytes: 'xyz' });
    assert.match(words, /bytes in hexadecimal/);
  });

  it('gives an object with what it refers to and who refers to it', async () => {
    const object = await client.ask('corewalk/object', { at: 'fffffe5b2f6c4c80' });
    assert.equal(object['type'], 'ctxop_t');
    const next = lists(object, 'outgoing').find(({ member }) => member === 'next');
    assert.ok(isItem(next?.['list']));
    assert.equal(next['list']['count'], 4);
    assert.ok(lists(object, 'incoming').some(({ from }) => from === '0xfffffe5af5cc8040'));
    const text = JSON.stringify(object);
    assert.ok(!text.includes('null'), text);
    assert.match(await client.refused('corewalk/object', { at: '<rip' }), /name a type/);
  });
});
