/** Memory of ELF files: what is present reads, what is absent faults with its address and reason. */
import assert from 'node:assert/strict';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { FaultError, UsageError } from '../../../dump-format/errors.ts';
import * as elf from '../../../dump-format/elf/constants.ts';
import { openElf } from '../../../dump-format/elf/elf.ts';
import { elfMemory, type ElfMemory } from '../../../dump-format/elf/memory.ts';
import type { Memory } from '../../../dump-format/memory.ts';
import { maximumMemoryReadBytes } from '../../../dump-format/segment-memory.ts';
import { buildElf, randomNumbers, type TestElf, type TestSegment } from '../elf-builder.ts';

function open(test: TestElf, cutTo?: number): ElfMemory {
  return elfMemory(openElf(bytesSource(buildElf(test).subarray(0, cutTo), 'vmcore')));
}

function counting(length: number, from = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => from + index);
}

function checkFault(read: () => unknown, address: bigint, length: number, reason?: string): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof FaultError);
    assert.equal(error.address.toString(16), address.toString(16));
    assert.equal(error.length, length);
    if (reason !== undefined) assert.equal(error.reason, reason);
    return true;
  });
}

describe('elf memory', () => {
  it('reads by virtual and by physical address', () => {
    const { virtual, physical, segments, warnings } = open({
      segments: [
        { virtualAddress: 0xffffff00_00001000n, physicalAddress: 0x2000n, bytes: counting(16) },
      ],
    });
    assert.deepEqual(virtual.read(0xffffff00_00001004n, 3), Uint8Array.of(5, 6, 7));
    assert.deepEqual(physical.read(0x200en, 2), Uint8Array.of(15, 16));
    checkFault(() => virtual.read(0x2000n, 1), 0x2000n, 1, 'no mapping for address');
    assert.equal(segments.length, 1);
    assert.equal(segments[0]?.size, 16n);
    assert.deepEqual(warnings, []);
  });

  it('reads integers in the byte order of the file', () => {
    const segments = [{ virtualAddress: 0x1000n, bytes: counting(16) }];
    const little = open({ segments }).virtual;
    assert.equal(little.readU8(0x1001n), 2);
    assert.equal(little.readU16(0x1001n), 0x0302);
    assert.equal(little.readU32(0x1001n), 0x05040302);
    assert.equal(little.readU64(0x1001n), 0x0908070605040302n);
    const big = open({ segments, order: 'big' }).virtual;
    assert.equal(big.readU16(0x1001n), 0x0203);
    assert.equal(big.readU32(0x1001n), 0x02030405);
    assert.equal(big.readU64(0x1001n), 0x0203040506070809n);
  });

  it('reads across segments that meet, also in the middle of an integer', () => {
    const { virtual } = open({
      segments: [
        { virtualAddress: 0x1ffdn, bytes: counting(3) },
        { virtualAddress: 0x2000n, bytes: counting(8, 4) },
      ],
    });
    assert.deepEqual(virtual.read(0x1ffdn, 11), counting(11));
    assert.equal(virtual.readU64(0x1ffen), 0x0908070605040302n);
    assert.deepEqual(virtual.rangeAtOrAbove(0n), { start: 0x1ffdn, end: 0x2008n });
    assert.deepEqual(virtual.rangeAtOrAbove(0x2004n), { start: 0x2000n, end: 0x2008n });
    assert.equal(virtual.rangeAtOrAbove(0x2008n), undefined);
  });

  it('names the first absent address, and how much was still wanted', () => {
    const { virtual } = open({ segments: [{ virtualAddress: 0x1000n, bytes: counting(10) }] });
    checkFault(() => virtual.read(0x1008n, 8), 0x100an, 6);
    checkFault(() => virtual.readU64(0x1008n), 0x100an, 6);
    checkFault(() => virtual.readU32(0xfffn), 0xfffn, 4);
    assert.deepEqual(virtual.readAvailable(0x1008n, 100), Uint8Array.of(9, 10));
    assert.deepEqual(virtual.readAvailable(0xfffn, 100), new Uint8Array(0));
    assert.deepEqual(virtual.read(0x5000n, 0), new Uint8Array(0));
  });

  it('ends at the last address, and does not go on at 0', () => {
    const { virtual, warnings } = open({
      segments: [
        { virtualAddress: 0xffffffff_fffffff8n, bytes: counting(16) },
        { virtualAddress: 0n, physicalAddress: 0n, bytes: counting(4) },
      ],
    });
    assert.equal(virtual.readU64(0xffffffff_fffffff8n), 0x0807060504030201n);
    checkFault(() => virtual.read(0xffffffff_fffffffcn, 8), 0n, 4);
    assert.deepEqual(virtual.rangeAtOrAbove(0x1000n), {
      start: 0xffffffff_fffffff8n,
      end: 1n << 64n,
    });
    assert.deepEqual(warnings, [
      'vmcore: 1 of the segments ran past the last virtual address: cut there',
    ]);
  });

  it('takes addresses as unsigned: -8 is the last word', () => {
    const { virtual } = open({
      segments: [{ virtualAddress: 0xffffffff_fffff000n, bytes: counting(4096, 0) }],
    });
    assert.equal(virtual.readU64(-8n), virtual.readU64(0xffffffff_fffffff8n));
    assert.equal(virtual.read(-1n, 1)[0], 0xff);
  });

  it('gives what p_memsz adds as zeros in a program and as absent in a core', () => {
    const segments = [{ virtualAddress: 0x1000n, bytes: counting(4), memorySize: 0x20_0000n }];
    const program = open({ type: elf.ET_EXEC, segments }).virtual;
    assert.deepEqual(program.read(0x1002n, 4), Uint8Array.of(3, 4, 0, 0));
    assert.equal(program.readU64(0x20_0f00n), 0n);
    assert.deepEqual(program.read(0x1_0000n, 0x10_0000), new Uint8Array(0x10_0000));
    checkFault(() => program.readU8(0x20_1000n), 0x20_1000n, 1, 'no mapping for address');
    const core = open({ segments }).virtual;
    checkFault(() => core.read(0x1002n, 4), 0x1004n, 2, 'not saved in the dump');
  });

  it('tells memory that a truncated dump has lost from memory that was never mapped', () => {
    const test = {
      segments: [
        { virtualAddress: 0x1000n, bytes: counting(8) },
        { virtualAddress: 0x2000n, bytes: counting(8) },
      ],
    };
    const { virtual, warnings } = open(test, buildElf(test).length - 5);
    assert.deepEqual(virtual.read(0x2000n, 3), counting(3));
    checkFault(() => virtual.read(0x2000n, 8), 0x2003n, 5, 'the dump is cut off before it');
    checkFault(() => virtual.read(0x3000n, 8), 0x3000n, 8, 'no mapping for address');
    assert.deepEqual(warnings, [
      'vmcore: truncated: has 187 bytes, its segments need 192: 5 bytes in 1 of the segments are missing',
    ]);
  });

  it('gives an address that two segments claim to the one that starts first, and says so', () => {
    const { virtual, warnings, doubts } = open({
      segments: [
        { virtualAddress: 0x1004n, bytes: counting(8, 101) },
        { virtualAddress: 0x1000n, bytes: counting(8) },
        { virtualAddress: 0x1002n, bytes: counting(2, 50) },
      ],
    });
    assert.deepEqual(
      virtual.read(0x1000n, 12),
      Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 105, 106, 107, 108),
    );
    assert.deepEqual(warnings, []);
    assert.deepEqual(doubts, [
      'vmcore: 2 of the segments overlapped others in virtual addresses, first at 1002: the one that starts first is used',
    ]);
  });

  it('says nothing of segments that give the same bytes to the same addresses', () => {
    const shared = { physicalAddress: 0x1000n, bytes: counting(8) };
    const first = { ...shared, virtualAddress: 0x9000n };
    const alias = { ...shared, bytes: new Uint8Array(0), offset: 176, fileSize: 8 };
    const { virtual, physical, warnings } = open({
      segments: [first, { ...alias, virtualAddress: 0xa000n }],
    });
    assert.deepEqual(warnings, []);
    assert.deepEqual(virtual.read(0xa000n, 8), virtual.read(0x9000n, 8));
    assert.deepEqual(physical.read(0x1000n, 8), counting(8));
  });

  describe('knows which addresses a writer did not know', () => {
    const one = { physicalAddress: 0x1000n, bytes: counting(4) };
    const two = { physicalAddress: 0x2000n, bytes: counting(4, 11) };

    function check(
      segments: readonly TestSegment[],
      present: { virtual: readonly bigint[]; physical: readonly bigint[] },
      type = elf.ET_CORE,
    ): void {
      const { virtual, physical } = open({ segments, type });
      const starts = (memory: Memory): bigint[] => {
        const found: bigint[] = [];
        for (let at = 0n; ;) {
          const range = memory.rangeAtOrAbove(at);
          if (!range) return found;
          found.push(range.start);
          at = range.end;
        }
      };
      assert.deepEqual({ virtual: starts(virtual), physical: starts(physical) }, present);
    }

    it('QEMU: all p_vaddr 0 is a dump by physical addresses, and NULL faults', () => {
      check([{ ...one, physicalAddress: 0n }, two], { virtual: [], physical: [0n, 0x2000n] });
      check([{ ...one, physicalAddress: 0n }], { virtual: [], physical: [0n] });
    });

    it('a user core: all p_paddr 0', () => {
      check([{ bytes: counting(4), virtualAddress: 0x5000n }], {
        virtual: [0x5000n],
        physical: [],
      });
    });

    it('memory that no page table names beside memory with both', () => {
      check([{ ...one, virtualAddress: 0x9000n }, two, { bytes: counting(1) }], {
        virtual: [0x9000n],
        physical: [0n, 0x1000n, 0x2000n],
      });
    });

    it('Linux: p_paddr of all ones', () => {
      check(
        [
          { ...one, virtualAddress: 0x9000n },
          { bytes: counting(4), virtualAddress: 0xa000n, physicalAddress: (1n << 64n) - 1n },
        ],
        { virtual: [0x9000n, 0xa000n], physical: [0x1000n] },
      );
    });

    it('a program linked at 0 keeps its addresses', () => {
      check([{ bytes: counting(4) }], { virtual: [0n], physical: [0n] }, elf.ET_DYN);
    });
  });

  it('refuses one read of more than its limit', () => {
    const { virtual } = open({
      type: elf.ET_EXEC,
      segments: [{ virtualAddress: 0x1000n, memorySize: 1n << 40n }],
    });
    assert.throws(() => virtual.read(0x1000n, maximumMemoryReadBytes + 1), UsageError);
    assert.equal(virtual.readAvailable(0x1000n, 1 << 20).length, 1 << 20);
  });

  it('agrees with a byte-by-byte model on random segments and reads', () => {
    for (let seed = 1; seed <= 60; seed++) checkAgainstModel(seed);
  });
});

