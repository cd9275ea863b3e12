/** A dump of Linux opens by what it says of itself: page tables, KASLR, kallsyms. */
import assert from 'node:assert/strict';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import type { Dump } from '../../../dump-format/dump.ts';
import { FaultError, FormatError } from '../../../dump-format/errors.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { buildElf, randomNumbers, symbolSections } from '../elf-builder.ts';
import { encodeBtf, signedInt } from './btf-builder.ts';
import { buildLinuxDump, word, type TinyLinux } from './linux-builder.ts';

const longName = 'a_name_of_more_than_127_letters_'.repeat(8);

const image: TinyLinux = {
  btf: encodeBtf([signedInt]),
  objects: [
    { symbol: 'startup', letter: 'T', bytes: new Uint8Array(0x100) },
    { symbol: 'init_task', bytes: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]) },
    { symbol: 'two_pages', bytes: new Uint8Array(8192).fill(7) },
  ],
  symbols: [
    { letter: 'A', name: 'runqueues', address: 0x31c40n },
    { letter: 't', name: longName, address: 0xffffffff89000800n },
  ],
};

function open(linux: TinyLinux = image): Dump {
  return openDump(bytesSource(buildLinuxDump(linux), 'vmcore'));
}

function warnings(dump: Dump): string {
  return dump.warnings.map(({ severity, text }) => `${severity}: ${text}`).join('\n');
}

describe('a dump of Linux', () => {
  for (const depth of [4, 5] as const)
    it(`is read through its page tables of ${depth} levels, with phys_base negative`, () => {
      const dump = open({ ...image, depth });
      assert.equal(warnings(dump), '');
      const task = dump.symbols.byName('init_task')?.address ?? 0n;
      assert.equal(dump.virtual.readU64(task), 0x0807060504030201n);
      assert.equal(dump.virtual.readU32(task + 1n), 0x05040302);
      assert.equal(dump.virtual.readU16(task), 0x0201);
      assert.equal(dump.virtual.readU8(task + 7n), 8);
      const two = dump.symbols.byName('two_pages')?.address ?? 0n;
      assert.equal(dump.virtual.readU64(two + 4092n), 0x0707070707070707n);
      assert.deepEqual(dump.virtual.read(two, 8192), new Uint8Array(8192).fill(7));
    });

  it('has nothing at NULL, where physical memory begins', () => {
    const { virtual, physical } = open();
    assert.deepEqual(physical.read(0n, 4), new Uint8Array(4));
    assert.throws(() => virtual.readU64(0n), FaultError);
    assert.throws(() => virtual.read(0xffff800000000000n, 1), FaultError);
    assert.throws(() => virtual.readU64(0x0000800000000000n), FaultError);
  });

  it('says which ranges are present', () => {
    const { virtual } = open();
    const range = virtual.rangeAtOrAbove(0n);
    assert.equal(range?.start, 0xffffffff89000000n);
    assert.equal(virtual.rangeAtOrAbove(range.end), undefined);
    assert.equal(virtual.readAvailable(range.end - 1n, 2).length, 1);
  });

  it('has names of any length, per-CPU offsets that KASLR does not move, and sizes up to the next symbol', () => {
    const { symbols } = open();
    assert.equal(symbols.byName('runqueues')?.address, 0x31c40n);
    assert.equal(symbols.nearestBelow(0x31c41n), undefined);
    assert.deepEqual(symbols.nearestBelow(0xffffffff89000900n), {
      name: longName,
      address: 0xffffffff89000800n,
      size: 0x800n,
      type: 'function',
      binding: 'local',
      sectionIndex: 1,
    });
    assert.equal(symbols.byName('init_tas'), undefined);
    assert.equal(symbols.byName('constructor'), undefined);
    assert.deepEqual(symbols.withPrefix('init', 5), ['init_task']);
    assert.equal([...symbols.all()].length, symbols.count);
  });

  it('gives the control registers that QEMU noted', () => {
    const [cpu] = open().cpus;
    assert.equal(cpu?.registers.get('cr3'), 0x10000n);
    assert.equal(cpu.registers.get('gs_base'), 0xffff888000000000n);
  });

  it('says that a kernel file is not used where KASLR moved the kernel', () => {
    const unix = buildElf({ type: 2, sections: symbolSections([{ name: 'wrong', value: 1n }]) });
    const dump = openDump(bytesSource(buildLinuxDump(image), 'vmcore'), {
      program: bytesSource(unix, 'vmlinux'),
    });
    assert.match(
      warnings(dump),
      /vmlinux is not used: the kernel was moved by 0x8000000 \(KASLR\)/,
    );
    assert.equal(dump.symbols.byName('wrong'), undefined);
    assert.notEqual(dump.symbols.byName('init_task'), undefined);
  });

  it('uses the kernel file where the kernel stands as it was linked', () => {
    const unix = buildElf({ type: 2, sections: symbolSections([{ name: 'right', value: 1n }]) });
    const dump = openDump(bytesSource(buildLinuxDump({ info: { KERNELOFFSET: '0' } }), 'vmcore'), {
      program: bytesSource(unix, 'vmlinux'),
    });
    assert.equal(dump.symbols.byName('right')?.address, 1n);
  });
});

