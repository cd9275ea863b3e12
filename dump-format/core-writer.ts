/** Writes crash dumps: ELF64 cores for x86-64 that gdb, lldb, drgn and readelf accept, and that explain themselves. */
import { auxiliaryNote, cpuNotes, fileNotes, pageBytes, processNote } from './core-notes.ts';
import type { CpuRegisters, DumpNote } from './dump.ts';
import * as elf from './elf/constants.ts';
import type { ElfFile } from './elf/elf.ts';
import type { ElfHeader, ProgramHeader, Section } from './elf/headers.ts';
import {
  encodeHeader,
  encodeNote,
  encodeProgramHeaders,
  encodeSectionHeaders,
  nullSection,
  roundUp,
} from './elf/writer.ts';
import { assert } from './errors.ts';
import { imageSection, isCarried, packImage } from './kernel-image.ts';
import { packSources, sourcesSection } from './source-archive.ts';
import { textNoteOwner, textNoteType, writeInfo } from './text-note.ts';

/** A range of memory that goes into the dump. Give virtual ranges that map one physical range as one segment each. */
export interface CoreSegment {
  /** Undefined for memory that no page table maps. */
  readonly virtualAddress: bigint | undefined;
  /** Undefined when it is not known. Segments whose physical ranges lie in one another share their bytes in the file. */
  readonly physicalAddress: bigint | undefined;
  /** Bytes. */
  readonly size: number;
  /** 1 execute, 2 write, 4 read. */
  readonly flags: number;
  /** The bytes, or a function that reads `length` of them at `offset` from the segment's start. */
  readonly contents: Uint8Array | ((offset: number, length: number) => Uint8Array);
}

/** All that a dump is made of. */
export interface CoreSpecification {
  /** The kernel image that ran: its sections are carried, and the whole of it can be extracted again. */
  readonly image: ElfFile;
  /** Name of the kernel's file, as `unix`; tools show it. */
  readonly imageName: string;
  /** Registers by the names of `CpuRegisters`; a missing one is written as 0. */
  readonly cpus: readonly CpuRegisters[];
  /** `cpu` of the CPU that panicked or took the dump: it comes first. */
  readonly panickingCpu: number;
  /** `pr_cursig` of all CPUs: 6 (SIGABRT) for a panic. */
  readonly signal: number;
  readonly segments: readonly CoreSegment[];
  /** Lines of the text note; `BUILD-ID` is added from the image when it is not there. */
  readonly info: ReadonlyMap<string, string>;
  /** Notes of other owners, put behind those of the CPUs. */
  readonly notes: readonly DumpNote[];
  /** Source text by the names that the line table uses. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Bytes of the pieces that large segments are yielded in. */
const pieceBytes = 2 ** 20;

/**
 * Yields the bytes of a dump, first to last.
 *
 * Layout: header, program headers (at 64, where makedumpfile wants them), notes, sections, section
 * headers, segments. What explains the memory comes before it, so a dump that was cut off in transfer
 * still has symbols, types and registers.
 *
 * `EI_OSABI` is Linux whatever the kernel, because lldb reads no core of an unknown system; the text note has the truth.
 */
export function* writeCore(specification: CoreSpecification): Generator<Uint8Array> {
  const notes = joined(encodeNotes(specification));
  const programHeaderCount = specification.segments.length + 1;
  const notesOffset = elf.headerBytes + programHeaderCount * elf.programHeaderBytes;
  const noteRange = { offset: notesOffset, size: notes.length };
  const sections = layOutSections(specification, noteRange, programHeaderCount);
  const segments = layOutSegments(specification.segments, sections.end);
  const note: ProgramHeader = {
    type: elf.PT_NOTE,
    flags: 0,
    offset: notesOffset,
    virtualAddress: 0n,
    physicalAddress: 0n,
    fileSize: notes.length,
    memorySize: 0n,
    alignment: 4,
  };
  const out = new Output();
  yield* out.put(encodeHeader(sections.header));
  yield* out.put(encodeProgramHeaders([note, ...segments.headers], 'little'));
  yield* out.put(notes);
  for (const { offset, bytes } of sections.contents) {
    yield* out.padTo(offset);
    yield* out.put(bytes);
  }
  yield* out.padTo(sections.header.sectionHeaderOffset);
  yield* out.put(encodeSectionHeaders(sections.headers, 'little'));
  for (const { offset, segment } of segments.contents) {
    yield* out.padTo(offset);
    for (let done = 0; done < segment.size; done += pieceBytes)
      yield* out.put(contentsOf(segment, done, Math.min(pieceBytes, segment.size - done)));
  }
}

/** Keeps count of what was written, so that a wrong layout is noticed where it happens. */
class Output {
  #offset = 0;

