/** The ELF reader: what readelf sees we see, and what is damaged is told and passed over. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { deflateSync } from 'node:zlib';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { FormatError } from '../../../dump-format/errors.ts';
import * as elf from '../../../dump-format/elf/constants.ts';
import { openElf, type ElfFile } from '../../../dump-format/elf/elf.ts';
import { buildElf, join, noteSegment, type TestElf } from '../elf-builder.ts';
import { buildKernel, hasTool, temporaryDirectory } from '../kernel-fixture.ts';

function open(bytes: Uint8Array): ElfFile {
  return openElf(bytesSource(bytes, 'vmcore'));
}

function checkRefused(bytes: Uint8Array, message: string): void {
  assert.throws(
    () => open(bytes),
    (error) => error instanceof FormatError && error.message === message,
    message,
  );
}

/** Changes bytes of a built file. */
function patched(test: TestElf, offset: number, ...bytes: number[]): Uint8Array {
  const file = buildElf(test);
  file.set(bytes, offset);
  return file;
}

describe('elf header', () => {
  const small: TestElf = { segments: [{ virtualAddress: 0x1000n, bytes: Uint8Array.of(1, 2, 3) }] };

  it('says in one line why a file is refused', () => {
    const file = buildElf(small);
    checkRefused(
      new Uint8Array(0),
      'vmcore: not an ELF file: begins with nothing (the file is empty), expected 7f 45 4c 46',
    );
    checkRefused(
      new TextEncoder().encode('KDUMP   '),
      'vmcore: not an ELF file: begins with 4b 44 55 4d, expected 7f 45 4c 46',
    );
    checkRefused(file.subarray(0, 4), 'vmcore: EI_CLASS: need 1 bytes, have 0 at offset 0x4');
    checkRefused(file.subarray(0, 56), 'vmcore: e_phnum: need 2 bytes, have 0 at offset 0x38');
    checkRefused(patched(small, 4, 1), 'vmcore: EI_CLASS is 1: only 2 (ELF64) is read');
    checkRefused(patched(small, 5, 3), 'vmcore: EI_DATA is 3, expected 1 or 2');
  });

  it('reads big-endian files as little-endian ones', () => {
    for (const order of ['little', 'big'] as const) {
      const file = open(
        buildElf({
          order,
          machine: elf.EM_PPC64,
          segments: [
            noteSegment([{ owner: 'CORE', type: 7, data: Uint8Array.of(9) }], order),
            { virtualAddress: 0xc000_0000_0000_0000n, bytes: Uint8Array.of(1, 2, 3, 4) },
          ],
          sections: [{ name: '.data', bytes: Uint8Array.of(5, 6) }],
        }),
      );
      assert.equal(file.byteOrder, order);
      assert.equal(file.header.machine, elf.EM_PPC64);
      assert.equal(file.programHeaderCount, 2);
      assert.equal(file.programHeader(1).virtualAddress, 0xc000_0000_0000_0000n);
      assert.deepEqual(file.notes, [{ owner: 'CORE', type: 7, data: Uint8Array.of(9) }]);
      assert.deepEqual(
        file.sections.map(({ name }) => name),
        ['', '.data', '.shstrtab'],
      );
      assert.deepEqual(file.warnings, []);
    }
  });

  it('does not check what QEMU and FreeBSD write wrongly: e_ehsize, e_version, EI_OSABI', () => {
    const file = buildElf(small);
    file[52] = 8;
    file[20] = 0;
    file[7] = 255;
    assert.equal(open(file).programHeader(0).virtualAddress, 0x1000n);
    assert.deepEqual(open(file).warnings, []);
  });
});

