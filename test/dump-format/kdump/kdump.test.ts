/** Compressed kdumps: every packing, raw and flattened, damaged ones as far as they go. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import type { Dump } from '../../../dump-format/dump.ts';
import { FaultError, FormatError } from '../../../dump-format/errors.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { randomNumbers } from '../elf-builder.ts';
import { hasTool } from '../kernel-fixture.ts';
import { blockBytes, buildKdump, flatten, type TestKdump } from './kdump-builder.ts';

const page = (fill: number): Uint8Array => new Uint8Array(blockBytes).fill(fill);

const test: TestKdump = {
  pages: [
    { page: 1, bytes: page(1) },
    { page: 2, bytes: page(2), flags: 0 },
    { page: 9, bytes: page(9) },
  ],
};

function open(bytes: Uint8Array): Dump {
  return openDump(bytesSource(bytes, 'vmcore'));
}

const warnings = (dump: Dump): string[] => dump.warnings.map(({ text }) => text);

function check(dump: Dump): void {
  assert.deepEqual(warnings(dump), []);
  assert.equal(dump.machine, 'x86-64');
  assert.deepEqual(dump.physical.read(0x1800n, 0x1000), join([1, 0x800], [2, 0x800]));
  assert.equal(dump.physical.readU8(0x9fffn), 9);
  assert.throws(() => dump.physical.readU8(0n), FaultError);
  assert.throws(() => dump.physical.read(0x2fffn, 2), FaultError);
  assert.deepEqual(
    dump.segments.map(({ physicalAddress, size }) => [physicalAddress, size]),
    [
      [0x1000n, 0x2000n],
      [0x9000n, 0x1000n],
    ],
  );
}

function join(...parts: readonly (readonly [fill: number, count: number])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap(([fill, count]) => Array.from({ length: count }, () => fill)),
  );
}

describe('a compressed kdump', () => {
  it('has the pages of its bitmap, and no others', () => check(open(buildKdump(test))));

  for (const pieceBytes of [100, 4096, 1_000_000])
    it(`reads the same flattened in pieces of ${pieceBytes} bytes`, () =>
      check(open(flatten(buildKdump(test), pieceBytes))));

  it('has pages packed with zstd', function () {
    if (!hasTool('zstd')) this.skip();
    const bytes = Uint8Array.from(execFileSync('zstd', ['-c'], { input: page(5) }));
    const dump = open(buildKdump({ pages: [{ page: 3, bytes, flags: 0x20 }] }));
    assert.deepEqual(dump.physical.read(0x3000n, blockBytes), page(5));
  });

  it('has pages packed with LZO', () => {
    // One literal, then a copy of the 4095 bytes behind it from one byte before.
    const bytes = Uint8Array.from([18, 7, 32, ...Array<number>(15).fill(0), 237, 0, 0, 17, 0, 0]);
    const dump = open(buildKdump({ pages: [{ page: 3, bytes, flags: 2 }] }));
    assert.deepEqual(dump.physical.read(0x3000n, blockBytes), page(7));
  });

  it('names what it can not unpack', () => {
    const dump = open(buildKdump({ pages: [{ page: 3, bytes: page(1), flags: 4 }] }));
    assert.throws(
      () => dump.physical.readU8(0x3000n),
      /^FormatError: vmcore: page 0: is packed with snappy, which is not read: makedumpfile -c packs with zlib$/,
    );
  });

  it('has its notes, and the text of VMCOREINFO where they lack it', () => {
    const text = 'OSRELEASE=6.1.0-tiny\n';
    const inNotes = [{ owner: 'VMCOREINFO', type: 0, data: new TextEncoder().encode(text) }];
    for (const dump of [
      open(buildKdump({ ...test, notes: inNotes })),
      open(buildKdump({ ...test, vmcoreinfo: text })),
    ])
      assert.equal(dump.info.get('OSRELEASE'), '6.1.0-tiny');
    assert.equal(open(buildKdump({ ...test, version: 2, vmcoreinfo: text })).info.size, 0);
  });

  it('may have more runs than a header can count', () => {
    const pages = Array.from({ length: 8000 }, (_, index) => ({
      page: index * 2,
      bytes: new Uint8Array(blockBytes),
      flags: 0,
    }));
    // A bitmap of half a block counts 16384 pages.
    const dump = open(buildKdump({ pages }));
    assert.equal(dump.segments.length, 8000);
    assert.equal(dump.physical.readU8(15998n * 4096n), 0);
  });
});

describe('a damaged compressed kdump', () => {
  it('that is one part of several is refused by name', () => {
    assert.throws(() => open(buildKdump({ ...test, split: 1 })), /--reassemble$/);
  });

  it('that is incomplete says so', () => {
    const dump = open(buildKdump({ ...test, status: 9 }));
    assert.match(warnings(dump).join(), /incomplete: makedumpfile could not write all pages/);
  });

  it('that is cut off has the pages that are left', () => {
    const whole = buildKdump(test);
    const dump = open(whole.subarray(0, whole.length - 1));
    assert.deepEqual(warnings(dump), ['vmcore: truncated: 1 of its 3 pages are missing']);
    assert.equal(dump.physical.readU8(0x2000n), 2);
    assert.throws(() => dump.physical.readU8(0x9000n), FaultError);
    const flat = flatten(whole, 100);
    const cut = open(flat.subarray(0, flat.length - 150));
    assert.match(warnings(cut).join(), /truncated/);
  });

  it('may be cut off anywhere', () => {
    for (const bytes of [buildKdump(test), flatten(buildKdump(test), 1000)])
      for (let length = 0; length < bytes.length; length += 61)
        use(bytes.subarray(0, length), length);
  });

  it('may have random bytes anywhere', () => {
    for (const [from, whole] of [buildKdump(test), flatten(buildKdump(test), 1000)].entries())
      for (let seed = 1; seed <= 400; seed++) {
        const random = randomNumbers(seed);
        const bytes = new Uint8Array(whole);
        for (let change = 0; change < 8; change++) {
          // Most of a file is pages and holes: what is said in headers is met more often.
          const places = [464, 4096 + 104, 13000, bytes.length];
          bytes[random(places[random(4)] ?? 1)] = random(256);
        }
        bytes.set(whole.subarray(0, from === 0 ? 8 : 16));
        use(bytes, seed);
      }
  });
});

/** Reads all that there is: it ends, with an answer or one of our errors. */
function use(bytes: Uint8Array, place: number): void {
  try {
    const dump = open(bytes);
    for (const { physicalAddress = 0n } of dump.segments.slice(0, 10))
      try {
        dump.physical.read(physicalAddress, 8);
      } catch (error) {
        if (!(error instanceof FormatError || error instanceof FaultError)) throw error;
      }
    for (const { text } of dump.warnings) assert.doesNotMatch(text, /undefined|NaN|\[object/);
  } catch (error) {
    if (!(error instanceof FormatError)) throw new Error(`at ${place}`, { cause: error });
  }
}
