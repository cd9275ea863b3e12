/** Which units can have an entry of a name: those whose bytes hold the name, or the place of the name among the strings. */
import type { SectionBytes } from './cursor.ts';
import type { Units } from './units.ts';

/** Sections that names are referred to in, by their offset. */
const stringSections = ['.debug_str', '.debug_line_str'];
const entrySections = ['.debug_info', '.debug_types'];

/** Places of one name among the strings; of one place among the entries. More are not worth a search. */
const placeLimit = 64;
const referenceLimit = 4096;

/** How often all entries may be searched, and bytes that may be searched in any case: beyond, an index of all of them is cheaper. */
const searchTimes = 4;
const searchBytes = 64 * 1024 * 1024;

/**
 * Looks for names without reading entries: a search of bytes is a hundred times faster.
 *
 * It may name a unit that has no such entry. It never leaves one out whose entry has the name itself; an entry may also have its name
 * from another one, in another unit.
 */
export class NameSearch {
  private readonly units: Units;
  private readonly strings: readonly SectionBytes[];
  private readonly entries: readonly SectionBytes[];
  private left: number;

  constructor(units: Units) {
    const { file } = units;
    const present = (names: readonly string[]): SectionBytes[] =>
      names.map((name) => file.section(name)).filter((section) => section !== undefined);
    this.units = units;
    this.strings = present(stringSections);
    this.entries = present(entrySections);
    const size = this.entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.left = searchTimes * size + searchBytes;
    // Entries that count strings by their index do not hold their places.
    if (file.section('.debug_str_offsets')) this.left = 0;
  }

  /** Indexes into `units.all()`, in order; undefined when it can't be told, or no longer cheaply. */
  unitsWith(name: string): readonly number[] | undefined {
    const text = new TextEncoder().encode(`${name}\0`);
    const needles: Uint8Array[] = [text];
    for (const section of this.strings) {
      const places = this.search(section, text, placeLimit);
      if (!places) return undefined;
      for (const place of places) needles.push(reference(section, place));
    }
    const found = new Set<number>();
    let base = 0;
    for (const section of this.entries) {
      for (const needle of needles) {
        const places = this.search(section, needle, referenceLimit);
        if (!places) return undefined;
        for (const place of places) found.add(this.units.indexAt(base + place));
      }
      base += section.bytes.length;
    }
    found.delete(-1);
    return [...found].sort((one, other) => one - other);
  }

  /** Offsets of bytes in a section; undefined when there are more, or enough was searched. */
  private search(
    { bytes }: SectionBytes,
    needle: Uint8Array,
    limit: number,
  ): readonly number[] | undefined {
    this.left -= bytes.length;
    if (this.left < 0) return undefined;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const places: number[] = [];
    for (let at = buffer.indexOf(needle); at >= 0; at = buffer.indexOf(needle, at + 1))
      if (places.push(at) > limit) return undefined;
    return places;
  }
}

/** The low 32 bits of an offset: of one of 64 bits they are a part. */
function reference({ isLittleEndian }: SectionBytes, offset: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, offset, isLittleEndian);
  return bytes;
}
