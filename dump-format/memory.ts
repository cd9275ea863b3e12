/** Memory as a dump holds it. Absent is not zero: what is in no segment faults. */

/** A present range. Both addresses name the same bytes; either can be missing in a foreign dump. */
export interface MemorySegment {
  readonly virtualAddress: bigint | undefined;
  readonly physicalAddress: bigint | undefined;
  /** Bytes present in the file. */
  readonly size: bigint;
  /** Where they are in the file. */
  readonly fileOffset: number;
  /** ELF `p_flags`: 1 execute, 2 write, 4 read. */
  readonly flags: number;
}

/** One address space. Addresses are unsigned 64-bit. */
export interface Memory {
  /**
   * Reads exactly `length` bytes. The view is shared: copy it to keep it.
   *
   * @throws FaultError naming the first absent address
   */
  read(address: bigint, length: number): Uint8Array;
  /** Reads up to `length` bytes and stops before the first absent one; empty when `address` itself is absent. */
  readAvailable(address: bigint, length: number): Uint8Array;
  readU8(address: bigint): number;
  readU16(address: bigint): number;
  readU32(address: bigint): number;
  /** The hot path of every list walk: no allocation other than the bigint. */
  readU64(address: bigint): bigint;
  /** The present range that holds `address`, or the next one above it: for scans that skip holes. */
  rangeAtOrAbove(address: bigint): { readonly start: bigint; readonly end: bigint } | undefined;
}
