/** A dump in which every name and every string is hostile: of types, members, enumerators, functions, variables, files and notes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource, joinBytes } from '../../dump-format/byte-source.ts';
import { writeCore } from '../../dump-format/core-writer.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import { elfSymbols } from '../../dump-format/elf/symbol-table.ts';

const start = 0xffffffff80100000n;
const stack = 0xffffffff80200000n;

/** Where the image says that its long string is, and how long it is. */
const longString = 0xffffffff90000000n;
export const longStringBytes = 2 ** 20;

export interface HostileDump {
  readonly bytes: Uint8Array;
  /** The address of what is called `x_` and this, as a line has it. */
  address(name: string): string;
}

export function hostileDump(text: string): HostileDump {
  const file = readFileSync(join(import.meta.dirname, 'image/names.elf'));
  const plain = openElf(bytesSource(file, 'plain'));
  const found = elfSymbols(plain, () => {});
  const image = openElf(bytesSource(renamed(file, text), 'unix'));
  const memory = new Uint8Array(4096);
  for (const section of image.sections)
    if (section.address >= start)
      memory.set(image.sectionBytes(section), Number(section.address - start));
  const address = (name: string): bigint => {
    const [full] = found.withPrefix(`x_${name}_`, 1);
    return (full === undefined ? undefined : found.byName(full)?.address) ?? 0n;
  };
  const frame = new Uint8Array(256);
  new DataView(frame.buffer).setBigUint64(0, found.byName('main')?.address ?? 0n, true);
  const long = Buffer.alloc(longStringBytes, text);
  long[longStringBytes - 1] = 0;
  const segment = (
    virtualAddress: bigint,
    physicalAddress: bigint,
    contents: Uint8Array,
  ): Parameters<typeof writeCore>[0]['segments'][number] => {
    return { virtualAddress, physicalAddress, size: contents.length, flags: 6, contents };
  };
  const registers = new Map([
    ['rip', address('function')],
    ['rsp', stack],
    ['rdi', address('self')],
  ]);
  const pieces = writeCore({
    image,
    imageName: 'unix',
    panickingCpu: 0,
    signal: 6,
    cpus: [{ cpu: 0, registers, fxsave: undefined }],
    segments: [
      segment(start, 0x100000n, memory),
      segment(stack, 0x200000n, frame),
      segment(longString, 0x300000n, long),
    ],
    info: new Map([['OSRELEASE', text.replaceAll('\n', ' ')]]),
    notes: [{ owner: text.slice(0, 20), type: 1, data: new TextEncoder().encode(text) }],
    sources: new Map(),
  });
  return {
    bytes: joinBytes(Array.from(pieces, (piece) => Uint8Array.from(piece))),
    address: (name) => address(name).toString(16),
  };
}

/** The text instead of the underlines behind each name. */
function renamed(file: Uint8Array, text: string): Uint8Array {
  const hostile = Buffer.from(text);
  const bytes = Buffer.from(file);
  const underlines = Buffer.alloc(hostile.length, '_');
  for (let at = bytes.indexOf('x_'); at >= 0; at = bytes.indexOf('x_', at + 1)) {
    const from = bytes.indexOf(underlines, at + 2);
    if (from >= 0 && from < at + 20) hostile.copy(bytes, from);
  }
  return bytes;
}
