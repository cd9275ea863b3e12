/** The memory of an ELF file: its segments, by virtual and by physical address. */
import { ChunkCache } from '../chunk-cache.ts';
import type { Memory, MemorySegment } from '../memory.ts';
import { RangeBuilder, zeroFilled, type RangeFaults } from '../ranges.ts';
import { segmentMemory, type AbsentRanges } from '../segment-memory.ts';
import * as elf from './constants.ts';
import type { ElfFile } from './elf.ts';
import type { ProgramHeader } from './headers.ts';

export interface ElfMemory {
  readonly virtual: Memory;
  readonly physical: Memory;
  /** Made when asked for. */
  readonly segments: readonly MemorySegment[];
  /** What is cut off or wraps, one sentence each. */
  readonly warnings: readonly string[];
  /** Which segments are ambiguous, one sentence each. */
  readonly doubts: readonly string[];
}

export interface ElfMemoryOptions {
  /**
   * What `p_memsz` counts beyond `p_filesz`: zeros (the `.bss` of a program),
   * or memory that was not saved (a core). By the file's type when absent.
   */
  readonly tail?: 'zero' | 'absent';
  /** The writer stores some physical memory twice, as Linux's /proc/vmcore does the kernel's image: copies are no doubt. */
  readonly hasCopies?: boolean;
  /** See `ChunkCache`. */
  readonly chunkLimit?: number;
}

/**
 * Memory over the segments of a file.
 *
 * Three conventions for addresses that a dump does not know are understood, so that address 0 and a NULL pointer
 * stay absent: all `p_vaddr` 0 (`QEMU dump-guest-memory`, physical only), all `p_paddr` 0 (a user core), and
 * `p_paddr` all ones (Linux).
 */
export function elfMemory(file: ElfFile, options: ElfMemoryOptions = {}): ElfMemory {
  const tail = options.tail ?? (file.header.type === elf.ET_CORE ? 'absent' : 'zero');
  const known = knownAddresses(file);
  const warnings: string[] = [];
  const doubts: string[] = [];
  const chunks = new ChunkCache(file.source, options.chunkLimit);
  const addressSpace = (
    space: 'virtual' | 'physical',
    addressOf: (header: ProgramHeader) => bigint | undefined,
  ): Memory => {
    const built = buildSpace(file, tail, addressOf);
    warnings.push(...describeWraps(file.name, space, built.faults));
    if (space === 'virtual' || options.hasCopies !== true)
      doubts.push(...describeOverlaps(file.name, space, built.faults));
    return segmentMemory(chunks, file.byteOrder, built.present, built.absent);
  };
  const virtual = addressSpace('virtual', (header) => virtualAddress(header, known));
  const physical = addressSpace('physical', (header) => physicalAddress(header, known));
  warnings.push(...describeCuts(file));
  let segments: readonly MemorySegment[] | undefined;
  return {
    virtual,
    physical,
    get segments() {
      segments ??= listSegments(file, known);
      return segments;
    },
    warnings,
    doubts,
  };
}

function isMemory(header: ProgramHeader): boolean {
  return header.type === elf.PT_LOAD || header.type === elf.PT_PHYSICAL;
}

/** Which of the two addresses mean something in this file. */
interface KnownAddresses {
  readonly hasVirtual: boolean;
  readonly hasPhysical: boolean;
  readonly isCore: boolean;
}

function knownAddresses(file: ElfFile): KnownAddresses {
  const isCore = file.header.type === elf.ET_CORE;
  let hasVirtual = false;
  let hasPhysical = false;
  for (const header of file.programHeaders()) {
    if (!isMemory(header)) continue;
    hasVirtual ||= header.type === elf.PT_LOAD && header.virtualAddress !== 0n;
    hasPhysical ||= ![0n, elf.unknownPhysicalAddress].includes(header.physicalAddress);
  }
  // All zero: a single page at physical 0 of a core without virtual addresses, or nothing at all.
  if (isCore && !hasVirtual && !hasPhysical) return { hasVirtual, hasPhysical: true, isCore };
  return isCore
    ? { hasVirtual, hasPhysical, isCore }
    : { hasVirtual: true, hasPhysical: true, isCore };
}

