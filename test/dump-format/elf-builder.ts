/** Builds small ELF files for tests, field by field, in either byte order. */
import type { ByteOrder } from '../../dump-format/byte-reader.ts';
import * as elf from '../../dump-format/elf/constants.ts';
import type { ProgramHeader, Section } from '../../dump-format/elf/headers.ts';
import {
  encodeHeader,
  encodeNote,
  encodeProgramHeaders,
  encodeSectionHeaders,
  nullSection,
} from '../../dump-format/elf/writer.ts';

export interface TestSegment {
  readonly virtualAddress?: bigint;
  readonly physicalAddress?: bigint;
  readonly bytes?: Uint8Array;
  /** `p_memsz`; the bytes' length when absent. */
  readonly memorySize?: bigint;
  readonly type?: number;
  readonly alignment?: number;
  /** Instead of where the bytes are put. */
  readonly offset?: number;
  readonly fileSize?: number;
}

export interface TestSection extends Partial<Omit<Section, 'index' | 'nameOffset' | 'offset'>> {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface TestElf {
  readonly order?: ByteOrder;
  readonly type?: number;
  readonly machine?: number;
  readonly segments?: readonly TestSegment[];
  readonly sections?: readonly TestSection[];
}

/** Header, program headers, contents of segments, contents of sections, section headers. */
export function buildElf(test: TestElf): Uint8Array {
  const order = test.order ?? 'little';
  const segments = test.segments ?? [];
  const parts: Uint8Array[] = [];
  let end = elf.headerBytes + segments.length * elf.programHeaderBytes;
  const put = (bytes: Uint8Array): number => {
    const offset = Math.ceil(end / 8) * 8;
    parts.push(new Uint8Array(offset - end), bytes);
    end = offset + bytes.length;
    return offset;
  };
  const programHeaders = segments.map((segment): ProgramHeader => {
    const bytes = segment.bytes ?? new Uint8Array(0);
    const offset = put(bytes);
    const fileSize = segment.fileSize ?? bytes.length;
    return {
      type: segment.type ?? elf.PT_LOAD,
      flags: 6,
      offset: segment.offset ?? offset,
      virtualAddress: segment.virtualAddress ?? 0n,
      physicalAddress: segment.physicalAddress ?? 0n,
      fileSize,
      memorySize: segment.memorySize ?? BigInt(fileSize),
      alignment: segment.alignment ?? 1,
    };
  });
  const hasSections = test.sections !== undefined || segments.length >= elf.PN_XNUM;
  const sections = hasSections ? [...(test.sections ?? []), nameTable(test.sections ?? [])] : [];
  let nameOffset = 1;
  const sectionHeaders = sections.map(({ bytes, ...section }) => {
    const header = {
      type: elf.SHT_PROGBITS,
      flags: 0,
      address: 0n,
      link: 0,
      info: 0,
      alignment: 1,
      entrySize: 0,
      size: bytes.length,
      ...section,
      nameOffset,
      offset: put(bytes),
    };
    nameOffset += section.name.length + 1;
    return header;
  });
  const header = {
    byteOrder: order,
    osabi: 0,
    type: test.type ?? elf.ET_CORE,
    machine: test.machine ?? elf.EM_X86_64,
    entry: 0n,
    flags: 0,
    programHeaderOffset: segments.length > 0 ? elf.headerBytes : 0,
    programHeaderCount: segments.length,
    sectionHeaderOffset: 0,
    sectionCount: hasSections ? sections.length + 1 : 0,
    sectionNameIndex: hasSections ? sections.length : 0,
  };
  if (hasSections) {
    const table = encodeSectionHeaders([nullSection(header), ...sectionHeaders], order);
    header.sectionHeaderOffset = put(table);
  }
  return join([encodeHeader(header), encodeProgramHeaders(programHeaders, order), ...parts]);
}

function nameTable(sections: readonly TestSection[]): TestSection {
  const names = [...sections.map(({ name }) => name), '.shstrtab'];
  return {
    name: '.shstrtab',
    type: elf.SHT_STRTAB,
    bytes: new TextEncoder().encode(`\0${names.join('\0')}\0`),
  };
}

/** A symbol for `symbolSections`. */
export interface TestSymbol {
  readonly name: string;
  readonly value: bigint;
  readonly size?: bigint;
  /** `STT_*`: 0 none, 1 object, 2 function, 3 section, 4 file, 6 thread-local. */
  readonly type?: number;
  /** `STB_*`: 0 local, 1 global, 2 weak. */
  readonly binding?: number;
  readonly section?: number;
}

/** `.symtab` and `.strtab`, to be the first two sections after the null one. */
export function symbolSections(
  symbols: readonly TestSymbol[],
  order: ByteOrder = 'little',
): TestSection[] {
  const table = new Uint8Array((symbols.length + 1) * elf.symbolBytes);
  const view = new DataView(table.buffer);
  let names = '\0';
  for (const [index, symbol] of symbols.entries()) {
    const offset = (index + 1) * elf.symbolBytes;
    view.setUint32(offset, names.length, order === 'little');
    view.setUint8(offset + 4, ((symbol.binding ?? 1) << 4) | (symbol.type ?? 2));
    view.setUint16(offset + 6, symbol.section ?? 1, order === 'little');
    view.setBigUint64(offset + 8, symbol.value, order === 'little');
    view.setBigUint64(offset + 16, symbol.size ?? 0n, order === 'little');
    names += `${symbol.name}\0`;
  }
  return [
    { name: '.symtab', type: elf.SHT_SYMTAB, link: 2, info: 1, entrySize: 24, bytes: table },
    { name: '.strtab', type: elf.SHT_STRTAB, bytes: new TextEncoder().encode(names) },
  ];
}

/** A note segment with these notes. */
export function noteSegment(
  notes: readonly { readonly owner: string; readonly type: number; readonly data: Uint8Array }[],
  order: ByteOrder = 'little',
): TestSegment {
  const bytes = join(notes.map(({ owner, type, data }) => encodeNote(owner, type, data, order)));
  return { type: elf.PT_NOTE, bytes, memorySize: 0n, alignment: 4 };
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Seeded integers (mulberry32): the same in every run. */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) % limit;
  };
}
