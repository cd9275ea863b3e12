/** A dump of the tiny kernel in tiny.c: built by gcc, its types as BTF, its symbols as kallsyms. */
import { bytesSource } from '../../dump-format/byte-source.ts';
import type { Dump } from '../../dump-format/dump.ts';
import * as elf from '../../dump-format/elf/constants.ts';
import { openElf, type ElfFile } from '../../dump-format/elf/elf.ts';
import { elfSymbols } from '../../dump-format/elf/symbol-table.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { build } from '../dump-format/dwarf/toolchain.ts';
import {
  buildLinuxDump,
  type KernelSymbol,
  type TinyLinux,
} from '../dump-format/linux/linux-builder.ts';

const source = '../../../linux/tiny.c';
/** The second page of the builder's image; the first has the page tables. */
const imageStart = 0xffff_ffff_8900_1000n;

export interface TinyKernel {
  /** The CPU in `panic`; -1 for a running system. */
  readonly panicCpu?: number;
  /** Text of the second message. */
  readonly message?: string;
  readonly depth?: 4 | 5;
  readonly damage?: TinyLinux['damage'];
}

/** The bytes of the dump. */
export function tinyLinuxBytes(kernel: TinyKernel = {}): Uint8Array {
  const message = kernel.message ?? 'Kernel panic - not syncing: x';
  const defines = `-DPANIC_CPU=${kernel.panicCpu ?? 1} -DMESSAGE=${[...message].map((letter) => letter.charCodeAt(0)).join()} -DMESSAGE_LENGTH=${message.length}`;
  const flags = `${defines} -O1 -mcmodel=kernel -fno-pie -fno-asynchronous-unwind-tables`;
  const program = openElf(
    openFile(
      build(
        `${flags} -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-Ttext=${imageStart.toString(16)}`,
        source,
      ),
    ),
  );
  const types = openElf(openFile(build(`${flags} -gbtf -c`, source)));
  const section = types.section('.BTF');
  const symbols = kernelSymbols(program);
  const code = symbols.find(({ name }) => name === 'delay')?.address ?? 0n;
  return buildLinuxDump({
    ...(kernel.depth && { depth: kernel.depth }),
    ...(kernel.damage && { damage: kernel.damage }),
    objects: [{ symbol: '(image)', bytes: flatten(program) }],
    symbols,
    btf: section ? types.sectionBytes(section) : new Uint8Array(0),
    cpus: [
      { rip: code, rsp: code + 0x800n },
      { rip: code + 1n, rsp: code + 0x800n },
    ],
  });
}

export function tinyLinux(kernel: TinyKernel = {}): Dump {
  return openDump(bytesSource(tinyLinuxBytes(kernel), 'vmcore'));
}

/** Loaded sections, as they lie in memory. */
function flatten(program: ElfFile): Uint8Array {
  const loaded = program.sections.filter(
    ({ flags, size, address }) => flags & elf.SHF_ALLOC && size > 0 && address >= imageStart,
  );
  const end = Math.max(...loaded.map(({ address, size }) => Number(address - imageStart) + size));
  const image = new Uint8Array(end);
  for (const section of loaded)
    if (section.type !== elf.SHT_NOBITS)
      image.set(program.sectionBytes(section), Number(section.address - imageStart));
  return image;
}

/** In the order that kallsyms has: by address, per-CPU offsets first. */
function kernelSymbols(program: ElfFile): KernelSymbol[] {
  const table = elfSymbols(program, (error) => {
    throw error;
  });
  const named = [...table.all()].filter(
    ({ name, address, sectionIndex }) => name !== '' && sectionIndex !== 0 && address >= imageStart,
  );
  const symbols = named.map(({ name, address, type, binding }) => {
    const letter = type === 'function' ? 't' : 'd';
    return { name, address, letter: binding === 'global' ? letter.toUpperCase() : letter };
  });
  return [
    { letter: 'A', name: 'current_task', address: 0x100n },
    { letter: 'A', name: 'runqueues', address: 0x108n },
    ...symbols.sort((left, right) => (left.address < right.address ? -1 : 1)),
  ];
}
