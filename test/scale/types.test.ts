/** A struct of 5,000 members and an array of a million elements: printed, limited, streamed, and opened by pages in an editor. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  elements,
  hugeMembers,
  largeStructs,
  writeLargeTypes,
} from '../../scripts/bench/scale/large-types.ts';
import { hasTool, temporaryDirectory } from '../dump-format/kernel-fixture.ts';
import { lists } from '../dap/items.ts';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { openCounted } from './counted-dump.ts';

describe('large structs and arrays', function () {
  this.timeout(60_000);
  let path: string;
  before(function () {
    if (!hasTool('gcc')) this.skip();
    path = writeLargeTypes(temporaryDirectory());
  });

  it('a struct of 5,000 members has them all, by value and by offset', () => {
    const { lines, count, dump } = openCounted(path);
    const printed = lines('huge::print');
    assert.equal(printed.length, hugeMembers + (hugeMembers / 5) * 3 + 2);
    assert.deepEqual(printed.slice(0, 3), ['{', '    m0 = 0x1', '    m1 = 0x2']);
    assert.deepEqual(lines('huge::print struct huge m4999'), ['m4999 = 0']);
    assert.ok(count('::print -at "struct huge"').rows > hugeMembers);
    dump.close();
  });

  it('structs of 512 members are walked and printed whole', () => {
    const { count, dump } = openCounted(path);
    const list = 'large::list "struct large" next';
    const one = count('large::print').rows;
    assert.equal(count(`${list}`).rows, largeStructs);
    assert.ok(one > 0);
    const { rows, last } = count(`${list} | ::head -100 | ::print "struct large"`);
    assert.equal(last, '}');
    assert.ok(rows >= 100 * 512, `${rows} rows`);
    dump.close();
  });

  it('an array of a million is cut with a word about it, and whole when the limit goes', () => {
    const { lines, count, dump } = openCounted(path);
    const cut = lines('numbers::print').join(' ');
    assert.match(cut, /\[ 0, 0x1, 0x4, 0x9, 0x10, .* \.\.\. \]$/);
    lines('::set -o array_mem_limit=none');
    const whole = count('numbers::print');
    const square = (Math.imul(elements - 1, elements - 1) >>> 0).toString(16);
    assert.ok(whole.last.endsWith(`0x${square} ]`), whole.last);
    dump.close();
  });

  it('its elements stream through a pipe: three are asked for, few are read', () => {
    const { lines, count, bytesRead, cancelAfter, dump } = openCounted(path);
    const array = `pairs::array "struct pair" 0t${elements}`;
    const streamed = `${array} | ::print "struct pair" left`;
    lines('pairs::print "struct pair" left');
    bytesRead();
    assert.deepEqual(lines(`${streamed} | ::head -3`).length, 3);
    assert.ok(bytesRead() < 2 ** 20);
    assert.equal(count(streamed).rows, elements);
    assert.ok(bytesRead() < 1.1 * elements * 8, 'each element is read once');
    cancelAfter(50);
    const cancelled = count(streamed);
    assert.match(cancelled.last, /cancelled/);
    assert.ok(cancelled.rows < elements / 2);
    dump.close();
  });

  it('are opened by pages in an editor', async () => {
    const client = new DapClient(join(await builtPrograms(), 'adapter.cjs'));
    await client.open({ coreFile: path }, { supportsVariablePaging: true });
    const evaluate = (expression: string) =>
      client.ask('evaluate', { expression, context: 'watch' });
    const numbers = await evaluate('numbers');
    assert.equal(numbers['indexedVariables'], elements);
    const page = async (body: Record<string, unknown>, words: object) =>
      lists(
        await client.ask('variables', {
          variablesReference: body['variablesReference'],
          ...words,
        }),
        'variables',
      );
    const last = await page(numbers, { filter: 'indexed', start: elements - 100, count: 100 });
    assert.equal(last.length, 100);
    assert.equal(last[99]?.['name'], `[${elements - 1}]`);
    assert.equal(
      last[99]?.['value'],
      `0x${(Math.imul(elements - 1, elements - 1) >>> 0).toString(16)}`,
    );
    const unpaged = await page(numbers, {});
    assert.equal(unpaged.length, 1001, 'a client that does not page gets a thousand and a remark');
    const huge = await evaluate('huge');
    assert.equal(huge['namedVariables'], hugeMembers);
    const members = await page(huge, { filter: 'named', start: hugeMembers - 10, count: 50 });
    assert.deepEqual(
      members.map(({ name }) => name),
      Array.from({ length: 10 }, (_, index) => `m${hugeMembers - 10 + index}`),
    );
    assert.equal(await client.close(), 0);
  });
});
