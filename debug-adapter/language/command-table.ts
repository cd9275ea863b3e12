/** The dcmds and walkers of a session by name, module prefix and alias. */
import type { Dcmd, Walker } from '../commands/command.ts';
import { nearestNames } from './nearest.ts';

/** mdb's modules whose dcmds Corewalk has: ``::genunix`ps`` finds `::ps`. */
const mdbModules: ReadonlySet<string> = new Set(['mdb', 'genunix', 'unix']);

export class CommandTable {
  private readonly dcmds = new Map<string, Dcmd>();
  private readonly walkers = new Map<string, Walker>();
  private readonly dcmdAliases = new Map<string, Dcmd>();

  private readonly moreWalkers: (name: string) => Walker | undefined;

  /**
   * Later tables win: a kernel's own command replaces the general one of the same name.
   *
   * @param moreWalkers asked for names that no table has
   */
  constructor(
    dcmds: Iterable<Dcmd>,
    walkers: Iterable<Walker>,
    moreWalkers: (name: string) => Walker | undefined = () => undefined,
  ) {
    this.moreWalkers = moreWalkers;
    for (const dcmd of dcmds) this.dcmds.set(dcmd.name, dcmd);
    for (const dcmd of this.dcmds.values())
      for (const alias of dcmd.aliases ?? []) this.dcmdAliases.set(alias, dcmd);
    for (const walker of walkers) this.walkers.set(walker.name, walker);
  }

  dcmd(name: string): Dcmd | undefined {
    return scoped(name, (bare) => this.dcmds.get(bare) ?? this.dcmdAliases.get(bare));
  }

  walker(name: string): Walker | undefined {
    return scoped(name, (bare) => this.walkers.get(bare) ?? this.moreWalkers(bare));
  }

  /** Sorted by name. */
  allDcmds(): Dcmd[] {
    return [...this.dcmds.values()].sort(byName);
  }

  /** Sorted by name. */
  allWalkers(): Walker[] {
    return [...this.walkers.values()].sort(byName);
  }

  /** For a hint, nearest first. */
  dcmdsLike(name: string): readonly string[] {
    // A sign and a letter: any other letter would be as near.
    if (/^[$:]/.test(name)) return [];
    return nearestNames(name, [...this.dcmds.keys(), ...this.dcmdAliases.keys()]);
  }

  /** For a hint, nearest first. */
  walkersLike(name: string): readonly string[] {
    return nearestNames(name, this.walkers.keys());
  }
}

function scoped<Command extends Dcmd | Walker>(
  name: string,
  find: (bare: string) => Command | undefined,
): Command | undefined {
  const mark = name.lastIndexOf('`');
  if (mark < 0) return find(name);
  const module = name.slice(0, mark);
  const found = find(name.slice(mark + 1));
  if (found === undefined) return undefined;
  const isMdbs = found.origin === 'mdb' && mdbModules.has(module);
  return isMdbs || found.module === module ? found : undefined;
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}
