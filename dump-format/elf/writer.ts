/** Encodes the structures of ELF64 files. What is encoded comes from our own code: a wrong value is our bug. */
import type { ByteOrder } from '../byte-reader.ts';
import * as elf from './constants.ts';
import type { ElfHeader, ProgramHeader, Section } from './headers.ts';

/** Encodes the header. Counts over 16 bits are written as the marks that point to section 0. */
export function encodeHeader(
  header: Omit<ElfHeader, 'programHeaderSize' | 'sectionHeaderSize'>,
): Uint8Array {
  const bytes = new Uint8Array(elf.headerBytes);
  const view = new DataView(bytes.buffer);
  const little = header.byteOrder === 'little';
  bytes.set(elf.magic);
  bytes[4] = elf.ELFCLASS64;
  bytes[5] = little ? elf.ELFDATA2LSB : elf.ELFDATA2MSB;
  bytes[6] = 1;
  bytes[7] = header.osabi;
  view.setUint16(16, header.type, little);
  view.setUint16(18, header.machine, little);
  view.setUint32(20, 1, little);
  view.setBigUint64(24, header.entry, little);
  view.setBigUint64(32, BigInt(header.programHeaderOffset), little);
  view.setBigUint64(40, BigInt(header.sectionHeaderOffset), little);
  view.setUint32(48, header.flags, little);
  view.setUint16(52, elf.headerBytes, little);
  view.setUint16(54, elf.programHeaderBytes, little);
  view.setUint16(56, Math.min(header.programHeaderCount, elf.PN_XNUM), little);
  view.setUint16(58, elf.sectionHeaderBytes, little);
  view.setUint16(60, isExtendedSection(header.sectionCount) ? 0 : header.sectionCount, little);
  const isExtendedName = isExtendedSection(header.sectionNameIndex);
  view.setUint16(62, isExtendedName ? elf.SHN_XINDEX : header.sectionNameIndex, little);
  return bytes;
}

/** Section 0: null, and the counts that don't fit the header. */
export function nullSection(
  header: Pick<ElfHeader, 'programHeaderCount' | 'sectionCount' | 'sectionNameIndex'>,
): Omit<Section, 'index' | 'name'> {
  return {
    nameOffset: 0,
    type: elf.SHT_NULL,
    flags: 0,
    address: 0n,
    offset: 0,
    size: isExtendedSection(header.sectionCount) ? header.sectionCount : 0,
    link: isExtendedSection(header.sectionNameIndex) ? header.sectionNameIndex : 0,
    info: header.programHeaderCount >= elf.PN_XNUM ? header.programHeaderCount : 0,
    alignment: 0,
    entrySize: 0,
  };
}

function isExtendedSection(index: number): boolean {
  return index >= elf.SHN_LORESERVE;
}

/** Encodes program headers, one after another. */
export function encodeProgramHeaders(
  headers: readonly ProgramHeader[],
  order: ByteOrder,
): Uint8Array {
  const bytes = new Uint8Array(headers.length * elf.programHeaderBytes);
  const view = new DataView(bytes.buffer);
  const little = order === 'little';
  for (const [index, header] of headers.entries()) {
    const offset = index * elf.programHeaderBytes;
    view.setUint32(offset, header.type, little);
    view.setUint32(offset + 4, header.flags, little);
    view.setBigUint64(offset + 8, BigInt(header.offset), little);
    view.setBigUint64(offset + 16, header.virtualAddress, little);
    view.setBigUint64(offset + 24, header.physicalAddress, little);
    view.setBigUint64(offset + 32, BigInt(header.fileSize), little);
    view.setBigUint64(offset + 40, header.memorySize, little);
    view.setBigUint64(offset + 48, BigInt(header.alignment), little);
  }
  return bytes;
}

/** Encodes section headers, one after another. */
export function encodeSectionHeaders(
  sections: readonly Omit<Section, 'index' | 'name'>[],
  order: ByteOrder,
): Uint8Array {
  const bytes = new Uint8Array(sections.length * elf.sectionHeaderBytes);
  const view = new DataView(bytes.buffer);
  const little = order === 'little';
  for (const [index, section] of sections.entries()) {
    const offset = index * elf.sectionHeaderBytes;
    view.setUint32(offset, section.nameOffset, little);
    view.setUint32(offset + 4, section.type, little);
    view.setBigUint64(offset + 8, BigInt(section.flags), little);
    view.setBigUint64(offset + 16, section.address, little);
    view.setBigUint64(offset + 24, BigInt(section.offset), little);
    view.setBigUint64(offset + 32, BigInt(section.size), little);
    view.setUint32(offset + 40, section.link, little);
    view.setUint32(offset + 44, section.info, little);
    view.setBigUint64(offset + 48, BigInt(section.alignment), little);
    view.setBigUint64(offset + 56, BigInt(section.entrySize), little);
  }
  return bytes;
}

/** Encodes a note; owner and descriptor are padded to four bytes. */
export function encodeNote(
  owner: string,
  type: number,
  data: Uint8Array,
  order: ByteOrder,
): Uint8Array {
  const name = new TextEncoder().encode(`${owner}\0`);
  const dataOffset = elf.noteHeaderBytes + roundUp(name.length, 4);
  const bytes = new Uint8Array(dataOffset + roundUp(data.length, 4));
  const view = new DataView(bytes.buffer);
  const little = order === 'little';
  view.setUint32(0, name.length, little);
  view.setUint32(4, data.length, little);
  view.setUint32(8, type, little);
  bytes.set(name, elf.noteHeaderBytes);
  bytes.set(data, dataOffset);
  return bytes;
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
