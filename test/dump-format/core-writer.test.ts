/** The core writer: what we write we read, gdb and readelf accept it, and the kernel image comes out unchanged. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { writeCore, type CoreSpecification } from '../../dump-format/core-writer.ts';
import { FaultError, FormatError, LookupError, UsageError } from '../../dump-format/errors.ts';
import { writeFile } from '../../dump-format/file-sink.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { extractKernel } from '../../dump-format/kernel-image.ts';
import { packSources } from '../../dump-format/source-archive.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { PN_XNUM } from '../../dump-format/elf/constants.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { buildElf, join as joinBytes, symbolSections } from './elf-builder.ts';
import {
  buildKernel,
  hasTool,
  kernelBase,
  kernelSource,
  panickedKernel,
  temporaryDirectory,
} from './kernel-fixture.ts';

/** A dump that needs no compiler. */
function plainDump(changes: Partial<CoreSpecification> = {}): CoreSpecification {
  const image = buildElf({
    type: 2,
    segments: [
      { virtualAddress: 0x1000n, physicalAddress: 0x1000n, bytes: new Uint8Array(64).fill(0x90) },
    ],
    sections: symbolSections([{ name: 'panic', value: 0x1000n, size: 64n }]),
  });
  return {
    image: openElf(bytesSource(image, 'unix')),
    imageName: 'unix',
    panickingCpu: 0,
    signal: 6,
    cpus: [{ cpu: 0, registers: new Map([['rip', 0x1004n]]), fxsave: undefined }],
    segments: [],
    info: new Map(),
    notes: [],
    sources: new Map(),
    ...changes,
  };
}

function bytesOf(specification: CoreSpecification): Uint8Array {
  return joinBytes([...writeCore(specification)]);
}

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

