/** The core writer: what we write we read; what is the same is written once. */
import assert from 'node:assert/strict';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { writeCore } from '../../dump-format/core-writer.ts';
import { FaultError } from '../../dump-format/errors.ts';
import { packSources } from '../../dump-format/source-archive.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { PN_XNUM } from '../../dump-format/elf/constants.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { buildElf } from './elf-builder.ts';
import { bytesOf, plainDump } from './plain-core.ts';

describe('core writer', () => {
  it('writes what the reader reads', () => {
    const page = (value: number): Uint8Array => new Uint8Array(4096).fill(value);
    const registers = new Map([
      ['rip', 0xffffffff80001234n],
      ['r15', 15n],
      ['gs', 0x33n],
    ]);
    const note = { owner: 'SIMHW', type: 0x53494d31, data: Uint8Array.of(1, 2, 3) };
    const dump = openDump(
      bytesSource(
        bytesOf(
          plainDump({
            cpus: [0, 1, 2].map((cpu) => ({
              cpu,
              registers,
              fxsave: cpu === 1 ? new Uint8Array(512).fill(9) : undefined,
            })),
            panickingCpu: 2,
            segments: [
              {
                virtualAddress: 0xffff0000n,
                physicalAddress: 0x5000n,
                size: 4096,
                flags: 5,
                contents: page(1),
              },
              {
                virtualAddress: 0xffff8000n,
                physicalAddress: undefined,
                size: 4096,
                flags: 4,
                contents: page(2),
              },
              {
                virtualAddress: undefined,
                physicalAddress: 0x7000n,
                size: 4096,
                flags: 6,
                contents: page(3),
              },
            ],
            info: new Map([
              ['OSRELEASE', '5.11'],
              ['SYMBOL(panicstr)', 'fffffffffbc00000'],
            ]),
            notes: [note],
            sources: new Map([['/src/a.c', 'int a;\n']]),
          }),
        ),
        'vmcore',
      ),
    );
    assert.deepEqual(dump.warnings, []);
    assert.deepEqual(
      dump.cpus.map(({ cpu }) => cpu),
      [2, 0, 1],
    );
    assert.equal(dump.cpus[0]?.registers.get('rip'), 0xffffffff80001234n);
    assert.equal(dump.cpus[0]?.registers.get('r15'), 15n);
    assert.equal(dump.cpus[0]?.registers.get('gs'), 0x33n);
    assert.equal(dump.cpus[0]?.registers.get('rax'), 0n);
    assert.equal(dump.cpus[0]?.fxsave, undefined);
    assert.deepEqual(dump.cpus[2]?.fxsave, new Uint8Array(512).fill(9));
    assert.deepEqual(
      [...dump.info],
      [
        ['OSRELEASE', '5.11'],
        ['SYMBOL(panicstr)', 'fffffffffbc00000'],
      ],
    );
    assert.deepEqual(dump.notes.at(-1), note);
    assert.equal(dump.symbols.byName('panic')?.size, 64n);
    assert.equal(dump.sourceText('/src/a.c'), 'int a;\n');
    assert.equal(dump.sourceText('/src/b.c'), undefined);
    assert.deepEqual(dump.virtual.read(0xffff0000n, 4096), page(1));
    assert.deepEqual(dump.physical.read(0x5000n, 4096), page(1));
    assert.deepEqual(dump.virtual.read(0xffff8000n, 4096), page(2));
    assert.deepEqual(dump.physical.read(0x7000n, 4096), page(3));
    assert.throws(() => dump.virtual.readU8(0n), FaultError);
    assert.throws(() => dump.physical.readU8(0n), FaultError);
    assert.deepEqual(
      dump.segments.map(({ virtualAddress, physicalAddress, size, flags }) => [
        virtualAddress,
        physicalAddress,
        size,
        flags,
      ]),
      [
        [0xffff0000n, 0x5000n, 4096n, 5],
        [0xffff8000n, undefined, 4096n, 4],
        [undefined, 0x7000n, 4096n, 6],
      ],
    );
  });

  it('stores memory that is mapped twice once', () => {
    const contents = new Uint8Array(8192).map((_, index) => index >> 5);
    const whole = {
      virtualAddress: 0x10000n,
      physicalAddress: 0x4000n,
      size: 8192,
      flags: 6,
      contents,
    };
    const alias = { ...whole, virtualAddress: 0x90000n };
    const part = {
      ...whole,
      virtualAddress: 0xa0000n,
      physicalAddress: 0x5000n,
      size: 4096,
      contents: contents.subarray(4096),
    };
    const dump = openDump(
      bytesSource(bytesOf(plainDump({ segments: [whole, alias, part] })), 'vmcore'),
    );
    const offsets = dump.segments.map(({ fileOffset }) => fileOffset);
    const first = offsets[0] ?? 0;
    assert.deepEqual(offsets, [first, first, first + 4096]);
    assert.deepEqual(dump.virtual.read(0x90000n, 8192), contents);
    assert.deepEqual(dump.virtual.read(0xa0000n, 4096), contents.subarray(4096));
    assert.deepEqual(dump.warnings, []);
  });

  it('asks for the contents of a segment in pieces, in order', () => {
    const asked: [number, number][] = [];
    const contents = (offset: number, length: number): Uint8Array => {
      asked.push([offset, length]);
      return new Uint8Array(length).fill(1);
    };
    const size = 2 ** 21 + 4096;
    const chunks = [
      ...writeCore(
        plainDump({
          segments: [{ virtualAddress: 0x1000n, physicalAddress: 0n, size, flags: 6, contents }],
        }),
      ),
    ];
    assert.deepEqual(asked, [
      [0, 2 ** 20],
      [2 ** 20, 2 ** 20],
      [2 ** 21, 4096],
    ]);
    assert.ok(chunks.every(({ length }) => length <= 2 ** 20));
  });

  it('writes more program headers than the header can count', () => {
    const contents = new Uint8Array(4096).fill(7);
    const segments = Array.from({ length: PN_XNUM }, (_, index) => ({
      virtualAddress: BigInt(index + 1) << 16n,
      physicalAddress: 0x1000n,
      size: 4096,
      flags: 6,
      contents,
    }));
    const bytes = bytesOf(plainDump({ segments }));
    assert.equal(new DataView(bytes.buffer).getUint16(56, true), PN_XNUM);
    const dump = openDump(bytesSource(bytes, 'vmcore'));
    assert.deepEqual(dump.warnings, []);
    assert.equal(dump.segments.length, PN_XNUM);
    assert.equal(dump.virtual.readU8(BigInt(PN_XNUM) << 16n), 7);
    assert.ok(bytes.length < 8 * 2 ** 20, 'aliases share their bytes');
  });

  it('shares the bytes of a range inside another, whichever is named first', () => {
    const contents = Uint8Array.from({ length: 3 * 4096 }, (_, index) => index >> 12);
    const whole = {
      virtualAddress: 0xffff_8000_0000_0000n,
      physicalAddress: 0x5000n,
      size: contents.length,
      flags: 6,
      contents,
    };
    const part = {
      virtualAddress: 0x1000n,
      physicalAddress: 0x6000n,
      size: 4096,
      flags: 6,
      contents: contents.subarray(4096, 8192),
    };
    for (const segments of [
      [part, whole],
      [whole, part],
    ]) {
      const bytes = bytesOf(plainDump({ segments }));
      const dump = openDump(bytesSource(bytes, 'vmcore'));
      assert.deepEqual(dump.warnings, []);
      assert.deepEqual(dump.virtual.read(part.virtualAddress, 4096), part.contents);
      assert.deepEqual(dump.virtual.read(whole.virtualAddress, contents.length), contents);
      assert.deepEqual(dump.physical.read(whole.physicalAddress, contents.length), contents);
      const alone = bytesOf(plainDump({ segments: [whole] }));
      assert.ok(bytes.length - alone.length < 4096, 'a header, and no page');
    }
  });

  it('gives the same bytes for the same specification', () => {
    assert.deepEqual(bytesOf(plainDump()), bytesOf(plainDump()));
  });

  it('adds sources to those that the image carries', () => {
    const carried = new Map([
      ['/src/a.c', 'old a'],
      ['/src/b.c', 'old b'],
    ]);
    const image = buildElf({
      type: 2,
      sections: [{ name: '.corewalk.sources', bytes: packSources(carried) }],
    });
    const sources = new Map([
      ['/src/b.c', 'new b'],
      ['/src/c.c', 'new c'],
    ]);
    const dump = openDump(
      bytesSource(
        bytesOf(plainDump({ image: openElf(bytesSource(image, 'unix')), sources })),
        'vmcore',
      ),
    );
    assert.deepEqual(
      ['/src/a.c', '/src/b.c', '/src/c.c'].map((name) => dump.sourceText(name)),
      ['old a', 'old b', 'new c'],
    );
    assert.deepEqual(dump.warnings, []);
  });

  it('keeps line ends out of the lines of the text note', () => {
    const info = new Map([['PANIC', 'bad\nOSRELEASE=fake']]);
    const dump = openDump(bytesSource(bytesOf(plainDump({ info })), 'vmcore'));
    assert.deepEqual([...dump.info], [['PANIC', 'bad OSRELEASE=fake']]);
  });
});
