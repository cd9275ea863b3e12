/** The headers of a compressed kdump: where its notes, its bitmap and the descriptors of its pages are. */
import { ByteReader, type ByteOrder } from '../byte-reader.ts';
import type { ByteSource } from '../byte-source.ts';
import * as elf from '../elf/constants.ts';
import { FormatError } from '../errors.ts';

/** First bytes of such a file. */
export const kdumpMagic = 'KDUMP   ';

/** Bytes of the first header, and what of the second one is read. Source: makedumpfile, diskdump_mod.h; QEMU, include/sysemu/dump.h. */
const headerBytes = 464;
const subHeaderBytes = 104;
const utsnameBytes = 65;
const status = 424;

/** Bytes of a page. */
const pageSizes: readonly number[] = [4096, 8192, 16384, 65536];

/** Bytes of the bitmap of pages: 2^34 pages, 64 TiB of memory. */
export const maximumBitmapBytes = 2 ** 31;

export interface KdumpHeader {
  readonly order: ByteOrder;
  /** ELF's number of the machine. */
  readonly machine: number;
  readonly pageSize: number;
  /** One past the last page that the bitmap counts. */
  readonly pageCount: number;
  /** Where the bitmap of dumped pages begins, the second half of both; and its bytes. */
  readonly bitmapOffset: number;
  readonly bitmapBytes: number;
  readonly descriptorOffset: number;
  /** ELF notes as the kernel wrote them. */
  readonly notes: FilePart;
  /** The text of VMCOREINFO, for files whose notes lack it. */
  readonly vmcoreinfo: FilePart;
  /** Set by makedumpfile when it could not write all. */
  readonly isIncomplete: boolean;
}

export interface FilePart {
  readonly offset: number;
  readonly size: number;
}

const incompleteFlag = 8;

/** @throws FormatError when the header is cut off, or makes no sense */
export function readKdumpHeader(source: ByteSource): KdumpHeader {
  const bytes = source.read(0, headerBytes);
  const version = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The version is a small number in the byte order of the machine.
  const order: ByteOrder =
    bytes.length > 12 && version.getUint32(8, true) > 0xffff ? 'big' : 'little';
  const reader = new ByteReader(bytes, order, { name: source.name });
  reader.skip('signature', kdumpMagic.length);
  const headerVersion = reader.u32('header_version');
  reader.skip('utsname', utsnameBytes * 4);
  const machine = machines.get(reader.text('utsname.machine', utsnameBytes)) ?? elf.EM_X86_64;
  reader.seek('status', Math.min(status, bytes.length));
  const flags = reader.u32('status');
  const pageSize = reader.u32('block_size');
  if (!pageSizes.includes(pageSize))
    throw new FormatError(`${source.name}: block_size is ${pageSize}, expected 4096 to 65536`);
  const subHeaderBlocks = reader.u32('sub_hdr_size');
  const bitmapBlocks = reader.u32('bitmap_blocks');
  const maximumPage = reader.u32('max_mapnr');
  const sub = readSubHeader(source, pageSize, headerVersion, order);
  const bitmapsOffset = (1 + subHeaderBlocks) * pageSize;
  const bitmapBytes = (bitmapBlocks * pageSize) / 2;
  if (bitmapBytes > maximumBitmapBytes)
    throw new FormatError(
      `${source.name}: bitmap_blocks: ${bitmapBytes} bytes are over the limit of ${maximumBitmapBytes} (maximumBitmapBytes)`,
    );
  return {
    order,
    machine,
    pageSize,
    pageCount: Math.min(bitmapBytes * 8, sub.pageCount ?? maximumPage),
    bitmapOffset: bitmapsOffset + bitmapBytes,
    bitmapBytes,
    descriptorOffset: bitmapsOffset + bitmapBytes * 2,
    notes: sub.notes,
    vmcoreinfo: sub.vmcoreinfo,
    isIncomplete: (flags & incompleteFlag) !== 0,
  };
}

/** `utsname.machine`; QEMU sets it and leaves the other names empty. */
const machines: ReadonlyMap<string, number> = new Map([
  ['x86_64', elf.EM_X86_64],
  ['aarch64', elf.EM_AARCH64],
  ['ppc64', elf.EM_PPC64],
  ['ppc64le', elf.EM_PPC64],
]);

/** `struct kdump_sub_header`, which grew with each version. Its phys_base is not looked at: QEMU writes a wrong one. */
function readSubHeader(
  source: ByteSource,
  pageSize: number,
  version: number,
  order: ByteOrder,
): {
  readonly notes: FilePart;
  readonly vmcoreinfo: FilePart;
  readonly pageCount: number | undefined;
} {
  const reader = new ByteReader(source.read(pageSize, subHeaderBytes), order, {
    name: source.name,
    offset: pageSize,
  });
  const part = (name: string): FilePart => ({
    offset: reader.size64(`offset_${name}`),
    size: reader.size64(`size_${name}`),
  });
  reader.skip('phys_base, dump_level', 12);
  const isSplit = version >= 1 && reader.u32('split') !== 0;
  if (isSplit)
    throw new FormatError(
      `${source.name}: is one part of a dump that makedumpfile --split wrote: join them with makedumpfile --reassemble`,
    );
  const none = { offset: 0, size: 0 };
  reader.seek('offset_vmcoreinfo', Math.min(32, reader.remaining + reader.position));
  const vmcoreinfo = version >= 3 ? part('vmcoreinfo') : none;
  const notes = version >= 4 ? part('note') : none;
  if (version < 6) return { notes, vmcoreinfo, pageCount: undefined };
  reader.seek('max_mapnr_64', 96);
  return { notes, vmcoreinfo, pageCount: reader.size64('max_mapnr_64') };
}