/** Addresses lie close together, around the borders of pages and chunks, so that all cases of a read come up. */
function checkAgainstModel(seed: number): void {
  const random = randomNumbers(seed);
  const segments = Array.from({ length: 1 + random(12) }, () => ({
    virtualAddress: modelBase + BigInt(random(160_000)),
    bytes: Uint8Array.from({ length: random(3) ? random(300) : random(90_000) }, () => random(256)),
  }));
  const model = modelOf(segments);
  const { virtual } = open({ segments });
  for (let round = 0; round < 200; round++) {
    const segment = segments[random(segments.length)];
    const edge = Number((segment?.virtualAddress ?? modelBase) - modelBase);
    const start = random(8) ? edge + random((segment?.bytes.length ?? 0) + 10) : random(260_000);
    const length = random(4) ? random(20) : random(150_000);
    const address = modelBase + BigInt(start);
    const place = `seed ${seed}, ${length} bytes at ${address.toString(16)}`;
    let end = start;
    while (end < start + length && (model[end] ?? absent) !== absent) end++;
    const expected = Uint8Array.from(model.subarray(start, end));
    assert.ok(Buffer.from(virtual.readAvailable(address, length)).equals(expected), place);
    if (end === start + length)
      assert.ok(Buffer.from(virtual.read(address, length)).equals(expected), place);
    else
      checkFault(
        () => virtual.read(address, length),
        modelBase + BigInt(end),
        start + length - end,
      );
    checkInteger(virtual, model, start, place);
  }
}

