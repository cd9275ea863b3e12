/** Builds compressed kdumps, raw and flattened, field by field. */
import { deflateSync } from 'node:zlib';
import { join, noteSegment } from '../elf-builder.ts';
import { word } from '../linux/linux-builder.ts';

export interface TestPage {
  /** Number of the page in physical memory. */
  readonly page: number;
  readonly bytes: Uint8Array;
  /** `page_desc.flags`; zlib (1) when absent, and then `bytes` are packed here. */
  readonly flags?: number;
}

export interface TestKdump {
  readonly pages: readonly TestPage[];
  readonly version?: number;
  readonly split?: number;
  readonly status?: number;
  readonly pageCount?: number;
  readonly notes?: Parameters<typeof noteSegment>[0];
  /** Text beside the notes. */
  readonly vmcoreinfo?: string;
}

export const blockBytes = 4096;

/** Header, sub header, two bitmaps of one block together, descriptors, notes, pages. */
export function buildKdump(test: TestKdump): Uint8Array {
  const packed = test.pages.map(({ bytes, flags }) =>
    flags === undefined ? Uint8Array.from(deflateSync(bytes)) : bytes,
  );
  const notes = noteSegment(test.notes ?? []).bytes ?? new Uint8Array(0);
  const text = new TextEncoder().encode(test.vmcoreinfo ?? '');
  const descriptorsAt = 3 * blockBytes;
  const notesAt = descriptorsAt + test.pages.length * 24;
  const textAt = notesAt + notes.length;
  const front = new Uint8Array(descriptorsAt);
  const view = new DataView(front.buffer);
  front.set(new TextEncoder().encode('KDUMP   '));
  view.setUint32(8, test.version ?? 6, true);
  front.set(new TextEncoder().encode('x86_64'), 12 + 4 * 65);
  view.setUint32(424, test.status ?? 1, true);
  view.setUint32(428, blockBytes, true);
  view.setUint32(432, 1, true);
  view.setUint32(436, 1, true);
  const pageCount = test.pageCount ?? Math.max(0, ...test.pages.map(({ page }) => page)) + 1;
  view.setUint32(440, pageCount, true);
  // QEMU writes the base wrong; nobody may look at it.
  view.setBigUint64(blockBytes, 0xdeadbeefn, true);
  view.setUint32(blockBytes + 12, test.split ?? 0, true);
  view.setBigUint64(blockBytes + 32, BigInt(textAt), true);
  view.setBigUint64(blockBytes + 40, BigInt(text.length), true);
  view.setBigUint64(blockBytes + 48, BigInt(notesAt), true);
  view.setBigUint64(blockBytes + 56, BigInt(notes.length), true);
  view.setBigUint64(blockBytes + 96, BigInt(pageCount), true);
  for (const { page } of test.pages) {
    const place = 2 * blockBytes + blockBytes / 2 + (page >> 3);
    front[place] = (front[place] ?? 0) | (1 << (page & 7));
  }
  let at = textAt + text.length;
  const descriptors = packed.map((bytes, index) => {
    const offset = at;
    at += bytes.length;
    const flags = test.pages[index]?.flags ?? 1;
    return join([word(offset, 8), word(bytes.length, 4), word(flags, 4), word(0, 8)]);
  });
  return join([front, ...descriptors, notes, text, ...packed]);
}

/** The same in pieces, the first one written once more at the end, as makedumpfile does with its header. */
export function flatten(file: Uint8Array, pieceBytes: number): Uint8Array {
  const header = new Uint8Array(4096);
  header.set(new TextEncoder().encode('makedumpfile'));
  const record = (offset: bigint, size: bigint): Uint8Array => {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setBigInt64(0, offset);
    new DataView(bytes.buffer).setBigInt64(8, size);
    return bytes;
  };
  const parts: Uint8Array[] = [header];
  const put = (offset: number, bytes: Uint8Array): void =>
    void parts.push(record(BigInt(offset), BigInt(bytes.length)), bytes);
  // The version is not right before the end.
  const first = file.slice(0, pieceBytes);
  first[8] = 0;
  put(0, first);
  for (let at = pieceBytes; at < file.length; at += pieceBytes)
    put(at, file.subarray(at, at + pieceBytes));
  put(0, file.subarray(0, pieceBytes));
  parts.push(record(-1n, -1n));
  return join(parts);
}
