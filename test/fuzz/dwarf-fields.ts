/** Where the numbers of DWARF are, and changes that put one of its codes in the place of another. */
import { bytesSource } from '../../dump-format/byte-source.ts';
import type { Section } from '../../dump-format/elf/headers.ts';
import { openElf } from '../../dump-format/elf/elf.ts';
import type { Random } from '../language/generator.ts';
import { attempt, type Field } from './fuzz-target.ts';

/** Fields of one section that are looked at. */
const fieldLimit = 400;

const found = new WeakMap<Uint8Array, readonly Section[]>();

/** The sections of debug information that are in the file; found once for each input. */
function debugSections(bytes: Uint8Array): readonly Section[] {
  const known = found.get(bytes);
  if (known) return known;
  const sections = attempt(() => openElf(bytesSource(bytes, 'kernel')).sections) ?? [];
  const ours = sections.filter(
    ({ name, offset, size }) =>
      (name.startsWith('.debug_') || name === '.eh_frame') && size > 0 && offset < bytes.length,
  );
  found.set(bytes, ours);
  return ours;
}

/** Bytes and words of the debug sections, a sample of them where there are many. */
export function debugFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (const { offset, size } of debugSections(bytes)) {
    const end = Math.min(bytes.length, offset + size);
    const step = Math.max(1, Math.floor(size / fieldLimit));
    for (let at = offset; at + 8 <= end; at += step)
      fields.push({ offset: at, size: ([1, 1, 2, 4] as const)[at & 3] ?? 1 });
  }
  return fields;
}

/** Codes of DWARF 5, sections 7.5 to 7.25, from the first to the last; and those of GNU. */
const range = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const forms = [...range(0x01, 0x2c), 0x7f];
const tags = [...range(0x01, 0x4b)];
const attributes = [0x01, 0x02, 0x03, 0x0b, 0x0c, 0x0d, 0x10, 0x11, 0x12, 0x13, 0x17, 0x20, 0x22];
const moreAttributes = [
  0x2f, 0x31, 0x37, 0x38, 0x3a, 0x3e, 0x40, 0x47, 0x49, 0x55, 0x58, 0x6b, 0x72,
];
const operators = [...range(0x03, 0xaf), ...range(0xe0, 0xff)];
const lineOperators = [...range(0, 0x0c), 0x80, 0xff];
const listEntries = range(0, 9);
const frameRules = [...range(0, 0x16), 0x2d, 0x2e, 0x2f, 0x40, 0x80, 0xc0];

/** What a byte of a section may be. */
const codes: Readonly<Record<string, readonly number[]>> = {
  '.debug_abbrev': [...forms, ...tags, ...attributes, ...moreAttributes, ...forms],
  '.debug_info': [...range(0, 64), ...operators],
  '.debug_line': [...lineOperators, ...range(0, 16)],
  '.debug_loc': operators,
  '.debug_loclists': [...listEntries, ...operators],
  '.debug_rnglists': listEntries,
  '.debug_frame': frameRules,
  '.eh_frame': frameRules,
};

/** Puts a code into a section that has such codes. */
export function changeDwarf(bytes: Uint8Array, random: Random): Uint8Array | undefined {
  const sections = debugSections(bytes).filter(({ name }) => codes[name] !== undefined);
  if (sections.length === 0) return undefined;
  const { name, offset, size } = random.pick(sections);
  const at = offset + random.next(size);
  const changed = Uint8Array.from(bytes);
  if (at < changed.length) changed[at] = random.pick(codes[name] ?? [0]);
  // Its sections are where they were, unless they are found by what was changed.
  found.set(changed, debugSections(bytes));
  return changed;
}
