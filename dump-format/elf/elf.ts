/** Reads ELF64 files: executables, shared objects and cores, little and big endian, damaged ones as far as they go. */
import { decodeText, type ByteOrder } from '../byte-reader.ts';
import type { ByteSource } from '../byte-source.ts';
import type { DumpNote } from '../dump.ts';
import { FormatError } from '../errors.ts';
import { decompressSection } from './compressed-section.ts';
import * as elf from './constants.ts';
import {
  readHeader,
  readProgramHeader,
  readSectionHeader,
  type ElfHeader,
  type ProgramHeader,
  type Section,
} from './headers.ts';
import { buildIdOf, readNotes } from './notes.ts';

/** Limits on what a table may claim; a file that says more is read up to them, with a warning. */
export const maximumProgramHeaderBytes = 2 ** 28;
export const maximumSectionHeaderBytes = 2 ** 26;
/** Bytes of one note segment. */
export const maximumNoteBytes = 2 ** 26;
/** Bytes of one section, in the file and decompressed. */
export const maximumSectionBytes = 2 ** 30;

/** Longest section name that is read. */
const maximumNameBytes = 4096;

export interface ElfFile {
  readonly source: ByteSource;
  readonly name: string;
  readonly byteOrder: ByteOrder;
  readonly header: ElfHeader;
  /** Program headers that are in the file. */
  readonly programHeaderCount: number;
  /** The program header at an index below `programHeaderCount`; made when asked for. */
  programHeader(index: number): ProgramHeader;
  programHeaders(): Iterable<ProgramHeader>;
  /** By index; the first one is the null section. */
  readonly sections: readonly Section[];
  /** First section of that name. */
  section(name: string): Section | undefined;
  /**
   * Contents, decompressed; empty for `SHT_NOBITS`.
   *
   * @throws FormatError when they are not in the file, too large or can't be decompressed
   */
  sectionBytes(section: Section): Uint8Array;
  /** As `sectionBytes`, but as the file has them. */
  storedBytes(section: Section): Uint8Array;
  /** Notes of the segments; of the sections when there is no note segment. */
  readonly notes: readonly DumpNote[];
  /** GNU build id, lowercase hex: out of segments, else out of sections. */
  readonly buildId: string | undefined;
  /** What is damaged, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Opens an ELF64 file. Reads the header and the tables; contents when asked for.
 *
 * @throws FormatError when it is no ELF64 file or its header is cut off
 */
export function openElf(source: ByteSource): ElfFile {
  return new OpenElf(source);
}

class OpenElf implements ElfFile {
  readonly source: ByteSource;
  readonly header: ElfHeader;
  readonly programHeaderCount: number;
  readonly sections: readonly Section[];
  readonly warnings: string[] = [];
  readonly #programHeaders: DataView;
  readonly #little: boolean;
  #notes: readonly DumpNote[] | undefined;
  #byName: Map<string, Section> | undefined;

  constructor(source: ByteSource) {
    this.source = source;
    const header = readHeader(source);
    this.#little = header.byteOrder === 'little';
    this.header = this.#resolveExtendedCounts(header);
    this.#programHeaders = this.#readProgramHeaders();
    this.programHeaderCount =
      this.#programHeaders.byteLength / Math.max(1, this.header.programHeaderSize);
    this.sections = this.#readSections();
  }

  get name(): string {
    return this.source.name;
  }

  get byteOrder(): ByteOrder {
    return this.header.byteOrder;
  }

