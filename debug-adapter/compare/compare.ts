/** What differs between two dumps of one kernel: objects, and in each the members, by type and not by bytes. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { FaultError } from '../../dump-format/errors.ts';
import { differingTexts, leafText } from './leaf-text.ts';
import { leavesOf, type Leaf } from './leaves.ts';
import { noiseOf, type Noise } from './noise.ts';
import { Pairing, type Pair, type Place, type Side } from './pairs.ts';

export type { Side } from './pairs.ts';

/** Members of one object that are listed. */
export const memberLimit = 256;

export interface ObjectDifference {
  /** A global's name, `vcpu 0` for what a walker found, `vcpu 0->run` for what a pointer leads to. */
  readonly name: string;
  /** C type of the left one, or of the only one. */
  readonly type: CType;
  /** Addresses; one is undefined when only the other dump has the object. */
  readonly left: bigint | undefined;
  readonly right: bigint | undefined;
  readonly members: readonly MemberDifference[];
  /** Members that differ beyond `memberLimit`. */
  readonly omitted: number;
}

export interface MemberDifference {
  /** From the object: `arch.gpr[3]`; empty for a scalar global. */
  readonly path: string;
  readonly left: string;
  readonly right: string;
  /** Set when the difference says nothing, and why. */
  readonly noise: Noise | undefined;
}

/**
 * Gives the objects that differ: processors first, then globals in the order of the symbol table, what walkers find, and what the pointers of those lead to.
 *
 * A pointer differs when what it points to differs in name, not in address. Memory that a dump lacks is not compared.
 */
export function* compareDumps(left: Side, right: Side): Generator<ObjectDifference> {
  yield* compareCpus(left, right);
  const pairing = new Pairing(left, right);
  // Who belongs to whom has to be known before the first pointer is compared.
  const pairs = Array.from(pairing.all());
  for (const pair of pairs) {
    const found = comparePair(left, right, pairing, pair);
    if (found) yield found;
  }
}

function* compareCpus(left: Side, right: Side): Generator<ObjectDifference> {
  for (const a of left.target.cpus) {
    const b = right.target.cpus.find(({ index }) => index === a.index);
    const members: MemberDifference[] = [];
    for (const [name, value] of a.registers) {
      const other = b?.registers.get(name);
      if (other === undefined) continue;
      const isPc = name === 'rip';
      const [is, was] = [codeText(left, value, isPc), codeText(right, other, isPc)];
      if (is === was) continue;
      members.push({ path: name, left: is, right: was, noise: isPc ? undefined : 'register' });
    }
    const type = left.target.types.lookup('unsigned long');
    if (members.length > 0 && type)
      yield {
        name: `cpu ${a.index}`,
        type,
        left: undefined,
        right: undefined,
        members,
        omitted: 0,
      };
  }
}

function codeText({ target }: Side, value: bigint, isCode: boolean): string {
  return (isCode ? target.symbolize(value)?.replace(/\+.*$/, '') : undefined) ?? value.toString(16);
}

function comparePair(
  left: Side,
  right: Side,
  pairing: Pairing,
  { name, left: a, right: b }: Pair,
): ObjectDifference | undefined {
  const known = a ?? b;
  if (!known) return undefined;
  const result = { name, type: known.type, left: a?.address, right: b?.address };
  if (!a || !b) return { ...result, members: [], omitted: 0 };
  const members: MemberDifference[] = [];
  let omitted = 0;
  for (const each of differences(left, right, pairing, name, a, b)) {
    if (members.length < memberLimit) members.push(each);
    else omitted++;
  }
  return members.length === 0 ? undefined : { ...result, members, omitted };
}

function* differences(
  left: Side,
  right: Side,
  pairing: Pairing,
  name: string,
  a: Place,
  b: Place,
): Generator<MemberDifference> {
  const [mine, theirs] = [bytesAt(left, a), bytesAt(right, b)];
  if (!mine || !theirs) return;
  const others = new Map(leavesOf(b.type).map((leaf) => [leaf.path, leaf]));
  // A union's members share bytes: each byte that differs is told once.
  const told = new Uint8Array(mine.length);
  for (const leaf of leavesOf(a.type)) {
    const other = others.get(leaf.path);
    if (!other || !isNews(leaf, other, mine, theirs, told)) continue;
    const texts = differingTexts(
      leafText({ side: 'left', ...left, pairing, place: a, leaf, bytes: mine }),
      leafText({ side: 'right', ...right, pairing, place: b, leaf: other, bytes: theirs }),
    );
    if (!texts) continue;
    told.fill(1, leaf.offset, leaf.offset + leaf.size);
    const noise = noiseOf(name, leaf.path, typedefOf(leaf.type));
    yield { path: leaf.path, left: texts[0], right: texts[1], noise };
  }
}

function bytesAt({ target }: Side, { address, type }: Place): Uint8Array | undefined {
  try {
    return target.memory.read(address, type.size);
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}

/** Some byte differs that no leaf before has told of. A pointer may differ although its bytes don't: builds differ. */
function isNews(
  leaf: Leaf,
  other: Leaf,
  mine: Uint8Array,
  theirs: Uint8Array,
  told: Uint8Array,
): boolean {
  if (strip(leaf.type).kind === 'pointer' && told[leaf.offset] === 0) return true;
  if (leaf.size !== other.size) return true;
  for (let index = 0; index < leaf.size; index++) {
    const isDifferent = mine[leaf.offset + index] !== theirs[other.offset + index];
    if (isDifferent && told[leaf.offset + index] === 0) return true;
  }
  return false;
}

/** The outermost typedef of a type. */
function typedefOf(type: CType): string | undefined {
  let each = type;
  while (each.kind === 'const' || each.kind === 'volatile') each = each.target;
  return each.kind === 'typedef' ? each.name : undefined;
}
