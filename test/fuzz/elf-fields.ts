/** Where the numbers of an ELF file are: its header, program headers, section headers, and the headers of its notes. */
import type { Field } from './fuzz-target.ts';

/** Headers of one kind that are looked at; a damaged count may say more. */
const headerLimit = 64;

/** Sizes of the members of `Elf64_Ehdr` from `e_type` on, `Elf64_Phdr` and `Elf64_Shdr`. */
const fileHeader = [2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2] as const;
const programHeader = [4, 4, 8, 8, 8, 8, 8, 8] as const;
const sectionHeader = [4, 4, 8, 8, 8, 8, 4, 4, 8, 8] as const;
const noteHeader = [4, 4, 4] as const;

/** Fields of a little-endian ELF64 file, as far as they lie inside it. */
export function elfFields(bytes: Uint8Array): Field[] {
  if (bytes.length < 64) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = [...at(16, fileHeader)];
  const programs = tableAt(view, 32, 56, 56);
  const sections = tableAt(view, 40, 60, 64);
  for (const start of programs) {
    fields.push(...at(start, programHeader));
    const isNote = start + 56 <= bytes.length && view.getUint32(start, true) === 4;
    if (isNote) fields.push(...noteFields(view, Number(view.getBigUint64(start + 8, true))));
  }
  for (const start of sections) fields.push(...at(start, sectionHeader));
  return fields.filter(({ offset, size }) => offset + size <= bytes.length);
}

/** Starts of the entries of a table whose offset and count the header has. */
function tableAt(view: DataView, offset: number, count: number, size: number): number[] {
  const start = Number(view.getBigUint64(offset, true));
  const number = Math.min(headerLimit, view.getUint16(count, true));
  return Array.from({ length: number }, (_, index) => start + index * size);
}

function* noteFields(view: DataView, start: number): Generator<Field> {
  for (let at_ = start, count = 0; count < headerLimit && at_ + 12 <= view.byteLength; count++) {
    yield* at(at_, noteHeader);
    const padded = (size: number): number => Math.ceil(size / 4) * 4;
    at_ += 12 + padded(view.getUint32(at_, true)) + padded(view.getUint32(at_ + 4, true));
  }
}

function* at(start: number, sizes: readonly Field['size'][]): Generator<Field> {
  let offset = start;
  for (const size of sizes) {
    yield { offset, size };
    offset += size;
  }
}
