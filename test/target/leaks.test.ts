/** The search for leaks: what is reached, what is not, and what must not count as a reference. */
import assert from 'node:assert/strict';
import type { Allocation, MemoryRange } from '../../debug-adapter/kernels/kernel.ts';
import { findLeaks, type SearchedTarget } from '../../debug-adapter/target/leaks.ts';
import { memoryOf, words as bytesOf } from './memory-fixture.ts';

/** Globals, the heap, and the heap's pages through a window, as a direct map shows them. */
const data = 0xffffffff80100000n;
const heap = 0xfffffe0000000000n;
const window = 0xffff800000000000n;

const bufferSize = 64n;
const buffer = (index: number): bigint => heap + BigInt(index) * bufferSize;

interface Case {
  /** Words of the globals. */
  readonly globals?: readonly bigint[];
  /** Words at the start of buffers. */
  readonly contents?: Readonly<Record<number, bigint>>;
  readonly rax?: bigint;
  /** Buffers that are free. */
  readonly free?: readonly number[];
  readonly silent?: readonly MemoryRange[];
}

/** Indexes of the buffers that are told as leaked, of four. */
function leaked({ globals = [], contents = {}, rax = 0n, free = [], silent = [] }: Case): number[] {
  const words = new Array<bigint>(512).fill(0n);
  for (const [index, word] of Object.entries(contents)) words[Number(index) * 8] = word;
  const places = [
    { virtualAddress: data, physicalAddress: 0x1000n, bytes: bytesOf(...globals) },
    { virtualAddress: heap, physicalAddress: 0x8000n, bytes: bytesOf(...words) },
    { virtualAddress: window + 0x8000n, physicalAddress: 0x8000n, bytes: bytesOf(...words) },
  ];
  const segments = places.map(({ bytes, ...place }) => {
    return { ...place, size: BigInt(bytes.length), fileOffset: 0, flags: 6 };
  });
  const target: SearchedTarget = {
    dump: { segments, byteOrder: 'little' },
    memory: memoryOf(places.map(({ virtualAddress: start, bytes }) => ({ start, bytes }))),
    cpus: [{ index: 0, registers: new Map([['rax', rax]]), fxsave: undefined }],
    threads: () => [],
  };
  const allocations: Allocation[] = [0, 1, 2, 3]
    .filter((index) => !free.includes(index))
    .map((index) => ({ address: buffer(index), size: bufferSize, cacheAddress: 1n, cache: 'c' }));
  const slab = { start: heap, end: heap + 4096n };
  const report = findLeaks(
    target,
    { allocations: () => allocations, silent: () => [slab, ...silent] },
    () => {},
  );
  return report.leaked.map(({ address }) => Number((address - heap) / bufferSize));
}

describe('leaks', () => {
  it('are all buffers that nothing points to', () => {
    assert.deepEqual(leaked({}), [0, 1, 2, 3]);
    assert.deepEqual(leaked({ globals: [buffer(1), buffer(3)] }), [0, 2]);
    assert.deepEqual(leaked({ rax: buffer(2) }), [0, 1, 3]);
  });

  it('are not what a reached buffer points to, however far', () => {
    const contents = { 0: buffer(1), 1: buffer(2) };
    assert.deepEqual(leaked({ globals: [buffer(0)], contents }), [3]);
  });

  it('are rings that point to nothing but themselves', () => {
    const contents = { 0: buffer(1), 1: buffer(0), 2: buffer(2) };
    assert.deepEqual(leaked({ globals: [buffer(3)], contents }), [0, 1, 2]);
  });

  it('are not what a pointer into the middle reaches; one past the end reaches the next', () => {
    assert.deepEqual(leaked({ globals: [buffer(0) + 63n] }), [1, 2, 3]);
    assert.deepEqual(leaked({ globals: [buffer(0) + 64n] }), [0, 2, 3]);
    assert.deepEqual(leaked({ globals: [heap - 1n, buffer(4)] }), [0, 1, 2, 3]);
  });

  it('are not hidden by free buffers and what is silent', () => {
    const contents = { 0: buffer(1) };
    assert.deepEqual(leaked({ contents, free: [0] }), [1, 2, 3]);
    const silent = [{ start: data, end: data + 8n }];
    assert.deepEqual(leaked({ globals: [buffer(1), buffer(2)], silent }), [0, 1, 3]);
  });
});
