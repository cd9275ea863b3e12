/** Note segments and sections: a sequence of owner, type and descriptor, padded. */
import { ByteReader, decodeText, type ByteOrder, type BytePlace } from '../byte-reader.ts';
import type { DumpNote } from '../dump.ts';
import * as elf from './constants.ts';

/** Notes read from one segment or section, so that a file of nothing but small notes can't exhaust memory. */
export const maximumNotes = 1_000_000;

/**
 * Reads notes until the bytes end or one is damaged, which is told to `warn`.
 *
 * Owner and descriptor are padded to 4 bytes, and to 8 only where the segment is aligned to 8 (gABI,
 * "Note Section"; Linux cores say 0, 1 or 4 and pad to 4). Empty records, which fill reserved space in
 * `/proc/vmcore`, are passed over. The descriptors are views of `bytes`.
 *
 * @param alignment `p_align` or `sh_addralign`
 */
export function readNotes(
  bytes: Uint8Array,
  order: ByteOrder,
  alignment: number,
  place: BytePlace,
  warn: (sentence: string) => void,
): DumpNote[] {
  const padding = alignment === 8 ? 8 : 4;
  const reader = new ByteReader(bytes, order, place);
  const notes: DumpNote[] = [];
  while (reader.remaining >= elf.noteHeaderBytes) {
    const start = reader.position;
    const nameBytes = reader.u32('n_namesz');
    const dataBytes = reader.u32('n_descsz');
    const type = reader.u32('n_type');
    if (nameBytes === 0 && dataBytes === 0 && type === 0) continue;
    const nameEnd = roundUp(reader.position + nameBytes, padding);
    if (nameEnd + dataBytes > bytes.length) {
      reader.seek('note', start);
      warn(
        reader.error(
          'note',
          `n_namesz ${nameBytes} and n_descsz ${dataBytes} exceed the ${reader.remaining} bytes left`,
        ).message,
      );
      break;
    }
    if (notes.length === maximumNotes) {
      warn(
        `${place.name}: only the first ${maximumNotes} notes of a segment are read (maximumNotes)`,
      );
      break;
    }
    const owner = decodeText(reader.bytes('name', nameBytes));
    reader.align(padding);
    notes.push({ owner, type, data: reader.bytes('desc', dataBytes) });
    reader.align(padding);
  }
  return notes;
}

/** The GNU build id among notes, lowercase hex. */
export function buildIdOf(notes: Iterable<DumpNote>): string | undefined {
  for (const { owner, type, data } of notes)
    if (owner === 'GNU' && type === elf.NT_GNU_BUILD_ID && data.length > 0)
      return [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return undefined;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