describe('a dump of a kernel of gcc', () => {
  let directory = '';
  let specification: CoreSpecification;
  let kernelPath = '';
  let corePath = '';

  before(function () {
    if (!hasTool('gcc')) return this.skip();
    directory = temporaryDirectory();
    kernelPath = buildKernel(directory);
    specification = panickedKernel(kernelPath);
    corePath = join(directory, 'unix.core');
    writeFile(corePath, writeCore(specification));
  });

  it('needs no other file: symbols, memory, build id and sources are in it', () => {
    const dump = openDump(openFile(corePath));
    const kernel = openElf(openFile(kernelPath));
    assert.equal(dump.kind, 'core');
    assert.equal(dump.buildId, kernel.buildId);
    assert.equal(dump.info.get('BUILD-ID'), kernel.buildId);
    const list = dump.symbols.byName('list');
    assert.ok(list);
    const head = dump.virtual.readU64(list.address);
    assert.equal(dump.symbols.nearestBelow(head)?.name, 'head');
    assert.equal(dump.virtual.readU64(head), 1n);
    assert.equal(dump.sourceText('/src/unix.c'), kernelSource);
    assert.ok(dump.debugInfo);
    dump.close();
  });

  it('gives back the kernel image byte for byte', () => {
    assert.ok(Buffer.from(extractKernel(openFile(corePath))).equals(readFileSync(kernelPath)));
  });

  it('is read by readelf without complaint', function () {
    if (!hasTool('readelf')) return this.skip();
    const read = (option: string): string =>
      execFileSync('sh', ['-c', `readelf ${option} -W "$0" 2>&1`, corePath], { encoding: 'utf8' });
    const all = read('-a');
    assert.doesNotMatch(all, /warning|error|corrupt|bad /i);
    assert.match(all, /Type: +CORE/);
    assert.match(
      all,
      /CORE +0x00000150\tNT_PRSTATUS[^]*CORE +0x00000200\tNT_FPREGSET[^]*CORE +0x00000150\tNT_PRSTATUS/,
    );
    assert.match(all, /KDUMPINFO +0x[0-9a-f]+\tUnknown note type[^]*SIMHW/);
    const symbols = (text: string): string[] =>
      text.split('\n').filter((line) => /^ +\d+: [0-9a-f]{16}/.test(line));
    const kernel = execFileSync('readelf', ['-s', '-W', kernelPath], { encoding: 'utf8' });
    assert.deepEqual(symbols(read('-s')), symbols(kernel));
    assert.equal(
      read('--debug-dump=info'),
      execFileSync('readelf', ['--debug-dump=info', '-W', kernelPath], { encoding: 'utf8' }),
    );
  });

  function gdb(program: string, ...commands: string[]): string {
    const options = commands.flatMap((command) => ['-ex', command]);
    return execFileSync('gdb', ['-nx', '-q', '-batch', ...options, program, corePath], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBUGINFOD_URLS: '', LC_ALL: 'C' },
    });
  }

  it('is debugged by gdb, panicking CPU first, with the extracted kernel', function () {
    if (!hasTool('gdb')) return this.skip();
    const program = join(directory, 'extracted');
    writeFileSync(program, extractKernel(openFile(corePath)));
    const text = gdb(
      program,
      'bt',
      'info threads',
      'p $rax',
      'p/x $r15',
      'p *list->next',
      'p scratch[4999]',
      'x/s version',
      'frame 1',
      'info locals',
      'p *first',
    );
    assert.match(text, /Core was generated by `unix'/);
    assert.match(text, /Program terminated with signal SIGABRT/);
    assert.match(text, /#0 +0x\S+ in panic \(why=0x\S+ <version> "SunOS 5.11"\)/);
    assert.match(text, /#1 +0x\S+ in savectx \(first=0x\S+ <head>\)/);
    assert.match(text, /#2 +0x\S+ in swtch \(\)/);
    assert.match(text, /#3 +0x\S+ in _start \(\)/);
    assert.match(text, /\* 1 +LWP 2 .*panic[^]*2 +LWP 1 .*_start/);
    assert.match(text, /\$1 = 4369/);
    assert.match(text, /\$2 = 0xfffffffffffffffe/);
    assert.match(text, /\$3 = \{value = 2, next = 0x\S+ <tail>\}/);
    assert.match(text, /\$4 = 0/);
    assert.match(text, /<version>:\t"SunOS 5.11"/);
    assert.match(text, /sum = 1/);
    assert.match(text, /\$5 = \{value = 1, next = 0x\S+ <middle>\}/);
  });

  it('agrees with gdb on memory and registers', function () {
    if (!hasTool('gdb')) return this.skip();
    const dump = openDump(openFile(corePath));
    const address = kernelBase + 0x40_0000n + 8192n - 512n;
    const text = gdb(
      kernelPath,
      `x/64gx ${address}`,
      'info registers',
      'info registers fs_base gs_base',
      'p/x $xmm15.v16_int8[0]',
    );
    assert.match(text, /\$1 = 0x7/);
    const words = [...text.matchAll(/^0x[0-9a-f]+:?[^:\n]*:\t(0x\S+)\t(0x\S+)$/gm)].flatMap(
      ([, a, b]) => [a, b],
    );
    assert.equal(words.length, 64);
    for (const [index, word] of words.entries())
      assert.equal(dump.virtual.readU64(address + BigInt(index * 8)), BigInt(word ?? 0));
    const cpu = dump.cpus[0];
    assert.ok(cpu);
    let compared = 0;
    for (const [, name, value] of text.matchAll(/^([a-z][a-z0-9_]+) +(0x[0-9a-f]+) /gm)) {
      const ours = cpu.registers.get(name === 'eflags' ? 'rflags' : (name ?? ''));
      if (ours === undefined) continue;
      assert.equal(ours, BigInt(value ?? 0), name);
      compared++;
    }
    assert.equal(compared, cpu.registers.size);
    dump.close();
  });

  it('warns first of all when the kernel beside it is another build', () => {
    const other = buildKernel(temporaryDirectory(), ['-DOTHER', '-O1']);
    const dump = openDump(openFile(corePath), { program: openFile(other) });
    const kernel = openElf(openFile(other));
    assert.deepEqual(dump.warnings[0], {
      severity: 'error',
      text: `${other} is not the kernel of ${corePath}: build id ${kernel.buildId}, the dump has ${dump.buildId}`,
    });
    assert.equal(
      dump.symbols.byName('list')?.address,
      openDump(openFile(kernelPath)).symbols.byName('list')?.address,
    );
    assert.deepEqual(
      openDump(openFile(corePath), { program: openFile(kernelPath) }).warnings,
      openDump(openFile(corePath)).warnings,
    );
  });

  it('opens without a kernel file that is none', () => {
    const notElf = join(directory, 'unix.c');
    const dump = openDump(openFile(corePath), { program: openFile(notElf) });
    assert.match(
      dump.warnings[0]?.text ?? '',
      /unix\.c: not an ELF file: begins with .*; the kernel file is not used$/,
    );
    assert.ok(dump.symbols.byName('panic'));
  });

  it('takes symbols from the kernel file when the dump has none', function () {
    if (!hasTool('objcopy')) return this.skip();
    const bytes = readFileSync(corePath);
    bytes.writeBigUInt64LE(0n, 40);
    bytes.writeUInt16LE(0, 60);
    const bare = openDump(bytesSource(bytes, 'bare'));
    assert.equal(bare.symbols.count, 0);
    assert.equal(bare.debugInfo, undefined);
    const dump = openDump(bytesSource(bytes, 'bare'), { program: openFile(kernelPath) });
    assert.ok(dump.symbols.byName('panic'));
    assert.ok(dump.debugInfo);
    assert.deepEqual(dump.warnings, []);
  });
});

describe('extracting the kernel', () => {
  it('is refused in one line for a dump that carries none', () => {
    assert.throws(
      () => extractKernel(bytesSource(buildElf({}), 'vmcore')),
      (error) =>
        error instanceof LookupError &&
        error.message === 'vmcore: carries no kernel image (no section .corewalk.image)',
    );
  });

  it('is refused when what is carried is damaged', () => {
    const bytes = bytesOf(plainDump());
    const section = openElf(bytesSource(bytes, 'vmcore')).section('.corewalk.image');
    assert.ok(section);
    bytes.fill(0, section.offset + 12, section.offset + 40);
    assert.throws(() => extractKernel(bytesSource(bytes, 'vmcore')), FormatError);
  });
});

describe('file sink', () => {
  it('writes holes for zeros, and leaves no temporary file', () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'vmcore');
    const chunks = [new Uint8Array(2 ** 20), Uint8Array.of(1, 2, 3), new Uint8Array(2 ** 20)];
    assert.equal(writeFile(path, chunks), 2 ** 21 + 3);
    assert.ok(readFileSync(path).equals(joinBytes(chunks)));
    assert.ok(statSync(path).blocks * 512 < 2 ** 18);
    assert.deepEqual(readdirSync(directory), ['vmcore']);
  });

  it('leaves what was there when the chunks fail', () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'vmcore');
    writeFileSync(path, 'old');
    const failing = function* (): Generator<Uint8Array> {
      yield Uint8Array.of(1);
      throw new FormatError('no more');
    };
    assert.throws(() => writeFile(path, failing()), /no more/);
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assert.deepEqual(readdirSync(directory), ['vmcore']);
  });

  it('says in one line that a place can not be written', () => {
    const path = join(temporaryDirectory(), 'nowhere', 'vmcore');
    assert.throws(
      () => writeFile(path, []),
      (error) => error instanceof UsageError && error.message.includes(path),
    );
    assert.ok(!existsSync(path));
  });
});