function virtualAddress(header: ProgramHeader, known: KnownAddresses): bigint | undefined {
  if (!known.hasVirtual || header.type === elf.PT_PHYSICAL) return undefined;
  // In a core that has both, a segment without a virtual address is memory that no page table names.
  const isPhysicalOnly = known.isCore && known.hasPhysical && header.virtualAddress === 0n;
  return isPhysicalOnly ? undefined : header.virtualAddress;
}

function physicalAddress(header: ProgramHeader, known: KnownAddresses): bigint | undefined {
  if (!known.hasPhysical || header.physicalAddress === elf.unknownPhysicalAddress) return undefined;
  return header.physicalAddress;
}

function buildSpace(
  file: ElfFile,
  tail: 'zero' | 'absent',
  addressOf: (header: ProgramHeader) => bigint | undefined,
): {
  readonly present: ReturnType<RangeBuilder['build']>['ranges'];
  readonly absent: readonly AbsentRanges[];
  readonly faults: RangeFaults;
} {
  const present = new RangeBuilder();
  const cutOff = new RangeBuilder();
  const notSaved = new RangeBuilder();
  for (const header of file.programHeaders()) {
    if (!isMemory(header)) continue;
    const address = addressOf(header);
    if (address === undefined) continue;
    const inFile = presentBytes(header, file.source.size);
    present.add(address, BigInt(inFile), header.offset);
    const cut = header.fileSize - inFile;
    if (cut > 0) cutOff.add(wrap(address + BigInt(inFile)), BigInt(cut), 0);
    const rest = header.memorySize - BigInt(header.fileSize);
    const restStart = wrap(address + BigInt(header.fileSize));
    if (tail === 'zero') present.add(restStart, rest, zeroFilled);
    else notSaved.add(restStart, rest, 0);
  }
  const { ranges, faults } = present.build();
  const absent = [
    { ranges: cutOff.build().ranges, reason: 'the dump is cut off before it' },
    { ranges: notSaved.build().ranges, reason: 'not saved in the dump' },
  ].filter((each) => each.ranges.count > 0);
  return { present: ranges, absent, faults };
}

/** Bytes of a segment that the file really has. */
function presentBytes(header: ProgramHeader, fileBytes: number): number {
  return Math.max(0, Math.min(header.fileSize, fileBytes - header.offset));
}

function describeWraps(name: string, space: string, { wrapped }: RangeFaults): string[] {
  if (wrapped === 0) return [];
  return [`${name}: ${wrapped} of the segments ran past the last ${space} address: cut there`];
}

function describeOverlaps(name: string, space: string, faults: RangeFaults): string[] {
  if (faults.overlapping === 0) return [];
  return [
    `${name}: ${faults.overlapping} of the segments overlapped others in ${space} addresses, ` +
      `first at ${faults.firstOverlap?.toString(16)}: the one that starts first is used`,
  ];
}

/** Tells how much of the segments is behind the end of the file. */
function describeCuts(file: ElfFile): string[] {
  let cutSegments = 0;
  let lost = 0;
  let needed = 0;
  for (const header of file.programHeaders()) {
    if (!isMemory(header)) continue;
    const cut = header.fileSize - presentBytes(header, file.source.size);
    if (cut <= 0) continue;
    cutSegments++;
    lost += cut;
    needed = Math.max(needed, header.offset + header.fileSize);
  }
  if (cutSegments === 0) return [];
  return [
    `${file.name}: truncated: has ${file.source.size} bytes, its segments need ${needed}: ` +
      `${lost} bytes in ${cutSegments} of the segments are missing`,
  ];
}

function listSegments(file: ElfFile, known: KnownAddresses): MemorySegment[] {
  const segments: MemorySegment[] = [];
  for (const header of file.programHeaders()) {
    if (!isMemory(header)) continue;
    segments.push({
      virtualAddress: virtualAddress(header, known),
      physicalAddress: physicalAddress(header, known),
      size: BigInt(presentBytes(header, file.source.size)),
      fileOffset: header.offset,
      flags: header.flags,
    });
  }
  return segments;
}

function wrap(address: bigint): bigint {
  return BigInt.asUintN(64, address);
}
