/** Symbols that the user has added to those of a dump, by `::nmadd`. */
import type { Symbol, SymbolTable } from '../../dump-format/symbols.ts';

/** Symbols that one session may add. */
export const addedSymbolLimit = 100_000;

/** mdb's private symbol table, joined with the dump's own: by name and by address the added ones come first. */
export class AddedSymbols implements SymbolTable {
  /** Those of the dump alone. */
  readonly base: SymbolTable;
  private readonly added = new Map<string, Symbol>();

  constructor(base: SymbolTable) {
    this.base = base;
  }

  /** Replaces an added one of the same name. False when there are too many. */
  add(symbol: Symbol): boolean {
    if (this.added.size >= addedSymbolLimit && !this.added.has(symbol.name)) return false;
    this.added.set(symbol.name, symbol);
    return true;
  }

  /** False when none of that name was added. */
  remove(name: string): boolean {
    return this.added.delete(name);
  }

  /** In the order in which they were added. */
  own(): Iterable<Symbol> {
    return this.added.values();
  }

  get count(): number {
    return this.base.count + this.added.size;
  }

  byName(name: string): Symbol | undefined {
    return this.added.get(name) ?? this.base.byName(name);
  }

  nearestBelow(address: bigint): Symbol | undefined {
    const found = this.base.nearestBelow(address);
    if (this.added.size === 0) return found;
    const own = this.nearestOwn(address);
    if (!own || !found) return own ?? found;
    // A name for one place inside a function must not hide the function from what lies behind.
    const isNearer = own.address >= found.address;
    return isNearer && (holds(own, address) || !holds(found, address)) ? own : found;
  }

  *all(): Generator<Symbol> {
    yield* this.added.values();
    yield* this.base.all();
  }

  withPrefix(prefix: string, limit: number): readonly string[] {
    const found = this.base.withPrefix(prefix, limit);
    const own = [...this.added.keys()].filter((name) => name.startsWith(prefix));
    return own.length === 0 ? found : [...new Set([...own, ...found])].sort().slice(0, limit);
  }

  private nearestOwn(address: bigint): Symbol | undefined {
    let best: Symbol | undefined;
    for (const symbol of this.added.values()) {
      if (symbol.address > address) continue;
      if (!best || symbol.address > best.address) best = symbol;
    }
    return best;
  }
}

function holds({ address: start, size }: Symbol, address: bigint): boolean {
  return address - start < (size > 0n ? size : 1n);
}