describe('elf tables', () => {
  it('finds the count of program headers in section 0 when it does not fit', () => {
    const segments = Array.from({ length: 70_000 }, (_, index) => ({
      virtualAddress: BigInt(index + 1) << 12n,
    }));
    const bytes = buildElf({ segments });
    assert.equal(new DataView(bytes.buffer).getUint16(56, true), elf.PN_XNUM);
    const file = open(bytes);
    assert.equal(file.programHeaderCount, 70_000);
    assert.equal(file.programHeader(69_999).virtualAddress, 70_000n << 12n);
    assert.deepEqual(file.warnings, []);
  });

  it('reads what it can when section 0 is missing', () => {
    const segments = Array.from({ length: 70_000 }, () => ({ virtualAddress: 0x1000n }));
    const bytes = buildElf({ segments });
    const sectionOffset = Number(new DataView(bytes.buffer).getBigUint64(40, true));
    const file = open(bytes.subarray(0, sectionOffset));
    assert.equal(file.programHeaderCount, elf.PN_XNUM);
    assert.deepEqual(file.warnings, [
      `vmcore: counts that the header leaves to section 0 are missing: need 64 bytes, have 0 at offset 0x${sectionOffset.toString(16)}`,
    ]);
  });

  it('finds extended section counts in section 0', () => {
    const sections = Array.from({ length: 66_000 }, (_, index) => ({
      name: `.s${index}`,
      bytes: new Uint8Array(0),
    }));
    const file = open(buildElf({ sections }));
    assert.equal(file.sections.length, 66_002);
    assert.equal(file.section('.s65999')?.index, 66_000);
    assert.deepEqual(file.warnings, []);
  });

  it('keeps whole program headers of a table that is cut off', () => {
    const bytes = buildElf({
      segments: [{ virtualAddress: 0x1000n }, { virtualAddress: 0x2000n }],
    });
    const file = open(bytes.subarray(0, 64 + 56 + 55));
    assert.equal(file.programHeaderCount, 1);
    assert.deepEqual(file.warnings, [
      'vmcore: program headers: need 112 bytes for 2 entries, have 111 at offset 0x40',
    ]);
  });

  it('uses no table whose entries are too small', () => {
    const file = open(patched({ segments: [{ virtualAddress: 0x1000n }] }, 54, 32, 0));
    assert.equal(file.programHeaderCount, 0);
    assert.deepEqual(file.warnings, [
      'vmcore: program headers: an entry has 32 bytes, expected at least 56',
    ]);
  });

  it('refuses section contents that are not in the file, and only those', () => {
    const bytes = buildElf({
      sections: [
        { name: '.good', bytes: Uint8Array.of(1, 2) },
        { name: '.bad', bytes: Uint8Array.of(3), size: 1e15 },
      ],
    });
    const file = open(bytes);
    const [, good, bad] = file.sections;
    assert.ok(good && bad);
    assert.deepEqual(file.sectionBytes(good), Uint8Array.of(1, 2));
    assert.throws(
      () => file.sectionBytes(bad),
      /^FormatError: vmcore: \.bad: 1000000000000000 bytes are over the limit of 1073741824 \(maximumSectionBytes\)$/,
    );
  });
});

describe('elf notes', () => {
  const first = { owner: 'CORE', type: 1, data: Uint8Array.of(1, 2, 3, 4, 5) };
  const second = { owner: 'QEMU', type: 0, data: Uint8Array.of(6) };

  it('pads to four bytes, whatever small alignment the segment has', () => {
    for (const alignment of [0, 1, 4]) {
      const segment = { ...noteSegment([first, second]), alignment };
      assert.deepEqual(open(buildElf({ segments: [segment] })).notes, [first, second]);
    }
  });

  it('pads to eight bytes where the segment is aligned to eight', () => {
    const bytes = new Uint8Array(64);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 4, true);
    view.setUint32(4, 5, true);
    view.setUint32(8, 5, true);
    bytes.set(new TextEncoder().encode('GNU\0'), 12);
    bytes.set([1, 2, 3, 4, 5], 16);
    view.setUint32(24, 4, true);
    view.setUint32(28, 1, true);
    view.setUint32(32, 6, true);
    bytes.set(new TextEncoder().encode('GNU\0'), 36);
    bytes[40] = 7;
    const segment = { type: elf.PT_NOTE, alignment: 8, bytes: bytes.subarray(0, 48) };
    assert.deepEqual(open(buildElf({ segments: [segment] })).notes, [
      { owner: 'GNU', type: 5, data: Uint8Array.of(1, 2, 3, 4, 5) },
      { owner: 'GNU', type: 6, data: Uint8Array.of(7) },
    ]);
  });

  it('passes over empty records and keeps the notes before a damaged one', () => {
    const { bytes = new Uint8Array(0) } = noteSegment([first, second]);
    const damaged = join([
      new Uint8Array(24),
      bytes,
      Uint8Array.of(255, 255, 255, 255, 1, 0, 0, 0, 9, 0, 0, 0),
    ]);
    const file = open(buildElf({ segments: [{ type: elf.PT_NOTE, bytes: damaged }] }));
    assert.deepEqual(file.notes, [first, second]);
    assert.match(
      file.warnings.join('\n'),
      /^vmcore: note: n_namesz 4294967295 and n_descsz 1 exceed the 12 bytes left at offset 0x[0-9a-f]+$/,
    );
  });

  it('reads notes of sections when there is no note segment', () => {
    const { bytes = new Uint8Array(0) } = noteSegment([
      { owner: 'GNU', type: 3, data: Uint8Array.of(0xab, 0x01) },
    ]);
    const file = open(buildElf({ sections: [{ name: '.note', type: elf.SHT_NOTE, bytes }] }));
    assert.equal(file.notes.length, 1);
    assert.equal(file.buildId, 'ab01');
  });
});

