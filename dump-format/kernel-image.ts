/** The kernel image inside a dump: how it is carried, and how it comes out again, byte for byte. */
import { gzipSync } from 'node:zlib';
import { bytesSource, plainBytes, type ByteSource } from './byte-source.ts';
import { plainSource } from './containers.ts';
import { decompress } from './decompress.ts';
import * as elf from './elf/constants.ts';
import { maximumSectionBytes, openElf, type ElfFile } from './elf/elf.ts';
import type { Section } from './elf/headers.ts';
import { FormatError, LookupError } from './errors.ts';

/**
 * Section with the rest of the image: the file, gzip-compressed, with the bytes of those sections
 * zeroed that the dump carries as sections of its own.
 *
 * The dump's section table begins with the image's, index for index, so that `st_shndx` and `sh_link`
 * keep their meaning: carried sections have their contents in the dump, loaded ones are `SHT_NOBITS`
 * (as `objcopy --only-keep-debug` leaves them), their pristine contents being in this section.
 */
export const imageSection = '.corewalk.image';

/** Loaded sections that tools look for by name and that are carried too. */
const carriedLoaded = new Set(['.eh_frame', '.eh_frame_hdr']);

/** Whether a section of the image has its contents in the dump's section of the same index. */
export function isCarried(section: Section): boolean {
  if (section.type === elf.SHT_NULL || section.type === elf.SHT_NOBITS) return false;
  if (!(section.flags & elf.SHF_ALLOC)) return true;
  return section.type === elf.SHT_NOTE || carriedLoaded.has(section.name);
}

/** Packing costs more than the rest of a dump, and a search takes thousands of dumps of one kernel. */
const packedImages = new WeakMap<ElfFile, Uint8Array>();

/**
 * Packs what is left of an image without its carried sections. The bytes are shared: an image is packed once.
 *
 * @throws FormatError when a carried section is not in the image's file
 */
export function packImage(image: ElfFile): Uint8Array {
  const known = packedImages.get(image);
  if (known) return known;
  const rest = new Uint8Array(image.source.read(0, image.source.size));
  for (const section of image.sections.filter(isCarried)) {
    const { length } = image.storedBytes(section);
    rest.fill(0, section.offset, section.offset + length);
  }
  const packed = plainBytes(gzipSync(rest, { level: 9 }));
  // "Unknown system" (RFC 1952), the same on each.
  packed[9] = 255;
  packedImages.set(image, packed);
  return packed;
}

/**
 * Writes back the kernel image that a dump carries: the bytes of the file that was loaded.
 *
 * @throws LookupError when the dump carries none
 * @throws FormatError when what it carries is damaged
 */
export function extractKernel(source: ByteSource): Uint8Array {
  const dump = openElf(plainSource(source));
  const packed = dump.section(imageSection);
  if (!packed)
    throw new LookupError(`${source.name}: carries no kernel image (no section ${imageSection})`);
  const place = `${source.name}: ${imageSection}`;
  const bytes = decompress('gzip', dump.sectionBytes(packed), place, maximumSectionBytes);
  const image = openElf(bytesSource(bytes, place));
  for (const section of image.sections) {
    if (!isCarriedShape(section)) continue;
    const carried = dump.sections[section.index];
    if (!carried || carried.type === elf.SHT_NOBITS) continue;
    const contents = dump.storedBytes(carried);
    if (carried.size !== section.size || section.offset + section.size > bytes.length)
      throw new FormatError(
        `${place}: section ${section.index} has ${section.size} bytes at offset 0x${section.offset.toString(16)}, ` +
          `the dump carries ${carried.size} for an image of ${bytes.length}`,
      );
    bytes.set(contents, section.offset);
  }
  return bytes;
}

/** The image's section names may be among what was zeroed, so names can't be asked for here. */
function isCarriedShape(section: Section): boolean {
  return section.type !== elf.SHT_NULL && section.type !== elf.SHT_NOBITS;
}
