/** A dump of the tiny kernel of `images/`: a thread, lists, a tree, a stack, and memory that only page tables map. */
import { bytesSource, joinBytes } from '../../dump-format/byte-source.ts';
import { writeCore, type CoreSegment } from '../../dump-format/core-writer.ts';
import { openElf, type ElfFile } from '../../dump-format/elf/elf.ts';
import { elfSymbols } from '../../dump-format/elf/symbol-table.ts';
import { tinyImage } from './targets/dwarf.ts';

const textStart = 0xffffffff80100000n;
const stackStart = 0xffffffff80200000n;

/** Mapped by page tables alone, as no segment has it. */
const pagedStart = 0xffffffff80300000n;
const stackBytes = 256;

/** The bytes of the dump, about ten kilobytes. */
export function tinyDump(imageName = 'dwarf5'): Uint8Array {
  const image = openElf(bytesSource(tinyImage(imageName), 'unix'));
  const symbols = elfSymbols(image, (error) => {
    throw error;
  });
  const symbol = (name: string): bigint => {
    const found = symbols.byName(name);
    if (!found) throw new Error(`no symbol ${name}`);
    return found.address;
  };
  const memory = loaded(image);
  const nodes = symbol('nodes');
  const list = memory.subarray(Number(nodes - textStart), Number(nodes - textStart) + 3 * 96);
  const registers = new Map([
    ['rip', symbol('walk') + 8n],
    ['rsp', stackStart + 16n],
    ['rbp', stackStart + 128n],
    ['rdi', nodes],
    ['rbx', symbol('t0')],
    ['rflags', 0x246n],
  ]);
  const physical = (address: bigint, contents: Uint8Array): CoreSegment => ({
    virtualAddress: undefined,
    physicalAddress: address,
    size: contents.length,
    flags: 6,
    contents,
  });
  return joinBytes(
    Array.from(
      writeCore({
        image,
        imageName: 'unix',
        panickingCpu: 0,
        signal: 6,
        cpus: [{ cpu: 0, registers, fxsave: undefined }],
        segments: [
          mapped(textStart, 0x100000n, memory),
          mapped(stackStart, 0x200000n, words(stackOf(symbol('main') + 0x15n, nodes))),
          physical(0x1000n + 511n * 8n, words([0x2003n])),
          physical(0x2000n + 510n * 8n, words([0x3003n])),
          physical(0x3000n + 8n, words([0x4003n, 0xe3n])),
          physical(0x4000n + 256n * 8n, words([0x300003n, 0x100103n])),
          physical(0x300000n, list),
        ],
        info: new Map([['OSRELEASE', '5.11']]),
        notes: [{ owner: 'SIMHW', type: 0x5349_4d31, data: hardwareNote(symbol('sim_cpu')) }],
        sources: new Map(),
      }),
      (piece) => Uint8Array.from(piece),
    ),
  );
}

/** An address that only page tables map. */
export const pagedAddress = pagedStart.toString(16);

function mapped(
  virtualAddress: bigint,
  physicalAddress: bigint,
  contents: Uint8Array,
): CoreSegment {
  return { virtualAddress, physicalAddress, size: contents.length, flags: 6, contents };
}

/** Text and data, as they lie in memory. */
function loaded(image: ElfFile): Uint8Array {
  const sections = image.sections.filter(({ address }) => address >= textStart);
  const end = sections.reduce((last, { address, size }) => {
    const own = Number(address - textStart) + size;
    return Math.max(last, own);
  }, 0);
  const memory = new Uint8Array(end);
  for (const section of sections)
    memory.set(image.sectionBytes(section), Number(section.address - textStart));
  return memory;
}

/** Return addresses and pointers in turn, so that unwinding goes on whatever a frame takes. */
function stackOf(returnAddress: bigint, pointer: bigint): bigint[] {
  const place = (index: number): bigint =>
    index % 3 === 2 ? pointer : index % 3 === 1 ? stackStart + BigInt(index * 8) : returnAddress;
  return Array.from({ length: stackBytes / 8 }, (_, index) => place(index));
}

function words(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setBigUint64(index * 8, value, true);
  return bytes;
}

/** One CPU, whose `struct sim_cpu` has the root of the page tables. Source: docs/platform.md. */
function hardwareNote(table: bigint): Uint8Array {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, 1, true);
  view.setUint32(12, 1, true);
  view.setBigUint64(16, table, true);
  view.setBigUint64(24, 32n, true);
  view.setBigUint64(32, 2_600_000_000n, true);
  return bytes;
}
