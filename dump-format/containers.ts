/** What a file is by its first bytes: compressed dumps are unpacked, formats that we don't read are named. */
import { bytesSource, type ByteSource } from './byte-source.ts';
import { decompress, type Compression } from './decompress.ts';
import { FormatError } from './errors.ts';

/** Largest dump that is unpacked in memory. */
export const maximumUnpackedBytes = 2 ** 30;

/** Compressed files that are read. */
const packed: readonly { readonly magic: readonly number[]; readonly compression: Compression }[] =
  [
    { magic: [0x1f, 0x8b], compression: 'gzip' },
    { magic: [0x28, 0xb5, 0x2f, 0xfd], compression: 'zstd' },
  ];

/** Formats that people do have dumps in, with what to do about them. */
const unread: readonly {
  readonly magic: string;
  readonly name: string;
  readonly advice: string;
}[] = [
  { magic: '\xfd7zXZ\0', name: 'compressed with xz', advice: 'unpack it first: xz -d' },
  { magic: 'BZh', name: 'compressed with bzip2', advice: 'unpack it first: bunzip2' },
  { magic: 'PK\x03\x04', name: 'a zip archive', advice: 'unpack it first' },
  {
    magic: 'KDUMP   ',
    name: 'a compressed kdump',
    advice: 'only ELF dumps are read: makedumpfile -E writes them',
  },
  { magic: 'DISKDUMP', name: 'a diskdump', advice: 'only ELF dumps are read' },
  {
    magic: 'makedumpfile\0',
    name: 'a flattened makedumpfile',
    advice: 'only ELF dumps are read: makedumpfile -R, then -E',
  },
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

/**
 * The source itself, or what it unpacks to; the packed source is closed then.
 *
 * Unpacks in memory, up to `maximumUnpackedBytes`.
 *
 * @throws FormatError when the file is in a format that is known and not read, is damaged, or unpacks to more
 */
export function plainSource(source: ByteSource): ByteSource {
  const start = source.read(0, 16);
  const text = String.fromCharCode(...start);
  const refused = unread.find(({ magic }) => text.startsWith(magic));
  if (refused) throw new FormatError(`${source.name}: is ${refused.name}: ${refused.advice}`);
  const kind = packed.find(({ magic }) => magic.every((byte, index) => start[index] === byte));
  if (!kind) return source;
  if (source.size > maximumUnpackedBytes) throw tooLarge(source);
  const data = source.read(0, source.size);
  const bytes = decompress(kind.compression, data, source.name, maximumUnpackedBytes);
  source.close();
  return bytesSource(bytes, source.name);
}

function tooLarge(source: ByteSource): FormatError {
  return new FormatError(
    `${source.name}: ${source.size} packed bytes are over the limit of ${maximumUnpackedBytes} (maximumUnpackedBytes): unpack it first`,
  );
}
