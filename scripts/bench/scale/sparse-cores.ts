/** Makes cores that claim far more than they hold: a terabyte of zeros, a terabyte mostly not saved, 200,000 segments. */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { writeCore, type CoreSegment } from '../../../dump-format/core-writer.ts';
import * as elf from '../../../dump-format/elf/constants.ts';
import { openElf } from '../../../dump-format/elf/elf.ts';
import { encodeProgramHeaders } from '../../../dump-format/elf/writer.ts';
import type { ProgramHeader } from '../../../dump-format/elf/headers.ts';
import { writeFile } from '../../../dump-format/file-sink.ts';
import { openFile } from '../../../dump-format/file-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';

export const tebibyte = 2 ** 40;

/** Where the large segments begin: in nothing that the sample kernel maps. */
export const largeStart = 0xffff_a000_0000_0000n;

/** The last word of the memory that is there, so that a read at the far end is known to be right. */
export const lastWord = 0x0807_0605_0403_0201n;

/** A sample dump with one more segment of a tebibyte, all of it in the file, nearly all of it holes. */
export function writeTebibyteCore(path: string, samplePath: string, imagePath: string): void {
  const at = writeWithSegments(path, samplePath, imagePath, [
    { ...plainSegment, virtualAddress: largeStart, size: 4096, contents: new Uint8Array(4096) },
  ]);
  patchHeaders(path, (header, index) =>
    index < at ? header : { ...header, fileSize: tebibyte, memorySize: BigInt(tebibyte) },
  );
  const file = openSync(path, 'r+');
  const end = headersOf(path).at(-1);
  if (!end) throw new Error(`${path}: has no segments`);
  ftruncateSync(file, end.offset + tebibyte);
  writeWord(file, end.offset + tebibyte - 8);
  closeSync(file);
}

/** The segments of `writeHoledCore`: a tebibyte in all, of each a page is saved. */
export const holedSegments = { count: 16384, size: tebibyte / 16384, saved: 4096 };

/** A sample dump with a tebibyte of memory of which the dump has the first page of each 64 MiB: the rest was not saved. */
export function writeHoledCore(path: string, samplePath: string, imagePath: string): void {
  const { count, size, saved } = holedSegments;
  const contents = new Uint8Array(saved);
  new DataView(contents.buffer).setBigUint64(saved - 8, lastWord, true);
  const at = writeWithSegments(
    path,
    samplePath,
    imagePath,
    Array.from({ length: count }, (_, index) => ({
      ...plainSegment,
      virtualAddress: largeStart + BigInt(index) * BigInt(size),
      size: saved,
      contents,
    })),
  );
  patchHeaders(path, (header, index) =>
    index < at ? header : { ...header, memorySize: BigInt(size) },
  );
}

/** A sample dump with this many more segments of a page, each with a hole behind it, written in no order. */
export function writeSegmentsCore(
  path: string,
  samplePath: string,
  imagePath: string,
  count: number,
): void {
  // One page of bytes for all: a file of 13 MB instead of 800.
  const contents = new Uint8Array(4096);
  new DataView(contents.buffer).setBigUint64(0, lastWord, true);
  const physicalAddress = 0x40_0000_0000n;
  const at = writeWithSegments(
    path,
    samplePath,
    imagePath,
    Array.from({ length: count }, (_, index) => ({
      virtualAddress: largeStart + BigInt((index * 7919) % count) * 8192n,
      physicalAddress,
      size: 4096,
      flags: 6,
      contents,
    })),
  );
  patchHeaders(path, (header, index) =>
    index < at
      ? header
      : { ...header, physicalAddress: physicalAddress + header.virtualAddress - largeStart },
  );
}

const plainSegment = { physicalAddress: undefined, flags: 6 } as const;

/** @returns index of the program header of the first added segment */
function writeWithSegments(
  path: string,
  samplePath: string,
  imagePath: string,
  added: readonly CoreSegment[],
): number {
  const dump = openDump(openFile(samplePath));
  const image = openFile(imagePath);
  const own = sampleSegments(samplePath);
  writeFile(
    path,
    writeCore({
      image: openElf(image),
      imageName: 'unix',
      cpus: dump.cpus,
      panickingCpu: dump.cpus[0]?.cpu ?? 0,
      signal: 6,
      segments: [...own, ...added],
      info: dump.info,
      notes: dump.notes.filter(({ owner }) => owner === 'SIMHW'),
      sources: new Map(),
    }),
  );
  image.close();
  dump.close();
  return own.length + 1;
}

/** The memory of a sample dump, as segments to write. */
function sampleSegments(samplePath: string): CoreSegment[] {
  const source = openFile(samplePath);
  const dump = openDump(source);
  const segments = dump.segments.map(
    ({ virtualAddress, physicalAddress, size, flags, fileOffset }): CoreSegment => {
      const contents = source.read(fileOffset, Number(size)).slice();
      return { virtualAddress, physicalAddress, size: contents.length, flags, contents };
    },
  );
  dump.close();
  return segments;
}

function headersOf(path: string): ProgramHeader[] {
  const source = openFile(path);
  const headers = [...openElf(source).programHeaders()];
  source.close();
  return headers;
}

function patchHeaders(
  path: string,
  change: (header: ProgramHeader, index: number) => ProgramHeader,
): void {
  const bytes = encodeProgramHeaders(headersOf(path).map(change), 'little');
  const file = openSync(path, 'r+');
  const start = Buffer.alloc(8);
  readSync(file, start, 0, 8, 32);
  writeSync(file, bytes, 0, bytes.length, Number(start.readBigUInt64LE()));
  closeSync(file);
  if (bytes.length % elf.programHeaderBytes !== 0) throw new Error('headers of another size');
}

function writeWord(file: number, offset: number): void {
  const word = Buffer.alloc(8);
  word.writeBigUInt64LE(lastWord);
  writeSync(file, word, 0, 8, offset);
}
