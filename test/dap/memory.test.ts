/** Bytes and instructions for an editor: every edge that a bug report of another adapter names. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtPrograms } from '../support/built-programs.ts';
import { DapClient } from '../support/dap-client.ts';
import { projectRoot } from '../support/grammars.ts';
import { sampleDump } from '../support/sample-dump.ts';
import { isItem, lists, type Item } from './items.ts';

interface Answer {
  readonly address: unknown;
  readonly data: Buffer;
  readonly unreadable: unknown;
}

interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

const kernel = join(projectRoot, 'sample-dumps/kernels/illumos/images/buggy.elf');
const hex = (value: bigint): string => `0x${value.toString(16)}`;

describe('dap memory', () => {
  let client: DapClient;
  let vsCode: DapClient;
  let ranges: Range[];

  before(async () => {
    const adapter = join(await builtPrograms(), 'adapter.cjs');
    const coreFile = sampleDump('illumos/ctxop-panic-run', 'buggy');
    client = new DapClient(adapter);
    await client.open({ coreFile });
    vsCode = new DapClient(adapter);
    await vsCode.open({ coreFile }, { clientID: 'vscode' });
    ranges = virtualRanges(await client.ask('corewalk/summary'));
  });
  after(async () => {
    assert.equal(await client.close(), 0);
    assert.equal(await vsCode.close(), 0);
  });

  const read = async (
    memoryReference: string,
    offset: number,
    count: number,
    who = client,
  ): Promise<Answer> => {
    const body = await who.ask('readMemory', { memoryReference, offset, count });
    const data = typeof body['data'] === 'string' ? body['data'] : '';
    return {
      address: body['address'],
      data: Buffer.from(data, 'base64'),
      unreadable: body['unreadableBytes'],
    };
  };

  /** A range that a hole follows, and the hole. */
  const edge = (): { readonly end: bigint; readonly hole: bigint } => {
    for (const [index, { end }] of ranges.entries()) {
      const next = ranges[index + 1];
      if (next && next.start > end) return { end, hole: next.start - end };
    }
    throw new Error('the dump has no hole');
  };

  it('reads what readelf says is there', async () => {
    const { data } = await read('0xffffffff80100000', 0, 4096);
    const text = readFileSync(kernel);
    const headers = spawnSync('readelf', ['-lW', kernel], { encoding: 'utf8' });
    if (headers.status !== 0) return;
    const [, offset] = /LOAD +0x([0-9a-f]+) 0xffffffff80100000/.exec(headers.stdout) ?? [];
    const start = Number.parseInt(offset ?? '', 16);
    assert.deepEqual(data, text.subarray(start, start + 4096));
  });

  it('answers a probe of no bytes anywhere', async () => {
    for (const reference of ['0xffffffff80100000', '0x0', '0xffffffffffffffff']) {
      const { data, unreadable } = await read(reference, 0, 0);
      assert.deepEqual([data.length, unreadable], [0, undefined]);
    }
  });

  it('reads up to a hole and says how long it is', async () => {
    const { end, hole } = edge();
    const { address, data, unreadable } = await read(hex(end - 16n), 0, 32 + Number(hole));
    assert.deepEqual(
      [address, data.length, unreadable],
      [hex(end - 16n), 16, Number(hole)],
      'the hole, and not what is behind it',
    );
  });

  it('says no more of a hole than was asked for', async () => {
    const { end } = edge();
    const { data, unreadable } = await read(hex(end - 16n), 0, 20);
    assert.deepEqual([data.length, unreadable], [16, 4]);
  });

  it('gives no bytes where the start is in a hole', async () => {
    const { end } = edge();
    const { data, unreadable } = await read(hex(end), 0, 8);
    assert.deepEqual([data.length, unreadable], [0, 8]);
    assert.deepEqual((await read('0x0', 0, 8)).unreadable, 8);
  });

  it('tells VS Code that all the rest is unreadable, since it fills short answers with zeros', async () => {
    const { end, hole } = edge();
    const count = 32 + Number(hole);
    const { data, unreadable } = await read(hex(end - 16n), 0, count, vsCode);
    assert.deepEqual([data.length, unreadable], [16, count - 16]);
  });

  it('is exact at both ends of the address space', async () => {
    const below = await read('0x10', -32, 64);
    assert.deepEqual([below.address, below.data.length, below.unreadable], ['0x0', 0, 16]);
    const last = await read('0xfffffffffffffff8', 0, 64);
    assert.deepEqual([last.data.length, last.unreadable], [0, 8], '2^64 ends memory, not the hole');
    const beyond = await read('0xffffffffffffffff', 1, 64);
    assert.deepEqual([beyond.data.length, beyond.unreadable], [0, undefined]);
    const back = await read('0xffffffff80100010', -16, 4);
    assert.deepEqual(back.data, (await read('0xffffffff80100000', 0, 4)).data);
  });

  it('answers large counts with what there is', async () => {
    const largest = ranges.reduce((one, other) =>
      other.end - other.start > one.end - one.start ? other : one,
    );
    const size = Number(largest.end - largest.start);
    const { data } = await read(hex(largest.start), 0, 0x7fff_ffff);
    assert.ok(data.length >= size, `${data.length} of ${size}`);
  });

  it('takes decimal references, and refuses everything that is no address', async () => {
    const decimal = 0xffffffff80100000n.toString();
    const same = await read('0xffffffff80100000', 0, 8);
    assert.deepEqual(await read(decimal, 0, 8), same);
    for (const reference of ['', 'main', '0x', '-1', '0x1g', '0x10000000000000000', '1e3']) {
      const words = { memoryReference: reference, count: 1 };
      assert.match(await client.refused('readMemory', words), /is no address/);
    }
  });

  it('reads the same in pieces of any size', async () => {
    const whole = (await read('0xffffffff80100000', 0, 600)).data;
    for (const size of [1, 7, 64]) {
      const pieces: Buffer[] = [];
      for (let offset = 0; offset < 600; offset += size)
        pieces.push((await read('0xffffffff80100000', offset, size)).data);
      assert.deepEqual(Buffer.concat(pieces).subarray(0, 600), whole);
    }
  });

  const disassemble = async (
    memoryReference: string,
    instructionOffset: number,
    instructionCount: number,
  ): Promise<Item[]> => {
    const words = { memoryReference, instructionOffset, instructionCount, resolveSymbols: true };
    return lists(await client.ask('disassemble', words), 'instructions');
  };

  it('disassembles exactly as many instructions as were asked for, forwards and backwards', async () => {
    const frames = await client.ask('stackTrace', { threadId: 1 });
    const frame = lists(frames, 'stackFrames').find(({ name }) => name === 'vm_run');
    const pc = String(frame?.['instructionPointerReference']);
    const all = await disassemble(pc, -40, 80);
    assert.equal(all.length, 80);
    assert.equal(all[40]?.['address'], pc);
    for (const [offset, count] of [
      [-40, 10],
      [-1, 2],
      [0, 5],
      [7, 20],
    ] as const) {
      const part = await disassemble(pc, offset, count);
      assert.deepEqual(part, all.slice(40 + offset, 40 + offset + count));
    }
    const addresses = all.map(({ address }) => BigInt(String(address)));
    assert.ok(
      addresses.every((address, index) => index === 0 || address > (addresses[index - 1] ?? 0n)),
    );
  });

  it('disassembles what objdump does', async function () {
    const run = spawnSync('objdump', ['-d', '--no-show-raw-insn', '--disassemble=vm_run', kernel], {
      encoding: 'utf8',
    });
    if (run.status !== 0) this.skip();
    const theirs = [...run.stdout.matchAll(/^([0-9a-f]+):\s+(\S+)/gm)].map(
      ([, address, mnemonic]) => `0x${address} ${mnemonic}`,
    );
    const start = theirs[0]?.split(' ')[0] ?? '';
    const found = await disassemble(start, 0, theirs.length);
    const ours = found.map(
      ({ address, instruction }) => `${address} ${String(instruction).split(/\s/)[0]}`,
    );
    assert.equal(ours.length, theirs.length);
    // We write the suffix of the operand's size always, objdump where nothing else says it.
    for (const [index, line] of ours.entries())
      assert.match(line, new RegExp(`^${theirs[index]}[bwlq]?$`));
    assert.match(String(found[0]?.['symbol']), /^vm_run$/);
    assert.ok(isItem(found[0]?.['location']));
  });

  it('marks what is not there as invalid, and still counts', async () => {
    const { end } = edge();
    for (const reference of [hex(end), '0x0', '0xfffffffffffffffe']) {
      const found = await disassemble(reference, -3, 6);
      assert.equal(found.length, 6);
      const [at] = found.slice(3);
      assert.deepEqual([at?.['address'], at?.['presentationHint']], [reference, 'invalid']);
    }
    assert.deepEqual(await disassemble('0xffffffff80100000', 0, 0), []);
  });
});

function virtualRanges(summary: Item): Range[] {
  const found: Range[] = [];
  for (const { virtualAddress, size } of lists(summary, 'ranges')) {
    if (typeof virtualAddress !== 'string') continue;
    const start = BigInt(virtualAddress);
    const [last, end] = [found.at(-1), start + BigInt(String(size))];
    if (last?.end === start) found[found.length - 1] = { start: last.start, end };
    else found.push({ start, end });
  }
  return found;
}
