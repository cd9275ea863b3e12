/** What a file is by its first bytes: packed ones are told apart, formats that we don't read are named. */
import { blockGzipSource } from './block-gzip.ts';
import type { ByteSource } from './byte-source.ts';
import { FormatError } from './errors.ts';
import { flattenedMagic, flattenedSource } from './kdump/flattened.ts';
import { kdumpMagic } from './kdump/header.ts';
import { kdumpSource } from './kdump/kdump.ts';

/** Compressions that a dump may come in. */
export type Packing = 'gzip' | 'zstd' | 'xz';

interface Magic {
  readonly magic: readonly number[];
  readonly packing: Packing;
}

const packings: readonly Magic[] = [
  { magic: [0x1f, 0x8b], packing: 'gzip' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], packing: 'zstd' },
  // Frames to be skipped, with which pzstd begins a file. Source: RFC 8878, section 3.1.2.
  ...Array.from({ length: 16 }, (_, kind): Magic => {
    return { magic: [0x50 + kind, 0x2a, 0x4d, 0x18], packing: 'zstd' };
  }),
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], packing: 'xz' },
];

/** Formats that people do have dumps in, with what to do about them. */
const unread: readonly {
  readonly magic: string;
  readonly name: string;
  readonly advice: string;
}[] = [
  { magic: 'BZh', name: 'compressed with bzip2', advice: 'unpack it first: bunzip2' },
  { magic: 'PK\x03\x04', name: 'a zip archive', advice: 'unpack it first' },
  { magic: 'DISKDUMP', name: 'a diskdump', advice: 'only ELF dumps are read' },
  { magic: '\xed\xc8\xfe\xde', name: 'a dump of savecore', advice: 'only ELF dumps are read' },
  {
    magic: 'minidump FreeBSD',
    name: 'a FreeBSD minidump',
    advice: 'only ELF dumps are read: set debug.minidump=0',
  },
  { magic: 'PAGEDU64', name: 'a Windows dump', advice: 'only ELF dumps are read' },
  { magic: 'MDMP', name: 'a Windows minidump', advice: 'only ELF dumps are read' },
  { magic: '\xcf\xfa\xed\xfe', name: 'a Mach-O file', advice: 'only ELF files are read' },
];

/** How a file is packed; undefined for one that is not. */
export function packingOf(source: ByteSource): Packing | undefined {
  const start = source.read(0, 16);
  return packings.find(({ magic }) => magic.every((byte, index) => start[index] === byte))?.packing;
}

/**
 * A source that is not packed, or a file of packed pieces, which is read where it is: gzip in blocks, a compressed kdump.
 *
 * @throws FormatError when the file is in a format that is known and not read, or is packed otherwise: `unpack` comes first
 */
export function plainSource(source: ByteSource): ByteSource {
  const text = String.fromCharCode(...source.read(0, 16));
  const refused = unread.find(({ magic }) => text.startsWith(magic));
  if (refused) throw new FormatError(`${source.name}: is ${refused.name}: ${refused.advice}`);
  if (text.startsWith(flattenedMagic)) return plainKdump(flattenedSource(source));
  if (text.startsWith(kdumpMagic)) return kdumpSource(source);
  const packing = packingOf(source);
  if (packing === undefined) return source;
  const blocks = packing === 'gzip' ? blockGzipSource(source) : undefined;
  if (blocks) return blocks;
  throw new FormatError(`${source.name}: is compressed with ${packing}, and was not unpacked`);
}

/** What was flattened is a compressed kdump, or an ELF file. */
function plainKdump(source: ByteSource): ByteSource {
  const text = String.fromCharCode(...source.read(0, kdumpMagic.length));
  return text === kdumpMagic ? kdumpSource(source) : source;
}
