/** The descriptors of a compressed kdump: one for each page that it has, in their order. */
import type { ByteSource } from '../byte-source.ts';
import type { KdumpHeader } from './header.ts';

/** `struct page_desc`: offset, size, flags, page flags. Source: makedumpfile, diskdump_mod.h. */
export const descriptorBytes = 24;

/** Where a page is in the file, and how it is packed. */
export interface Descriptor {
  readonly offset: number;
  readonly size: number;
  readonly flags: number;
}

/** Descriptors from an index on, as many as are in the file. */
export function* readDescriptors(
  source: ByteSource,
  { descriptorOffset, order }: KdumpHeader,
  index: number,
  count: number,
): Generator<Descriptor> {
  const bytes = source.read(descriptorOffset + index * descriptorBytes, count * descriptorBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = order === 'little';
  for (let at = 0; at + descriptorBytes <= bytes.length; at += descriptorBytes)
    yield {
      offset: Number(view.getBigUint64(at, little)),
      size: view.getUint32(at + 8, little),
      flags: view.getUint32(at + 12, little),
    };
}

/** False for a page that was cut off, and for one whose descriptor was never written. */
export function isInFile(source: ByteSource, { offset, size }: Descriptor): boolean {
  return offset > 0 && offset + size <= source.size;
}