  programHeader(index: number): ProgramHeader {
    const offset = index * this.header.programHeaderSize;
    return readProgramHeader(this.#programHeaders, offset, this.#little);
  }

  *programHeaders(): Iterable<ProgramHeader> {
    for (let index = 0; index < this.programHeaderCount; index++) yield this.programHeader(index);
  }

  section(name: string): Section | undefined {
    if (!this.#byName) {
      this.#byName = new Map();
      for (const section of this.sections)
        if (!this.#byName.has(section.name)) this.#byName.set(section.name, section);
    }
    return this.#byName.get(name);
  }

  sectionBytes(section: Section): Uint8Array {
    const stored = this.storedBytes(section);
    if (!(section.flags & elf.SHF_COMPRESSED) || section.type === elf.SHT_NOBITS) return stored;
    const place = { name: `${this.name}: ${printable(section.name)}`, offset: section.offset };
    return decompressSection(stored, this.byteOrder, place, maximumSectionBytes);
  }

  storedBytes(section: Section): Uint8Array {
    if (section.type === elf.SHT_NOBITS || section.type === elf.SHT_NULL) return new Uint8Array(0);
    return this.#exactly(printable(section.name), section.offset, section.size);
  }

  get notes(): readonly DumpNote[] {
    this.#notes ??= this.#readNotes();
    return this.#notes;
  }

  get buildId(): string | undefined {
    return buildIdOf(this.notes) ?? buildIdOf(this.#sectionNotes());
  }

  /** Counts that don't fit their 16 bits are in section 0 (gABI, "Extended section numbering"). */
  #resolveExtendedCounts(header: ElfHeader): ElfHeader {
    const isExtended =
      header.programHeaderCount === elf.PN_XNUM ||
      header.sectionNameIndex === elf.SHN_XINDEX ||
      (header.sectionCount === 0 && header.sectionHeaderOffset !== 0);
    if (!isExtended) return header;
    const bytes = this.source.read(header.sectionHeaderOffset, elf.sectionHeaderBytes);
    if (header.sectionHeaderOffset === 0 || bytes.length < elf.sectionHeaderBytes) {
      this.warnings.push(
        `${this.name}: counts that the header leaves to section 0 are missing: ` +
          `need ${elf.sectionHeaderBytes} bytes, have ${bytes.length} at offset ${hex(header.sectionHeaderOffset)}`,
      );
      // The count is then at least this, and the first ones are worth reading.
      return { ...header, sectionCount: 0 };
    }
    const first = readSectionHeader(viewOf(bytes), 0, this.#little);
    return {
      ...header,
      programHeaderCount:
        header.programHeaderCount === elf.PN_XNUM ? first.info : header.programHeaderCount,
      sectionCount: header.sectionCount === 0 ? first.size : header.sectionCount,
      sectionNameIndex:
        header.sectionNameIndex === elf.SHN_XINDEX ? first.link : header.sectionNameIndex,
    };
  }

  #readProgramHeaders(): DataView {
    const { programHeaderOffset, programHeaderSize, programHeaderCount } = this.header;
    const bytes = this.#readTable('program headers', {
      offset: programHeaderOffset,
      entryBytes: programHeaderSize,
      leastEntryBytes: elf.programHeaderBytes,
      count: programHeaderCount,
      maximumBytes: maximumProgramHeaderBytes,
      limitName: 'maximumProgramHeaderBytes',
    });
    return viewOf(bytes);
  }