const modelBase = 0xffffff01_47a00000n - 8000n;
const absent = -1;

/** A byte per address; `absent` where there is none. */
function modelOf(segments: readonly { virtualAddress: bigint; bytes: Uint8Array }[]): Int16Array {
  const model = new Int16Array(300_000).fill(absent);
  const byStart = segments
    .map((segment, index) => ({ ...segment, index }))
    .sort((a, b) => Number(b.virtualAddress - a.virtualAddress) || b.index - a.index);
  // What starts first is written last.
  for (const { virtualAddress, bytes } of byStart) {
    const start = Number(virtualAddress - modelBase);
    for (const [index, byte] of bytes.entries()) model[start + index] = byte;
  }
  return model;
}

function checkInteger(memory: Memory, model: Int16Array, start: number, place: string): void {
  const address = modelBase + BigInt(start);
  const bytes = [...model.subarray(start, start + 8)];
  if (bytes.length < 8 || bytes.includes(absent)) {
    assert.throws(() => memory.readU64(address), FaultError, place);
    return;
  }
  const expected = Buffer.from(bytes);
  assert.equal(memory.readU64(address), expected.readBigUInt64LE(), place);
  assert.equal(memory.readU32(address), expected.readUInt32LE(), place);
  assert.equal(memory.readU16(address), expected.readUInt16LE(), place);
  assert.equal(memory.readU8(address), expected[0], place);
}
