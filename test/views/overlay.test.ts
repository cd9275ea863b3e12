/** Structures over memory, absent bytes, and the search, on the dump of the panic in bhyve's context operators. */
import assert from 'node:assert/strict';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { overlayAt, presentBytes } from '../../debug-adapter/views/overlay.ts';
import { searchMemory } from '../../debug-adapter/views/search-memory.ts';
import type { Memory } from '../../dump-format/memory.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

describe('overlay', () => {
  let inspector: Inspector;
  before(() => {
    const target = simulatedTarget('illumos/ctxop-panic-run', 'buggy');
    inspector = createInspector(target, { grammar: mdbGrammar });
  });

  it('finds the object that an address lies in, with the values of its members', () => {
    const { address, object } = overlayAt(inspector, '*panic_thread+8', undefined);
    assert.equal(address, 0xfffffe5af5cc8048n);
    assert.equal(object?.type, 'kthread_t');
    assert.equal(object.address, 0xfffffe5af5cc8040n);
    const chain = object.fields.find(({ path }) => path === 't_ctx');
    assert.equal(chain?.pointer, 0xfffffe5b2f6c4c80n);
    assert.match(chain.text ?? '', /^0xfffffe5b2f6c4c80$/);
    const end = Math.max(...object.fields.map((field) => field.offset + field.size));
    assert.equal(end, object.size);
  });

  it('takes the reader’s word for the type', () => {
    const { object } = overlayAt(inspector, 'fffffe5b2f6c4c80', 'struct ctxop');
    const save = object?.fields.find(({ path }) => path === 'save_op');
    assert.deepEqual([save?.text, object?.size], ['vmm_savectx', 0x50]);
  });

  it('says what it does not know', () => {
    const { object, symbol } = overlayAt(inspector, '<rip', undefined);
    assert.equal(object, undefined);
    assert.match(symbol ?? '', /^vpanic\+/);
    assert.throws(() => overlayAt(inspector, 'nosuchsymbol', undefined), /unknown symbol/);
    assert.throws(() => overlayAt(inspector, ' ', undefined), /expected/);
    assert.throws(() => overlayAt(inspector, '0 | ::status', undefined));
  });

  it('keeps absent bytes apart from zeros', () => {
    const { memory } = inspector.target;
    assert.deepEqual([...presentBytes(memory, 0x10n, 64)], []);
    const range = memory.rangeAtOrAbove(0xfffffe5af5cc8040n);
    assert.ok(range);
    const [only, ...more] = presentBytes(memory, range.end - 8n, 4096);
    const next = memory.rangeAtOrAbove(range.end);
    const wanted = next !== undefined && next.start < range.end + 4088n ? 1 : 0;
    assert.equal(more.length, wanted);
    assert.equal(only?.address, range.end - 8n);
    assert.equal(only.bytes.length, 8);
    assert.deepEqual([...presentBytes(memory, 0xffff_ffff_ffff_fff0n, 16)], []);
  });

  it('reads both sides of a hole', () => {
    const holed = ranges([
      [0x100n, 0x110n],
      [0x118n, 0x11cn],
    ]);
    assert.deepEqual(
      [...presentBytes(holed, 0x108n, 0x40)].map(({ address, bytes }) => [address, bytes.length]),
      [
        [0x108n, 8],
        [0x118n, 4],
      ],
    );
  });

  it('finds text wherever it is, and nothing across a hole', () => {
    const { memory } = inspector.target;
    const text = Buffer.from('fpu emulation not enabled in host!');
    const found = [...searchMemory(memory, text, 0n)].filter((address) => address !== undefined);
    assert.ok(found.length >= 1);
    for (const address of found)
      assert.deepEqual(Buffer.from(memory.read(address, text.length)), text);
    const after = [...searchMemory(memory, text, (found.at(-1) ?? 0n) + 1n)];
    assert.deepEqual(
      after.filter((address) => address !== undefined),
      [],
    );
    const holed = ranges([
      [0x100n, 0x104n],
      [0x108n, 0x10cn],
    ]);
    const zeros = [...searchMemory(holed, new Uint8Array(3), 0n)];
    assert.deepEqual(
      zeros.filter((address) => address !== undefined),
      [0x100n, 0x101n, 0x108n, 0x109n],
    );
  });

  it('finds what lies across two steps of the search', () => {
    const size = (1 << 18) + 10;
    const bytes = new Uint8Array(size);
    bytes.set([1, 2, 3, 4], (1 << 18) - 2);
    const found = [
      ...searchMemory(ranges([[0n, BigInt(size)]], bytes), Buffer.from([1, 2, 3, 4]), 0n),
    ];
    assert.deepEqual(
      found.filter((address) => address !== undefined),
      [BigInt((1 << 18) - 2)],
    );
  });
});

/** Memory that has these ranges; zeros unless bytes are given. */
function ranges(
  list: readonly (readonly [start: bigint, end: bigint])[],
  bytes = new Uint8Array(0x1000),
): Memory {
  const rangeAtOrAbove = (address: bigint) => {
    const found = list.find(([, end]) => end > address);
    return found && { start: found[0], end: found[1] };
  };
  const readAvailable = (address: bigint, length: number): Uint8Array => {
    const range = rangeAtOrAbove(address);
    if (!range || range.start > address) return bytes.subarray(0, 0);
    const end = Math.min(length, Number(range.end - address));
    return bytes.subarray(Number(address), Number(address) + end);
  };
  const read = (): never => assert.fail('not asked for here');
  return {
    rangeAtOrAbove,
    readAvailable,
    read,
    readU8: read,
    readU16: read,
    readU32: read,
    readU64: read,
  };
}
