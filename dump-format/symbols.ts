/** Symbol tables: by name, and the nearest below an address. */

export interface Symbol {
  readonly name: string;
  /** `st_value`: a C address, unsigned. */
  readonly address: bigint;
  /** `st_size` in bytes; 0 when unknown. */
  readonly size: bigint;
  readonly type: 'notype' | 'object' | 'function' | 'section' | 'file' | 'common' | 'tls' | 'other';
  readonly binding: 'local' | 'global' | 'weak' | 'other';
  /** `st_shndx`; 0 is undefined. */
  readonly sectionIndex: number;
}

export interface SymbolTable {
  readonly count: number;
  /** First definition with that name: globals before locals. */
  byName(name: string): Symbol | undefined;
  /** The closest symbol at or below `address`; ties go to the one with a size, a type, not weak, then by name (mdb's rule). */
  nearestBelow(address: bigint): Symbol | undefined;
  /** In table order. */
  all(): Iterable<Symbol>;
  /** Names that begin with `prefix`, at most `limit`, sorted: for completion. */
  withPrefix(prefix: string, limit: number): readonly string[];
}

/** The names among sorted ones that begin with `prefix`, at most `limit`. */
export function namesWithPrefix(
  sorted: readonly string[],
  prefix: string,
  limit: number,
): readonly string[] {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? '') < prefix) from = middle + 1;
    else to = middle;
  }
  let end = from;
  while (end < sorted.length && end - from < limit && sorted[end]?.startsWith(prefix) === true)
    end++;
  return sorted.slice(from, end);
}
