/** The least of an ELF64 reader that the DWARF tests need: sections by name, nothing checked. */
import { readFileSync } from 'node:fs';
import type { DwarfSections } from '../../../dump-format/dwarf/sections.ts';

/** Reads the sections of a little-endian ELF64 file that a compiler has just made. */
export function elfSections(path: string): DwarfSections {
  const file = readFileSync(path);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headersOffset = Number(view.getBigUint64(0x28, true));
  const headerSize = view.getUint16(0x3a, true);
  const header = (index: number): number => headersOffset + index * headerSize;
  const namesHeader = header(view.getUint16(0x3e, true));
  const namesOffset = Number(view.getBigUint64(namesHeader + 0x18, true));
  const found = new Map<string, { address: bigint; bytes: Uint8Array }>();
  for (let index = 0; index < view.getUint16(0x3c, true); index++) {
    const at = header(index);
    const nameStart = namesOffset + view.getUint32(at, true);
    const name = file.toString('latin1', nameStart, file.indexOf(0, nameStart));
    const offset = Number(view.getBigUint64(at + 0x18, true));
    const size =
      view.getUint32(at + 4, true) === 8 ? 0 : Number(view.getBigUint64(at + 0x20, true));
    const address = view.getBigUint64(at + 0x10, true);
    found.set(name, { address, bytes: file.subarray(offset, offset + size) });
  }
  return {
    name: path,
    byteOrder: 'little',
    addressSize: 8,
    section: (name) => found.get(name)?.bytes,
    address: (name) => found.get(name)?.address,
  };
}