  *put(bytes: Uint8Array): Generator<Uint8Array> {
    this.#offset += bytes.length;
    if (bytes.length > 0) yield bytes;
  }

  *padTo(offset: number): Generator<Uint8Array> {
    assert(offset >= this.#offset, 'parts of a core are laid out in ascending order');
    yield* this.put(new Uint8Array(offset - this.#offset));
  }
}

function contentsOf(segment: CoreSegment, offset: number, length: number): Uint8Array {
  const bytes =
    typeof segment.contents === 'function'
      ? segment.contents(offset, length)
      : segment.contents.subarray(offset, offset + length);
  assert(bytes.length === length, 'a segment delivers as many bytes as its size says');
  return bytes;
}

/** The panicking CPU comes first: it is the one that debuggers select. */
function encodeNotes(specification: CoreSpecification): Uint8Array[] {
  const { image, imageName, cpus, panickingCpu, signal, info } = specification;
  const first = cpus.filter(({ cpu }) => cpu === panickingCpu);
  assert(first.length === 1, 'the panicking CPU is one of the CPUs');
  const others = cpus.filter(({ cpu }) => cpu !== panickingCpu);
  const lines = new Map(info);
  if (image.buildId !== undefined && !lines.has('BUILD-ID')) lines.set('BUILD-ID', image.buildId);
  return [
    ...[...first, ...others].flatMap((cpu) => cpuNotes(cpu, signal)),
    processNote(imageName),
    auxiliaryNote(image),
    ...fileNotes(image, `/kernel/${imageName}`),
    encodeNote(textNoteOwner, textNoteType, writeInfo(lines), 'little'),
    ...specification.notes.map(({ owner, type, data }) => encodeNote(owner, type, data, 'little')),
  ];
}

interface SectionLayout {
  readonly header: Parameters<typeof encodeHeader>[0];
  readonly headers: readonly Omit<Section, 'index' | 'name'>[];
  readonly contents: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
  /** First offset behind the section headers. */
  readonly end: number;
}

/** The image's sections, index for index, then ours. */
function layOutSections(
  { image, sources }: CoreSpecification,
  notes: { readonly offset: number; readonly size: number },
  programHeaderCount: number,
): SectionLayout {
  const names = new NameTable(image);
  const headers: Omit<Section, 'index' | 'name'>[] = [];
  const contents: { offset: number; bytes: Uint8Array }[] = [];
  let end = notes.offset + notes.size;
  const place = (header: Omit<Section, 'index' | 'name'>, bytes: Uint8Array): void => {
    const offset = roundUp(end, Math.max(1, header.alignment));
    headers.push({ ...header, offset, size: bytes.length });
    contents.push({ offset, bytes });
    end = offset + bytes.length;
  };
  for (const section of image.sections.slice(1)) {
    if (isCarried(section)) place(section, image.storedBytes(section));
    else headers.push({ ...section, type: elf.SHT_NOBITS, offset: end });
  }
  // elfutils shows the notes of sections alone as soon as there is one.
  headers.push({ ...ourSection(names.add('.note')), type: elf.SHT_NOTE, alignment: 4, ...notes });
  place(ourSection(names.add(imageSection)), packImage(image));
  if (sources.size > 0) place(ourSection(names.add(sourcesSection)), packSources(sources));
  const nameSection = ourSection(names.add('.shstrtab'));
  place({ ...nameSection, type: elf.SHT_STRTAB }, names.bytes());
  const header: ElfHeaderToWrite = {
    byteOrder: 'little',
    osabi: elf.ELFOSABI_LINUX,
    type: elf.ET_CORE,
    machine: elf.EM_X86_64,
    entry: 0n,
    flags: 0,
    programHeaderOffset: elf.headerBytes,
    programHeaderCount,
    sectionHeaderOffset: roundUp(end, 8),
    sectionCount: headers.length + 1,
    sectionNameIndex: headers.length,
  };
  const all = [nullSection(header), ...headers];
  return {
    header,
    headers: all,
    contents,
    end: header.sectionHeaderOffset + all.length * elf.sectionHeaderBytes,
  };
}

type ElfHeaderToWrite = Omit<ElfHeader, 'programHeaderSize' | 'sectionHeaderSize'>;

function ourSection(nameOffset: number): Omit<Section, 'index' | 'name'> {
  return {
    nameOffset,
    type: elf.SHT_PROGBITS,
    flags: 0,
    address: 0n,
    offset: 0,
    size: 0,
    link: 0,
    info: 0,
    alignment: 1,
    entrySize: 0,
  };
}

/** The image's section names, so that `sh_name` of its sections stays, with ours behind them. */
class NameTable {
  readonly #parts: Uint8Array[];
  #length: number;

  constructor(image: ElfFile) {
    const table = image.sections[image.header.sectionNameIndex];
    const names = table ? image.storedBytes(table) : new Uint8Array(1);
    this.#parts = [names];
    this.#length = names.length;
  }

  /** Returns the name's offset. */
  add(name: string): number {
    const offset = this.#length;
    const bytes = new TextEncoder().encode(`${name}\0`);
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return offset;
  }

  bytes(): Uint8Array {
    return joined(this.#parts);
  }
}

interface SegmentLayout {
  readonly headers: readonly ProgramHeader[];
  /** Segments that have bytes of their own in the file, ascending. */
  readonly contents: readonly { readonly offset: number; readonly segment: CoreSegment }[];
}

/** Gives each segment a place, page aligned as its address is, or a place in the segment that has its bytes already. */
function layOutSegments(segments: readonly CoreSegment[], start: number): SegmentLayout {
  const ranges = new PhysicalRanges(segments);
  const contents: { offset: number; segment: CoreSegment }[] = [];
  const offsets = new Map<CoreSegment, number>();
  let end = start;
  for (const segment of segments) {
    if (ranges.holderOf(segment) !== undefined) continue;
    const offset = roundUp(end, pageBytes) + inPage(segment);
    contents.push({ offset, segment });
    offsets.set(segment, offset);
    end = offset + segment.size;
  }
  const headers = segments.map((segment) => {
    const { holder, inside } = ranges.holderOf(segment) ?? { holder: segment, inside: 0 };
    const offset = offsets.get(holder);
    assert(offset !== undefined, 'what holds the bytes of others has a place');
    return segmentHeader(segment, offset + inside);
  });
  return { headers, contents };
}

/** Where a segment begins in its first page. */
function inPage({ virtualAddress, physicalAddress }: CoreSegment): number {
  return Number((virtualAddress ?? physicalAddress ?? 0n) % BigInt(pageBytes));
}

function segmentHeader(segment: CoreSegment, offset: number): ProgramHeader {
  return {
    type: segment.virtualAddress === undefined ? elf.PT_PHYSICAL : elf.PT_LOAD,
    flags: segment.flags,
    offset,
    virtualAddress: segment.virtualAddress ?? 0n,
    physicalAddress: segment.physicalAddress ?? elf.unknownPhysicalAddress,
    fileSize: segment.size,
    memorySize: BigInt(segment.size),
    alignment: pageBytes,
  };
}

interface HeldRange {
  readonly holder: CoreSegment;
  /** Bytes from the holder's start. */
  readonly inside: number;
}

/** Which segments have their bytes in another one: each range inside a larger one, whichever is named first. */
class PhysicalRanges {
  /** By page number: the segment that brings the page. */
  readonly #byPage = new Map<bigint, CoreSegment>();
  readonly #held = new Map<CoreSegment, HeldRange>();

  constructor(segments: readonly CoreSegment[]) {
    for (const segment of segments.toSorted((left, right) => right.size - left.size)) {
      const held = this.#find(segment);
      if (held) this.#held.set(segment, held);
      else this.#add(segment);
    }
  }

  /** Undefined for a segment that brings its own bytes. */
  holderOf(segment: CoreSegment): HeldRange | undefined {
    return this.#held.get(segment);
  }

  #add(segment: CoreSegment): void {
    const start = segment.physicalAddress;
    if (start === undefined || segment.size === 0) return;
    const page = BigInt(pageBytes);
    for (let at = start / page; at * page < start + BigInt(segment.size); at++)
      if (!this.#byPage.has(at)) this.#byPage.set(at, segment);
  }

  /** A range that holds all of a segment, at the same alignment. */
  #find(segment: CoreSegment): HeldRange | undefined {
    const start = segment.physicalAddress;
    if (start === undefined) return undefined;
    const holder = this.#byPage.get(start / BigInt(pageBytes));
    const holderStart = holder?.physicalAddress;
    if (!holder || holderStart === undefined || start < holderStart) return undefined;
    const inside = Number(start - holderStart);
    if (inside + segment.size > holder.size) return undefined;
    const isAligned = inPage(segment) === (inPage(holder) + inside) % pageBytes;
    return isAligned ? { holder, inside } : undefined;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
