/** Makes a kernel image for the machine from an ELF executable. */
import type { ByteSource } from '../../dump-format/byte-source.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import type { ElfFile } from '../../dump-format/elf/elf.ts';
import { elfSymbols } from '../../dump-format/elf/symbol-table.ts';
import { FormatError } from '../../dump-format/errors.ts';
import type { ImageSegment, KernelImage } from './machine.ts';

const executable = 2;
const machineX86 = 62;
const loadable = 1;
const noBits = 8;
/** Holds records of two addresses: the `nop` of a schedule point and its name. */
const pointsSection = '.schedule_points';
const longestName = 256;

/** @throws FormatError when the file is no x86-64 executable or is damaged */
export function readKernelImage(source: ByteSource): KernelImage {
  const file = openElf(source);
  if (file.header.type !== executable || file.header.machine !== machineX86)
    throw new FormatError(`${file.name}: e_type, e_machine: not an x86-64 executable`);
  const segments = [...file.programHeaders()]
    .filter((each) => each.type === loadable && each.memorySize > 0n)
    .map((each): ImageSegment => {
      const bytes = source.read(each.offset, each.fileSize).slice();
      if (bytes.length !== each.fileSize)
        throw new FormatError(
          `${file.name}: segment at ${each.offset}: need ${each.fileSize} bytes, have ${bytes.length}`,
        );
      const { virtualAddress, physicalAddress } = each;
      return { virtualAddress, physicalAddress, bytes, memorySize: Number(each.memorySize) };
    });
  const symbols = elfSymbols(file, (error) => {
    throw error;
  });
  return {
    name: file.name,
    entry: file.header.entry,
    segments,
    symbols,
    schedulePoints: readPoints(file, segments),
  };
}

/** Bytes of the image at a virtual address, as far as the file has them. */
export function imageBytes(
  segments: readonly ImageSegment[],
  address: bigint,
  length: number,
): Uint8Array {
  for (const segment of segments) {
    const offset = address - segment.virtualAddress;
    if (offset < 0n || offset >= BigInt(segment.bytes.length)) continue;
    return segment.bytes.subarray(Number(offset), Number(offset) + length);
  }
  return new Uint8Array(0);
}

function readPoints(
  file: ElfFile,
  segments: readonly ImageSegment[],
): ReadonlyMap<string, readonly bigint[]> {
  const points = new Map<string, bigint[]>();
  const section = file.section(pointsSection);
  if (!section || section.type === noBits) return points;
  const bytes = file.sectionBytes(section);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const name = textAt(segments, view.getBigUint64(at + 8, true));
    const addresses = points.get(name) ?? [];
    addresses.push(view.getBigUint64(at, true));
    points.set(name, addresses);
  }
  return points;
}

function textAt(segments: readonly ImageSegment[], address: bigint): string {
  const bytes = imageBytes(segments, address, longestName);
  const end = bytes.indexOf(0);
  if (end < 0)
    throw new FormatError(
      `${pointsSection}: the name at ${address.toString(16)} is not in the image`,
    );
  return String.fromCharCode(...bytes.subarray(0, end));
}
