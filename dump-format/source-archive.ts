/** Source text that a dump carries: a gzip-compressed cpio archive in a section. */
import { gzipSync } from 'node:zlib';
import { decodeText } from './byte-reader.ts';
import { plainBytes } from './byte-source.ts';
import { decompress } from './decompress.ts';
import { FormatError } from './errors.ts';

/**
 * Section that holds the archive: gzip around cpio in the format "newc", as an initramfs is packed, so that
 * `gunzip | cpio -it` lists it. Each member is a source file under the name that the line table uses.
 *
 * Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
 */
export const sourcesSection = '.corewalk.sources';

/** Largest archive that is unpacked. */
export const maximumSourceBytes = 2 ** 28;

const memberMagic = '070701';
const headerBytes = 110;
const trailerName = 'TRAILER!!!';
/** Place of the fields in the header that are not 0; each has eight hexadecimal digits. */
const fileSizeField = 54;
const nameSizeField = 94;
/** A regular file that everybody may read. */
const fileMode = 0o100444;

/** Packs source files, sorted by name: the same files give the same bytes. */
export function packSources(sources: ReadonlyMap<string, string>): Uint8Array {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let index = 1;
  for (const name of [...sources.keys()].sort()) {
    const text = encoder.encode(sources.get(name) ?? '');
    parts.push(memberHeader(index++, fileMode, name, text.length), padded(text));
  }
  parts.push(memberHeader(0, 0, trailerName, 0));
  const archive = plainBytes(gzipSync(joined(parts), { level: 9 }));
  // The tenth byte names the system that packed it: 255 is "unknown" (RFC 1952), the same on each.
  archive[9] = 255;
  return archive;
}

function memberHeader(inode: number, mode: number, name: string, size: number): Uint8Array {
  const nameBytes = new TextEncoder().encode(`${name}\0`);
  const links = mode === 0 ? 0 : 1;
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, nameBytes.length, 0];
  const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  const header = new TextEncoder().encode(memberMagic + digits);
  return padded(joined([header, nameBytes]));
}

/**
 * Unpacks such an archive.
 *
 * @throws FormatError when it is damaged or larger than `maximumSourceBytes`
 */
export function unpackSources(archive: Uint8Array, name: string): ReadonlyMap<string, string> {
  const bytes = decompress('gzip', archive, name, maximumSourceBytes);
  const sources = new Map<string, string>();
  for (let offset = 0; offset < bytes.length;) {
    const header = bytes.subarray(offset, offset + headerBytes);
    if (header.length < headerBytes || decodeText(header.subarray(0, 6)) !== memberMagic)
      throw new FormatError(`${name}: cpio: no member at offset 0x${offset.toString(16)}`);
    const nameSize = hexField(header, nameSizeField);
    const fileSize = hexField(header, fileSizeField);
    const nameStart = offset + headerBytes;
    const textStart = roundUp(nameStart + nameSize);
    if (!(textStart + fileSize <= bytes.length))
      throw new FormatError(`${name}: cpio: member at offset 0x${offset.toString(16)} is cut off`);
    const memberName = decodeText(bytes.subarray(nameStart, nameStart + nameSize));
    if (memberName === trailerName) return sources;
    const text = new TextDecoder().decode(bytes.subarray(textStart, textStart + fileSize));
    sources.set(memberName, text);
    offset = roundUp(textStart + fileSize);
  }
  throw new FormatError(`${name}: cpio: ends without ${trailerName}`);
}

/** NaN, which fails every comparison, when the field is no number. */
function hexField(header: Uint8Array, offset: number): number {
  const digits = decodeText(header.subarray(offset, offset + 8));
  return /^[0-9a-fA-F]{8}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
}

function roundUp(offset: number): number {
  return Math.ceil(offset / 4) * 4;
}

function padded(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(roundUp(bytes.length));
  result.set(bytes);
  return result;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
