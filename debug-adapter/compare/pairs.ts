/** Which objects of two dumps are the same one: globals by name, then what walkers find, then what pointers of those lead to. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { Walker } from '../commands/command.ts';
import type { Target } from '../target/target.ts';
import { leavesOf } from './leaves.ts';

/** Objects of one walker that are compared. */
const walkLimit = 100_000;

/** Characters of a name that says by which pointers an object was reached; beyond that its type has to do. */
const nameLimit = 60;

/** Objects that are compared in all. */
export const pairLimit = 200_000;

export interface Side {
  readonly target: Target;
  readonly walkers: readonly Walker[];
}

/** Objects that correspond to each other; one that only one dump has lacks the other address. */
export interface Pair {
  /** `console_log`, `vcpu 0`, `vcpu 0->run`. */
  readonly name: string;
  readonly left: Place | undefined;
  readonly right: Place | undefined;
}

export interface Place {
  readonly address: bigint;
  readonly type: CType;
}

/** The pairs as they are found, and who belongs to whom. */
export class Pairing {
  /** Objects by address; partners have the same name. */
  private readonly leftNames = new Map<bigint, string>();
  private readonly rightNames = new Map<bigint, string>();
  private readonly left: Side;
  private readonly right: Side;
  private readonly pairs: Pair[] = [];
  private readonly globals = new Set<string>();

  constructor(left: Side, right: Side) {
    this.left = left;
    this.right = right;
  }

  /** Every pair, each once; those that pointers lead to come as the ones before them are taken. */
  *all(): Generator<Pair> {
    this.addGlobals();
    this.addWalked();
    for (let index = 0; index < this.pairs.length && index < pairLimit; index++) {
      const pair = this.pairs[index];
      if (!pair) return;
      yield pair;
      this.addPointees(pair);
    }
  }

  /** What a pointer points to, in words that mean the same in both dumps. */
  nameOf(side: 'left' | 'right', address: bigint): string | undefined {
    const { target } = this[side];
    return (
      (side === 'left' ? this.leftNames : this.rightNames).get(address) ?? target.symbolize(address)
    );
  }

  private addGlobals(): void {
    const right = new Set(globalNames(this.right.target));
    for (const name of globalNames(this.left.target)) {
      const [a, b] = [
        placeOf(this.left.target, name),
        right.has(name) ? placeOf(this.right.target, name) : undefined,
      ];
      if (!a || !b) continue;
      this.pairs.push({ name, left: a, right: b });
      this.globals.add(name);
    }
  }

  private addWalked(): void {
    for (const walker of this.left.walkers) {
      const partner = this.right.walkers.find(({ name }) => name === walker.name);
      if (!partner || !isGlobalWalk(walker)) continue;
      const a = elements(this.left.target, walker);
      const b = elements(this.right.target, partner);
      const theirs = new Set(b);
      const inBoth = new Set(a.filter((address) => theirs.has(address)));
      const rest = b.filter((address) => !inBoth.has(address));
      for (const [index, address] of a.entries()) {
        const other = inBoth.has(address) ? address : rest.shift();
        this.addElement(walker, index, address, other);
      }
      for (const [index, address] of rest.entries())
        this.addElement(walker, a.length + index, undefined, address);
    }
  }

  private addElement(
    walker: Walker,
    index: number,
    a: bigint | undefined,
    b: bigint | undefined,
  ): void {
    const place = (target: Target, address: bigint | undefined): Place | undefined => {
      const type = target.findType(walker.elementType ?? '');
      return address === undefined || !type ? undefined : { address, type };
    };
    const [left, right] = [place(this.left.target, a), place(this.right.target, b)];
    this.add({ name: `${walker.name} ${index}`, left, right });
  }

  /** Structures behind the pointers of a pair, when both sides have one and neither has a partner yet. */
  private addPointees({ name: parent, left, right }: Pair): void {
    if (!left || !right) return;
    const others = new Map(leavesOf(right.type).map((leaf) => [leaf.path, leaf]));
    for (const leaf of leavesOf(left.type)) {
      const pointer = strip(leaf.type);
      const other = others.get(leaf.path);
      if (pointer.kind !== 'pointer' || !other) continue;
      const pointed = strip(pointer.target);
      if (pointed.kind !== 'struct' || pointed.isDeclaration || pointed.size === 0) continue;
      const theirs = strip(other.type);
      if (theirs.kind !== 'pointer') continue;
      const a = pointerAt(this.left.target, left.address + BigInt(leaf.offset));
      const b = pointerAt(this.right.target, right.address + BigInt(other.offset));
      if (a === 0n || b === 0n || a === undefined || b === undefined) continue;
      const path = pointerName(parent, leaf.path);
      const name = path.length <= nameLimit ? path : `struct ${pointed.name ?? ''}`;
      this.add({
        name,
        left: { address: a, type: pointed },
        right: { address: b, type: strip(theirs.target) },
      });
    }
  }

  /** An object has one partner, and what lies inside a global is compared with it. */
  private add(pair: Pair): void {
    const { left, right, name } = pair;
    if (left && (this.leftNames.has(left.address) || this.isInGlobal(left.address))) return;
    if (right && this.rightNames.has(right.address)) return;
    const label = `${name} ${(left ?? right)?.address.toString(16) ?? ''}`;
    if (left) this.leftNames.set(left.address, label);
    if (right) this.rightNames.set(right.address, label);
    this.pairs.push(pair);
  }

  private isInGlobal(address: bigint): boolean {
    const symbol = this.left.target.symbols.nearestBelow(address);
    return (
      symbol !== undefined &&
      address < symbol.address + symbol.size &&
      this.globals.has(symbol.name)
    );
  }
}

/** `*panic_thread`, `cpus[0].cpu_lwp`, `vcpu 0->run`. */
function pointerName(parent: string, path: string): string {
  if (path === '') return `*${parent}`;
  return path.startsWith('[') ? `${parent}${path}` : `${parent}->${path}`;
}

function* globalNames(target: Target): Generator<string> {
  const seen = new Set<string>();
  for (const { type, name } of target.symbols.all()) {
    if (type !== 'object' || seen.has(name) || !target.hasGlobal(name)) continue;
    seen.add(name);
    yield name;
  }
}

function placeOf(target: Target, name: string): Place | undefined {
  const { address, type } = target.global(name);
  return address === undefined || type.size === 0 ? undefined : { address, type };
}

function isGlobalWalk({ address, elementType }: Walker): boolean {
  return address !== 'required' && elementType !== undefined;
}

/** Elements up to where memory ends or the walk has to. */
function elements(target: Target, walker: Walker): bigint[] {
  const found: bigint[] = [];
  try {
    for (const address of walker.walk(target, undefined)) {
      found.push(address);
      if (found.length >= walkLimit) break;
    }
  } catch (error) {
    if (!(error instanceof FaultError) && !(error instanceof LookupError)) throw error;
  }
  return found;
}

function pointerAt(target: Target, address: bigint): bigint | undefined {
  try {
    return target.memory.readU64(address);
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}
