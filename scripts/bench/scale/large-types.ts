/** Makes a dump with a struct of thousands of members, many structs of hundreds, and an array of a million elements. Needs gcc. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCore, type CoreSegment } from '../../../dump-format/core-writer.ts';
import { PT_LOAD } from '../../../dump-format/elf/constants.ts';
import { openElf, type ElfFile } from '../../../dump-format/elf/elf.ts';
import { writeFile } from '../../../dump-format/file-sink.ts';
import { openFile } from '../../../dump-format/file-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import type { SymbolTable } from '../../../dump-format/symbols.ts';

export const hugeMembers = 5000;
export const largeMembers = 512;
export const largeStructs = 1000;
export const elements = 1_000_000;

/**
 * Writes `types.vmcore`, and the program `types` for other debuggers.
 *
 * `huge` is a `struct huge`; `large_head` a list of `struct large` by `next`; `numbers` an `int[1000000]` with the square of each
 * index (32 bits of it), `pairs` an array of structs as long.
 *
 * @returns path of the dump
 */
export function writeLargeTypes(folder: string): string {
  writeFileSync(join(folder, 'types.c'), source());
  const flags = '-g -O0 -ffreestanding -mcmodel=kernel -fno-pie -nostdlib -static -no-pie';
  const link = '-Wl,-Ttext=0xffffffff80100000 -Wl,-e,start -Wl,-z,max-page-size=0x1000';
  const words = [...flags.split(' '), ...link.split(' '), 'types.c', '-o', 'types'];
  execFileSync('gcc', words, { cwd: folder, stdio: 'pipe' });
  rmSync(join(folder, 'types.c'));
  const image = openElf(openFile(join(folder, 'types')));
  const { symbols } = openDump(image.source);
  const path = join(folder, 'types.vmcore');
  const entry = image.header.entry;
  writeFile(
    path,
    writeCore({
      image,
      imageName: 'types',
      cpus: [{ cpu: 0, registers: new Map([['rip', entry]]), fxsave: undefined }],
      panickingCpu: 0,
      signal: 6,
      segments: segmentsOf(image, symbols),
      info: new Map([['OSRELEASE', 'bench']]),
      notes: [],
      sources: new Map(),
    }),
  );
  image.source.close();
  return path;
}

/** Everything has a value from the compiler: the memory of the dump is what the image holds. */
function source(): string {
  const members = (count: number): string =>
    Array.from({ length: count }, (_, index) => memberOf(index)).join('\n');
  return [
    'struct pair { int left; int right; };',
    `struct huge {\n${members(hugeMembers)}\n} huge = { 1, 2, 3 };`,
    `struct large { struct large *next;\n${members(largeMembers - 1)}\n};`,
    `struct large large[${largeStructs}];`,
    'struct large *large_head = large;',
    `int numbers[${elements}];`,
    `struct pair pairs[${elements}];`,
    'void start(void) { for (;;) ; }',
  ].join('\n');
}

/** Members of the kinds that a kernel's large structs have. */
function memberOf(index: number): string {
  const kinds = [
    `long m${index};`,
    `unsigned int m${index};`,
    `struct pair m${index};`,
    `char m${index}[8];`,
    `void *m${index};`,
  ];
  return kinds[index % kinds.length] ?? '';
}

/** The image as it lies in memory, with lists linked and arrays filled. */
function segmentsOf(image: ElfFile, symbols: SymbolTable): CoreSegment[] {
  const segments: { start: bigint; flags: number; contents: Buffer }[] = [];
  for (const header of image.programHeaders()) {
    if (header.type !== PT_LOAD || header.memorySize === 0n) continue;
    const contents = Buffer.alloc(Number(header.memorySize));
    contents.set(image.source.read(header.offset, header.fileSize));
    segments.push({ start: header.virtualAddress, flags: header.flags, contents });
  }
  const place = (name: string): Place => {
    const symbol = symbols.byName(name);
    if (!symbol) throw new Error(`there is no ${name}`);
    const { address, size } = symbol;
    const segment = segments.find(
      ({ start, contents }) => address >= start && address < start + BigInt(contents.length),
    );
    if (!segment) throw new Error(`${name} is in no segment`);
    return { address, size, contents: segment.contents, offset: Number(address - segment.start) };
  };
  fillNumbers(place('numbers'), 4);
  fillNumbers(place('pairs'), 8);
  linkStructs(place('large'));
  return segments.map(({ start, flags, contents }) => ({
    virtualAddress: start,
    physicalAddress: undefined,
    size: contents.length,
    flags,
    contents,
  }));
}

/** Where a variable lies. */
interface Place {
  readonly address: bigint;
  readonly size: bigint;
  readonly contents: Buffer;
  readonly offset: number;
}

function fillNumbers({ contents, offset }: Place, stride: number): void {
  for (let index = 0; index < elements; index++)
    contents.writeInt32LE(Math.imul(index, index), offset + index * stride);
}

function linkStructs({ address, size: bytes, contents, offset }: Place): void {
  const size = Number(bytes) / largeStructs;
  for (let index = 0; index + 1 < largeStructs; index++)
    contents.writeBigUInt64LE(address + BigInt((index + 1) * size), offset + index * size);
}
