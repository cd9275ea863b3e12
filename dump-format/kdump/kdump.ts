/** Compressed kdumps, which makedumpfile and QEMU write, read as the ELF core of physical memory that they stand for. */
import { joinBytes, type ByteSource } from '../byte-source.ts';
import { decompress } from '../decompress.ts';
import * as elf from '../elf/constants.ts';
import type { ProgramHeader } from '../elf/headers.ts';
import {
  encodeHeader,
  encodeNote,
  encodeProgramHeaders,
  encodeSectionHeaders,
  nullSection,
} from '../elf/writer.ts';
import { FormatError } from '../errors.ts';
import { vmcoreinfoOwner } from '../linux/vmcoreinfo.ts';
import { isInFile, readDescriptors, type Descriptor } from './descriptors.ts';
import { readKdumpHeader, type FilePart, type KdumpHeader } from './header.ts';
import { unpackLzo } from './lzo.ts';
import { readPageMap, type PageMap } from './page-map.ts';

/** Bytes of the notes. */
export const maximumNoteBytes = 2 ** 26;

/** `page_desc.flags`. */
const zlibFlag = 1;
const lzoFlag = 2;
const snappyFlag = 4;
const zstdFlag = 0x20;

/** Descriptors that are read at once when pages follow one another. */
const descriptorsAtOnce = 64;

/**
 * A compressed kdump as an ELF core: a program header for each run of pages, the pages in their order.
 *
 * The n-th page of the core is that of the n-th descriptor: no table between them is needed. Pages are unpacked when they are read,
 * and kept by whoever reads.
 *
 * @throws FormatError when the headers are cut off or make no sense
 */
export function kdumpSource(source: ByteSource): ByteSource {
  const header = readKdumpHeader(source);
  const damages = [...(source.damages ?? [])];
  const pages = readPageMap(source, header, (sentence) =>
    damages.push(`${source.name}: ${sentence}`),
  );
  if (header.isIncomplete)
    damages.push(`${source.name}: incomplete: makedumpfile could not write all pages`);
  const front = elfFront(header, pages, readNotes(source, header, damages));
  return new KdumpSource(source, header, pages, front, damages);
}

class KdumpSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly damages: readonly string[];
  readonly #source: ByteSource;
  readonly #header: KdumpHeader;
  readonly #front: Uint8Array;
  readonly #isCut: boolean;
  #first = -1;
  #descriptors: readonly Descriptor[] = [];

  constructor(
    source: ByteSource,
    header: KdumpHeader,
    pages: PageMap,
    front: Uint8Array,
    damages: readonly string[],
  ) {
    this.name = source.name;
    this.#source = source;
    this.#header = header;
    this.#front = front;
    this.damages = damages;
    this.#isCut = pages.isCut;
    this.size = front.length + pages.descriptorCount * header.pageSize;
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(this.size, offset + length);
    const pieces: Uint8Array[] = [];
    for (let at = offset; at < end;) {
      const piece = this.#piece(at).subarray(0, end - at);
      if (piece.length === end - offset) return piece;
      pieces.push(piece);
      at += piece.length;
    }
    return joinBytes(pieces);
  }

  close(): void {
    this.#source.close();
  }

  #piece(at: number): Uint8Array {
    if (at < this.#front.length) return this.#front.subarray(at);
    const { pageSize } = this.#header;
    const place = at - this.#front.length;
    return this.#page(Math.floor(place / pageSize)).subarray(place % pageSize);
  }

  #page(index: number): Uint8Array {
    const { pageSize } = this.#header;
    const descriptor = this.#descriptor(index);
    const { offset, size, flags } = descriptor;
    const what = `${this.name}: page ${index}`;
    // No program header has a page that is lost: it is read beside its neighbours, and shown to nobody.
    if (this.#isCut && !isInFile(this.#source, descriptor)) return new Uint8Array(pageSize);
    if (size > pageSize || !isInFile(this.#source, descriptor))
      throw new FormatError(
        `${what}: ${size} bytes at offset 0x${offset.toString(16)} are not in the file`,
      );
    const bytes = unpackPage(this.#source.read(offset, size), flags, what, pageSize);
    if (bytes.length !== pageSize)
      throw new FormatError(`${what}: has ${bytes.length} bytes, expected ${pageSize}`);
    return bytes;
  }

  #descriptor(index: number): Descriptor {
    const known = this.#descriptors[index - this.#first];
    if (known) return known;
    this.#first = index;
    this.#descriptors = [...readDescriptors(this.#source, this.#header, index, descriptorsAtOnce)];
    const [descriptor] = this.#descriptors;
    if (descriptor) return descriptor;
    throw new FormatError(`${this.name}: page ${index}: its descriptor is not in the file`);
  }
}

function unpackPage(data: Uint8Array, flags: number, what: string, pageSize: number): Uint8Array {
  if (flags & zlibFlag) return decompress('deflate', data, what, pageSize);
  if (flags & zstdFlag) return decompress('zstd', data, what, pageSize);
  if (flags & snappyFlag)
    throw new FormatError(
      `${what}: is packed with snappy, which is not read: makedumpfile -c packs with zlib`,
    );
  if (!(flags & lzoFlag)) return data;
  try {
    return unpackLzo(data, pageSize);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${what}: ${error.message}`);
  }
}

/** The notes of the file, with one of VMCOREINFO where they lack it. */
function readNotes(source: ByteSource, header: KdumpHeader, damages: string[]): Uint8Array {
  const part = (what: string, { offset, size }: FilePart): Uint8Array => {
    const bytes = source.read(offset, Math.min(size, maximumNoteBytes));
    if (bytes.length < size)
      damages.push(`${source.name}: ${what}: need ${size} bytes, have ${bytes.length}`);
    return bytes;
  };
  const notes = part('notes', header.notes);
  const hasText = new TextDecoder('latin1').decode(notes).includes(`${vmcoreinfoOwner}\0`);
  if (hasText || header.vmcoreinfo.size === 0) return notes;
  const text = part('vmcoreinfo', header.vmcoreinfo);
  return joinBytes([notes, encodeNote(vmcoreinfoOwner, 0, text, header.order)]);
}

/** What stands before the pages: ELF header, program headers, section 0 for a count over 16 bits, notes. */
function elfFront(header: KdumpHeader, { runs }: PageMap, notes: Uint8Array): Uint8Array {
  const count = runs.length + 1;
  const sectionOffset = elf.headerBytes + count * elf.programHeaderBytes;
  const notesOffset = sectionOffset + elf.sectionHeaderBytes;
  const pagesOffset = Math.ceil((notesOffset + notes.length) / header.pageSize) * header.pageSize;
  const base = { flags: 6, virtualAddress: 0n, alignment: 4 };
  const programHeaders: ProgramHeader[] = [
    {
      ...base,
      type: elf.PT_NOTE,
      offset: notesOffset,
      physicalAddress: 0n,
      fileSize: notes.length,
      memorySize: BigInt(notes.length),
    },
  ];
  for (const { page, index, length } of runs)
    programHeaders.push({
      ...base,
      type: elf.PT_LOAD,
      offset: pagesOffset + index * header.pageSize,
      physicalAddress: BigInt(page) * BigInt(header.pageSize),
      fileSize: length * header.pageSize,
      memorySize: BigInt(length) * BigInt(header.pageSize),
    });
  const counts = { programHeaderCount: count, sectionCount: 1, sectionNameIndex: 0 };
  const start = encodeHeader({
    ...counts,
    byteOrder: header.order,
    osabi: 0,
    type: elf.ET_CORE,
    machine: header.machine,
    entry: 0n,
    flags: 0,
    programHeaderOffset: elf.headerBytes,
    sectionHeaderOffset: sectionOffset,
  });
  const front = new Uint8Array(pagesOffset);
  front.set(start);
  front.set(encodeProgramHeaders(programHeaders, header.order), elf.headerBytes);
  front.set(encodeSectionHeaders([nullSection(counts)], header.order), sectionOffset);
  front.set(notes, notesOffset);
  return front;
}