describe('a dump of Linux that lacks something', () => {
  it('without kallsyms in its note asks for a kernel file', () => {
    const dump = open({ ...image, info: { 'SYMBOL(kallsyms_names)': undefined } });
    assert.match(
      warnings(dump),
      /does not say where the symbols of the kernel are, and they were not found: give its vmlinux$/,
    );
    assert.equal(dump.symbols.count, 0);
    assert.equal(dump.virtual.readU64(0xffffffff89000ff8n) & 0xfffn, 0x63n);
  });

  it('without page tables has what its segments have', () => {
    const dump = open({ ...image, info: { 'SYMBOL(swapper_pg_dir)': 'nonsense' } });
    assert.match(warnings(dump), /names no page tables/);
  });

  it('says what is wrong with its symbols', () => {
    const damaged = (name: string, change: (bytes: Uint8Array) => Uint8Array): string => {
      const damage: TinyLinux['damage'] = (table, bytes) =>
        table === name ? change(bytes) : bytes;
      const dump = open({ ...image, damage });
      assert.equal(dump.symbols.count, 0);
      return warnings(dump);
    };
    assert.match(
      damaged('kallsyms_num_syms', () => word(0xffffffff, 4)),
      /error: vmcore: the kernel's own symbols can't be read: kallsyms_num_syms: 4294967295 is over the limit of 4194304 \(maximumKallsyms\)/,
    );
    assert.match(
      damaged('kallsyms_num_syms', () => word(100_000, 4)),
      /kallsyms|failed to read/,
    );
    assert.match(
      damaged('kallsyms_token_index', (bytes) => bytes.fill(0xff)),
      /kallsyms_token_table: token \d+ at \d+ is outside/,
    );
  });

  it('says when the kernel has no types, or has them damaged', () => {
    assert.match(warnings(open()), /^$/);
    assert.match(
      warnings(open({ ...image, btf: new Uint8Array(64) })),
      /types can't be read: BTF: magic is 0, expected eb9f/,
    );
    const { btf, ...without } = image;
    assert.ok(btf);
    assert.match(warnings(open(without)), /the kernel has no BTF/);
  });

  it('may have random bytes anywhere', () => {
    const whole = buildLinuxDump(image);
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomNumbers(seed);
      const bytes = new Uint8Array(whole);
      for (let change = 0; change < 40; change++) bytes[random(bytes.length)] = random(256);
      use(bytes, `seed ${seed}`);
    }
  });

  it('may be cut off', () => {
    const whole = buildLinuxDump(image);
    for (let length = 0; length < whole.length; length += 997)
      use(whole.subarray(0, length), `${length}`);
  });
});

/** Page tables that refer to themselves are a map without end. */
describe('page tables in a circle', () => {
  it('are searched up to a limit', () => {
    const bytes = buildLinuxDump();
    const dump = openDump(bytesSource(bytes, 'vmcore'));
    const offset = dump.segments[0]?.fileOffset ?? 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let index = 0; index < 512; index++)
      view.setBigUint64(offset + 0x10000 + index * 8, 0x10000n | 0x3n, true);
    const hostile = openDump(bytesSource(bytes, 'vmcore'));
    assert.equal(hostile.virtual.rangeAtOrAbove(0n)?.start, 0n);
    assert.equal(hostile.virtual.readU64(0n), 0x10003n);
  });
});

function use(bytes: Uint8Array, place: string): void {
  try {
    const dump = openDump(bytesSource(bytes, 'vmcore'));
    dump.symbols.byName('init_task');
    dump.symbols.nearestBelow(0xffffffff89000900n);
    dump.symbols.withPrefix('', 3);
    dump.virtual.rangeAtOrAbove(0n);
    dump.virtual.readAvailable(0xffffffff89000000n, 70_000);
    for (const { text } of dump.warnings)
      assert.doesNotMatch(text, /undefined|NaN|\[object/, place);
  } catch (error) {
    if (!(error instanceof FormatError)) throw new Error(place, { cause: error });
  }
}