  #readSections(): Section[] {
    const { sectionHeaderOffset, sectionHeaderSize, sectionCount, sectionNameIndex } = this.header;
    if (sectionHeaderOffset === 0) return [];
    const bytes = this.#readTable('section headers', {
      offset: sectionHeaderOffset,
      entryBytes: sectionHeaderSize,
      leastEntryBytes: elf.sectionHeaderBytes,
      count: sectionCount,
      maximumBytes: maximumSectionHeaderBytes,
      limitName: 'maximumSectionHeaderBytes',
    });
    const view = viewOf(bytes);
    const headers: Omit<Section, 'index' | 'name'>[] = [];
    for (let offset = 0; offset < bytes.length; offset += sectionHeaderSize)
      headers.push(readSectionHeader(view, offset, this.#little));
    const names = this.#sectionNames(headers[sectionNameIndex]);
    return headers.map((header, index) => ({
      ...header,
      index,
      name: nameAt(names, header.nameOffset),
    }));
  }

  #sectionNames(table: Omit<Section, 'index' | 'name'> | undefined): Uint8Array {
    if (!table || table.type === elf.SHT_NULL) return new Uint8Array(0);
    try {
      return this.#exactly('section names', table.offset, table.size);
    } catch (error) {
      this.#warn(error);
      return new Uint8Array(0);
    }
  }

  /** Reads the entries of a table that are in the file, whole ones only. */
  #readTable(
    what: string,
    table: {
      readonly offset: number;
      readonly entryBytes: number;
      readonly leastEntryBytes: number;
      readonly count: number;
      readonly maximumBytes: number;
      readonly limitName: string;
    },
  ): Uint8Array {
    if (table.count === 0) return new Uint8Array(0);
    if (table.entryBytes < table.leastEntryBytes) {
      this.warnings.push(
        `${this.name}: ${what}: an entry has ${table.entryBytes} bytes, expected at least ${table.leastEntryBytes}`,
      );
      return new Uint8Array(0);
    }
    const left = Math.max(0, this.source.size - table.offset);
    const present = Math.min(table.count, Math.floor(left / table.entryBytes));
    if (present < table.count)
      this.warnings.push(
        `${this.name}: ${what}: need ${table.count * table.entryBytes} bytes for ${table.count} entries, ` +
          `have ${left} at offset ${hex(table.offset)}`,
      );
    const used = Math.min(present, Math.floor(table.maximumBytes / table.entryBytes));
    if (used < present)
      this.warnings.push(
        `${this.name}: ${what}: only the first ${used} of ${table.count} are used (${table.limitName})`,
      );
    const bytes = this.source.read(table.offset, used * table.entryBytes);
    return bytes.subarray(0, bytes.length - (bytes.length % table.entryBytes));
  }

  #readNotes(): DumpNote[] {
    const notes: DumpNote[] = [];
    let hasSegment = false;
    for (const header of this.programHeaders()) {
      if (header.type !== elf.PT_NOTE) continue;
      hasSegment = true;
      for (const note of this.#notesAt(header.offset, header.fileSize, header.alignment))
        notes.push(note);
    }
    return hasSegment ? notes : this.#sectionNotes();
  }

  #sectionNotes(): DumpNote[] {
    return this.sections
      .filter((section) => section.type === elf.SHT_NOTE)
      .flatMap(({ offset, size, alignment }) => this.#notesAt(offset, size, alignment));
  }

  #notesAt(offset: number, size: number, alignment: number): DumpNote[] {
    const bytes = this.source.read(offset, Math.min(size, maximumNoteBytes));
    if (bytes.length < size)
      this.warnings.push(
        `${this.name}: notes: need ${size} bytes, ` +
          `${size > maximumNoteBytes ? `the limit is ${maximumNoteBytes} (maximumNoteBytes)` : `have ${bytes.length}`} at offset ${hex(offset)}`,
      );
    const place = { name: this.name, offset };
    return readNotes(bytes, this.byteOrder, alignment, place, (sentence) =>
      this.warnings.push(sentence),
    );
  }

  #exactly(what: string, offset: number, size: number): Uint8Array {
    const place = `${this.name}: ${what}`;
    if (size > maximumSectionBytes)
      throw new FormatError(
        `${place}: ${size} bytes are over the limit of ${maximumSectionBytes} (maximumSectionBytes)`,
      );
    const bytes = this.source.read(offset, size);
    if (bytes.length < size)
      throw new FormatError(
        `${place}: need ${size} bytes, have ${bytes.length} at offset ${hex(offset)}`,
      );
    return bytes;
  }

  #warn(error: unknown): void {
    if (!(error instanceof FormatError)) throw error;
    this.warnings.push(error.message);
  }
}

/** The NUL-terminated name at an offset of a string table; empty when it lies outside. */
export function nameAt(strings: Uint8Array, offset: number): string {
  return decodeText(strings.subarray(offset, offset + maximumNameBytes));
}

/** A name out of the file, fit for a message. */
function printable(name: string): string {
  return name.replace(/[^ -~]/g, '?');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hex(offset: number): string {
  return `0x${offset.toString(16)}`;
}
