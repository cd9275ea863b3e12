/** What the DWARF reader needs of the file that carries it: section bytes by name, on demand. */

/** Sections of one object file, executable or dump; whoever reads the container implements it. */
export interface DwarfSections {
  /** Name of the file, for messages. */
  readonly name: string;
  readonly byteOrder: 'little' | 'big';
  /** Bytes of an address. */
  readonly addressSize: 4 | 8;
  /**
   * Bytes of a section, decompressed, by its ELF name (`.debug_info`, `.eh_frame`); undefined when there is none.
   * Asked for at most once per name, and not before a query needs it.
   *
   * @throws FormatError if the section is there and damaged
   */
  section(name: string): Uint8Array | undefined;
  /** C address of a loaded section (`sh_addr`): `.eh_frame` has pointers relative to itself, `.text` and `.got`. */
  address(name: string): bigint | undefined;
}
