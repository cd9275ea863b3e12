/** Sections from bytes at hand, for tests that need no file. */
import type { DwarfSections } from '../../../dump-format/dwarf/sections.ts';

/** Sections of those names; none has an address. */
export function testSections(
  sections: Readonly<Record<string, Uint8Array>>,
  byteOrder: 'little' | 'big' = 'little',
): DwarfSections {
  return {
    name: 'test',
    byteOrder,
    addressSize: 8,
    section: (name) => sections[name],
    address: () => undefined,
  };
}
