/** The symbols of a kernel and of its modules as one table; modules are read when the kernel's own do not answer. */
import type { Symbol, SymbolTable } from '../symbols.ts';
import type { LinuxModule } from './modules.ts';

/** The kernel's names come first: a module may call its own what it likes. */
export function joinSymbols(
  kernel: SymbolTable,
  modules: () => readonly LinuxModule[],
): SymbolTable {
  return new JoinedSymbols(kernel, modules);
}

/** Addresses below are offsets in the per-CPU area of a module. */
const kernelHalf = 1n << 63n;

class JoinedSymbols implements SymbolTable {
  readonly #kernel: SymbolTable;
  readonly #modules: () => readonly LinuxModule[];

  constructor(kernel: SymbolTable, modules: () => readonly LinuxModule[]) {
    this.#kernel = kernel;
    this.#modules = modules;
  }

  get count(): number {
    return this.#modules().reduce((sum, { symbols }) => sum + symbols.count, this.#kernel.count);
  }

  byName(name: string): Symbol | undefined {
    const known = this.#kernel.byName(name);
    if (known) return known;
    for (const { symbols } of this.#modules()) {
      const found = symbols.byName(name);
      if (found && found.address >= kernelHalf) return found;
    }
    return undefined;
  }

  nearestBelow(address: bigint): Symbol | undefined {
    for (const { regions, symbols } of this.#modules())
      if (regions.some(({ start, end }) => address >= start && address < end))
        return symbols.nearestBelow(address);
    return this.#kernel.nearestBelow(address);
  }

  *all(): Iterable<Symbol> {
    yield* this.#kernel.all();
    for (const { symbols } of this.#modules()) yield* symbols.all();
  }

  withPrefix(prefix: string, limit: number): readonly string[] {
    const tables = [this.#kernel, ...this.#modules().map(({ symbols }) => symbols)];
    const names = new Set(tables.flatMap((table) => table.withPrefix(prefix, limit)));
    return [...names].sort().slice(0, limit);
  }
}
