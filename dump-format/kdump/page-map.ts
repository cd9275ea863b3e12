/** Which pages of physical memory a compressed kdump has: its bitmap as runs. */
import type { ByteSource } from '../byte-source.ts';
import { descriptorBytes, isInFile, readDescriptors } from './descriptors.ts';
import type { KdumpHeader } from './header.ts';

/** Runs of pages, at most: as many as program headers are read. */
export const maximumRuns = 2 ** 22;

/** Bytes of the bitmap that are read at once. */
const bitmapPiece = 2 ** 20;
/** Descriptors that are read at once. */
const descriptorsAtOnce = 65536;

/** Pages that follow one another. */
export interface PageRun {
  /** Number of the first page in physical memory. */
  readonly page: number;
  /** Number of its descriptor. */
  readonly index: number;
  readonly length: number;
}

export interface PageMap {
  readonly runs: readonly PageRun[];
  /** Pages in all. */
  readonly descriptorCount: number;
  /** Some of them are not in the file, and in no run. */
  readonly isCut: boolean;
}

/** Reads the bitmap; pages whose descriptors are behind the end of the file are left out. */
export function readPageMap(
  source: ByteSource,
  header: KdumpHeader,
  warn: (sentence: string) => void,
): PageMap {
  const left = Math.max(0, source.size - header.descriptorOffset);
  const present = Math.floor(left / descriptorBytes);
  const runs: PageRun[] = [];
  let index = 0;
  let counted = 0;
  let open: { page: number; index: number; length: number } | undefined;
  for (const page of setBits(source, header)) {
    counted++;
    if (index >= present) continue;
    if (open && page === open.page + open.length) open.length++;
    else {
      if (runs.length >= maximumRuns) {
        warn(`only the first ${maximumRuns} runs of pages are read (maximumRuns)`);
        break;
      }
      open = { page, index, length: 1 };
      runs.push(open);
    }
    index++;
  }
  const isShort = isCut(source, header, index);
  const kept = isShort ? presentRuns(source, header, runs, index) : runs;
  const lost = counted - kept.reduce((sum, { length }) => sum + length, 0);
  if (lost > 0 && runs.length < maximumRuns)
    warn(`truncated: ${lost} of its ${counted} pages are missing`);
  return { runs: kept, descriptorCount: index, isCut: isShort };
}

/** Pages are written in their order: when the last one is in the file, all are. */
function isCut(source: ByteSource, header: KdumpHeader, count: number): boolean {
  const [last] = count === 0 ? [] : [...readDescriptors(source, header, count - 1, 1)];
  return last !== undefined && !isInFile(source, last);
}

/** The runs without the pages that are not in the file. */
function presentRuns(
  source: ByteSource,
  header: KdumpHeader,
  runs: readonly PageRun[],
  count: number,
): readonly PageRun[] {
  const isPresent = new Uint8Array(count);
  for (let at = 0; at < count; at += descriptorsAtOnce) {
    let index = at;
    const wanted = Math.min(descriptorsAtOnce, count - at);
    for (const descriptor of readDescriptors(source, header, at, wanted))
      isPresent[index++] = isInFile(source, descriptor) ? 1 : 0;
  }
  const kept: PageRun[] = [];
  for (const { page, index, length } of runs)
    for (let from = 0; from < length;) {
      let to = from;
      while (to < length && isPresent[index + to] === 1) to++;
      if (to > from) kept.push({ page: page + from, index: index + from, length: to - from });
      from = to + 1;
    }
  return kept;
}

/** Numbers of the pages that were dumped, ascending. */
function* setBits(source: ByteSource, header: KdumpHeader): Generator<number> {
  const { bitmapOffset, bitmapBytes, pageCount } = header;
  for (let at = 0; at < bitmapBytes; at += bitmapPiece) {
    const bytes = source.read(bitmapOffset + at, Math.min(bitmapPiece, bitmapBytes - at));
    for (let place = 0; place < bytes.length; place++) {
      const byte = bytes[place] ?? 0;
      if (byte === 0) continue;
      const first = (at + place) * 8;
      for (let bit = 0; bit < 8; bit++)
        if (byte & (1 << bit) && first + bit < pageCount) yield first + bit;
    }
    if (bytes.length < bitmapPiece) return;
  }
}