describe('compressed sections', () => {
  const text = new TextEncoder().encode('struct ctxop '.repeat(100));

  function section(kind: number, size: number, data: Uint8Array): ElfFile {
    const header = new Uint8Array(24);
    new DataView(header.buffer).setUint32(0, kind, true);
    new DataView(header.buffer).setBigUint64(8, BigInt(size), true);
    const bytes = join([header, data]);
    return open(buildElf({ sections: [{ name: '.debug_str', flags: elf.SHF_COMPRESSED, bytes }] }));
  }

  function contents(file: ElfFile): Uint8Array {
    const found = file.section('.debug_str');
    assert.ok(found);
    return file.sectionBytes(found);
  }

  it('come out decompressed', () => {
    assert.deepEqual(contents(section(1, text.length, deflateSync(text))), text);
  });

  it('are refused when damaged, with the reason', () => {
    const packed = deflateSync(text);
    const cases: [ElfFile, RegExp][] = [
      [section(1, text.length - 1, packed), /deflate data gives more than 1299 bytes/],
      [section(1, text.length + 1, packed), /ch_size is 1301, but the data has 1300 bytes/],
      [section(1, 2 ** 40, packed), /ch_size 1099511627776 is over the limit/],
      [section(1, 2 ** 29, packed), /ch_size 536870912 can't come from \d+ bytes/],
      [
        section(1, text.length, packed.subarray(0, 10)),
        /deflate data is damaged: unexpected end of file/,
      ],
      [section(9, text.length, packed), /ch_type 9 is no known compression/],
      [section(2, text.length, packed), /zstd/],
    ];
    for (const [file, message] of cases)
      assert.throws(
        () => contents(file),
        (error) => error instanceof FormatError && message.test(error.message),
      );
  });

  it('are what objcopy writes', function () {
    if (!hasTool('gcc') || !hasTool('objcopy')) return this.skip();
    const directory = temporaryDirectory();
    const path = buildKernel(directory);
    execFileSync('objcopy', ['--compress-debug-sections=zlib', path, `${path}.z`]);
    const plain = openElf(bytesSource(readFileSync(path), 'unix'));
    const packed = openElf(bytesSource(readFileSync(`${path}.z`), 'unix'));
    const names = packed.sections
      .filter(({ flags }) => flags & elf.SHF_COMPRESSED)
      .map(({ name }) => name);
    assert.ok(names.includes('.debug_info'));
    for (const name of names) assert.deepEqual(bytesOf(packed, name), bytesOf(plain, name), name);
  });

  function bytesOf(file: ElfFile, name: string): Uint8Array {
    const section = file.section(name);
    assert.ok(section, name);
    return file.sectionBytes(section);
  }
});

describe('elf files of gcc', () => {
  it('have the sections, segments and build id that readelf shows', function () {
    if (!hasTool('gcc') || !hasTool('readelf')) return this.skip();
    const directory = temporaryDirectory();
    const path = buildKernel(directory);
    const file = openElf(bytesSource(readFileSync(path), 'unix'));
    const readelf = (option: string): string[] =>
      execFileSync('readelf', [option, '-W', joinPath(directory, 'unix')], {
        encoding: 'utf8',
      }).split('\n');
    const sections = readelf('-S').flatMap((line) => {
      const match = /^ +\[ *\d+\] (\S*) +[A-Z]+ +([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+)/.exec(line);
      return match ? [match.slice(1).join(' ')] : [];
    });
    const hex = (value: number | bigint, digits: number): string =>
      value.toString(16).padStart(digits, '0');
    assert.ok(sections.length > 10);
    assert.deepEqual(
      file.sections.map(
        ({ name, address, offset, size }) =>
          `${name} ${hex(address, 16)} ${hex(offset, 6)} ${hex(size, 6)}`,
      ),
      sections,
    );
    const segments = readelf('-l').flatMap((line) => {
      const match = /^ +(LOAD|NOTE) +(0x\S+) (0x\S+) (0x\S+) (0x\S+) (0x\S+)/.exec(line);
      return match ? [match.slice(2).map(BigInt)] : [];
    });
    assert.equal(segments.length, 3);
    assert.deepEqual(
      [...file.programHeaders()].map((header) => [
        BigInt(header.offset),
        header.virtualAddress,
        header.physicalAddress,
        BigInt(header.fileSize),
        header.memorySize,
      ]),
      segments,
    );
    const [, buildId] = /Build ID: ([0-9a-f]+)/.exec(readelf('-n').join('\n')) ?? [];
    assert.equal(file.buildId, buildId);
  });
});
