/** The three tables that every ELF64 file is made of: the header, program headers and section headers. */
import { ByteReader, type ByteOrder } from '../byte-reader.ts';
import type { ByteSource } from '../byte-source.ts';
import { FormatError } from '../errors.ts';
import * as elf from './constants.ts';

/** `Elf64_Ehdr`; the counts are the real ones, extended numbering resolved. */
export interface ElfHeader {
  readonly byteOrder: ByteOrder;
  /** `EI_OSABI`. */
  readonly osabi: number;
  /** `e_type`: `ET_EXEC`, `ET_DYN`, `ET_CORE` and so on. */
  readonly type: number;
  readonly machine: number;
  readonly entry: bigint;
  readonly flags: number;
  readonly programHeaderOffset: number;
  /** Bytes of one program header in the file. */
  readonly programHeaderSize: number;
  readonly programHeaderCount: number;
  readonly sectionHeaderOffset: number;
  readonly sectionHeaderSize: number;
  readonly sectionCount: number;
  readonly sectionNameIndex: number;
}

/**
 * `Elf64_Phdr`. Offsets and sizes over 2**53 lose low bits, which does no harm:
 * they lie behind the end of every file that can be read.
 */
export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly virtualAddress: bigint;
  readonly physicalAddress: bigint;
  readonly fileSize: number;
  readonly memorySize: bigint;
  readonly alignment: number;
}

/** `Elf64_Shdr`, with its name looked up. */
export interface Section {
  readonly index: number;
  readonly name: string;
  /** `sh_name`. */
  readonly nameOffset: number;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  /** Bytes in the file, or in memory for `SHT_NOBITS`. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
  readonly entrySize: number;
}

/**
 * Reads the header.
 *
 * `e_ehsize`, `e_version` and `EI_OSABI` are not checked: QEMU writes `e_ehsize` 8,
 * and FreeBSD kernel dumps have `e_version` 0 and `EI_OSABI` 255.
 *
 * @throws FormatError when it is no ELF64 file, or the header is cut off
 */
export function readHeader(source: ByteSource): ElfHeader {
  const bytes = source.read(0, elf.headerBytes);
  if (!elf.magic.every((byte, index) => bytes[index] === byte))
    throw new FormatError(
      `${source.name}: not an ELF file: begins with ${describeStart(bytes)}, expected 7f 45 4c 46`,
    );
  const identification = new ByteReader(bytes, 'little', { name: source.name });
  identification.skip('EI_MAG', elf.magic.length);
  const fileClass = identification.u8('EI_CLASS');
  if (fileClass !== elf.ELFCLASS64)
    throw new FormatError(
      `${source.name}: EI_CLASS is ${fileClass}: only ${elf.ELFCLASS64} (ELF64) is read`,
    );
  const data = identification.u8('EI_DATA');
  if (data !== elf.ELFDATA2LSB && data !== elf.ELFDATA2MSB)
    throw new FormatError(`${source.name}: EI_DATA is ${data}, expected 1 or 2`);
  identification.skip('EI_VERSION', 1);
  const osabi = identification.u8('EI_OSABI');
  const order = data === elf.ELFDATA2LSB ? 'little' : 'big';
  return readHeaderFields(new ByteReader(bytes, order, { name: source.name }), order, osabi);
}

function readHeaderFields(reader: ByteReader, byteOrder: ByteOrder, osabi: number): ElfHeader {
  reader.skip('e_ident', 16);
  const type = reader.u16('e_type');
  const machine = reader.u16('e_machine');
  reader.u32('e_version');
  const entry = reader.u64('e_entry');
  const programHeaderOffset = Number(reader.u64('e_phoff'));
  const sectionHeaderOffset = Number(reader.u64('e_shoff'));
  const flags = reader.u32('e_flags');
  reader.u16('e_ehsize');
  const programHeaderSize = reader.u16('e_phentsize');
  const programHeaderCount = reader.u16('e_phnum');
  const sectionHeaderSize = reader.u16('e_shentsize');
  const sectionCount = reader.u16('e_shnum');
  const sectionNameIndex = reader.u16('e_shstrndx');
  return {
    byteOrder,
    osabi,
    type,
    machine,
    entry,
    flags,
    programHeaderOffset,
    programHeaderSize,
    programHeaderCount,
    sectionHeaderOffset,
    sectionHeaderSize,
    sectionCount,
    sectionNameIndex,
  };
}

/** One program header out of the bytes of the table; `offset` bytes from their start. */
export function readProgramHeader(view: DataView, offset: number, little: boolean): ProgramHeader {
  return {
    type: view.getUint32(offset, little),
    flags: view.getUint32(offset + 4, little),
    offset: Number(view.getBigUint64(offset + 8, little)),
    virtualAddress: view.getBigUint64(offset + 16, little),
    physicalAddress: view.getBigUint64(offset + 24, little),
    fileSize: Number(view.getBigUint64(offset + 32, little)),
    memorySize: view.getBigUint64(offset + 40, little),
    alignment: Number(view.getBigUint64(offset + 48, little)),
  };
}

/** One section header out of the bytes of the table, its name not looked up. */
export function readSectionHeader(
  view: DataView,
  offset: number,
  little: boolean,
): Omit<Section, 'index' | 'name'> {
  return {
    nameOffset: view.getUint32(offset, little),
    type: view.getUint32(offset + 4, little),
    flags: Number(BigInt.asUintN(32, view.getBigUint64(offset + 8, little))),
    address: view.getBigUint64(offset + 16, little),
    offset: Number(view.getBigUint64(offset + 24, little)),
    size: Number(view.getBigUint64(offset + 32, little)),
    link: view.getUint32(offset + 40, little),
    info: view.getUint32(offset + 44, little),
    alignment: Number(view.getBigUint64(offset + 48, little)),
    entrySize: Number(view.getBigUint64(offset + 56, little)),
  };
}

function describeStart(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing (the file is empty)';
  return [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
