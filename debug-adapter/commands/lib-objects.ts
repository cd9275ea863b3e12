/** The typed objects that a dump is known to hold: globals, what global walkers give, and what the user says. */
import type { CType } from '../../dump-format/ctype.ts';
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { Session, Walker } from './command.ts';

/** Objects that are indexed. */
export const objectLimit = 4_000_000;

export interface KnownObject {
  readonly address: bigint;
  readonly type: CType;
  /** Bytes; at least 1. */
  readonly size: bigint;
  /** How it is known: the symbol `n1`, the walker `thread`, or the user. */
  readonly source:
    | { readonly kind: 'symbol'; readonly name: string }
    | { readonly kind: 'walker'; readonly name: string }
    | { readonly kind: 'user' };
}

/** Objects sorted by address; of those at one address the first that became known stands first. */
export interface ObjectIndex {
  readonly objects: readonly KnownObject[];
  /** The innermost object that holds an address. */
  at(address: bigint): KnownObject | undefined;
  /** Why the index has less than there is, one sentence each. */
  readonly gaps: readonly string[];
}

const indexes = new WeakMap<Session, ObjectIndex>();
const claims = new WeakMap<Session, KnownObject[]>();

/** The index of a session, built at the first question: one pass over symbols and global walkers. */
export function objectIndex(session: Session): ObjectIndex {
  let index = indexes.get(session);
  if (!index) {
    index = buildIndex(session);
    indexes.set(session, index);
  }
  return index;
}

/** Takes the user's word for the type of what lies at an address (`::istype`). */
export function claimObject(session: Session, address: bigint, type: CType): void {
  const list = claims.get(session) ?? [];
  list.push({ address, type, size: sizeOf(type), source: { kind: 'user' } });
  claims.set(session, list);
  indexes.delete(session);
}

/** Takes it back (`::notype`). False when there was nothing to take back. */
export function disclaimObject(session: Session, address: bigint): boolean {
  const list = claims.get(session) ?? [];
  const rest = list.filter((each) => each.address !== address);
  claims.set(session, rest);
  indexes.delete(session);
  return rest.length < list.length;
}

function sizeOf(type: CType): bigint {
  return BigInt(Math.max(1, type.size));
}

function buildIndex(session: Session): ObjectIndex {
  const objects: KnownObject[] = [...(claims.get(session) ?? [])];
  const gaps: string[] = [];
  objects.push(...globals(session));
  for (const walker of session.walkers()) {
    if (walker.address === 'required' || walker.elementType === undefined) continue;
    const type = session.target.findType(walker.elementType);
    if (type) addWalk(session, walker, type, objects, gaps);
  }
  // A stable sort: the earlier source wins where two know the same address.
  objects.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  return { objects, gaps, at: (address) => innermost(objects, address) };
}

function* globals(session: Session): Generator<KnownObject> {
  const { target } = session;
  const { debugInfo, symbols } = target;
  if (!debugInfo) return;
  let count = 0;
  for (const symbol of symbols.all()) {
    if ((++count & 0xff) === 0)
      session.checkpoint({ done: count, total: symbols.count, what: 'symbols' });
    if (symbol.type !== 'object' || symbol.address === 0n) continue;
    const type = debugInfo.variable(symbol.name)?.type;
    if (type && type.size > 0)
      yield {
        address: symbol.address,
        type,
        size: sizeOf(type),
        source: { kind: 'symbol', name: symbol.name },
      };
  }
}

/** A damaged list gives what could be read of it; the rest is a gap that is told of. */
function addWalk(
  session: Session,
  walker: Walker,
  type: CType,
  objects: KnownObject[],
  gaps: string[],
): void {
  const source = { kind: 'walker', name: walker.name } as const;
  let count = 0;
  try {
    for (const address of walker.walk(session.target, undefined)) {
      if ((++count & 0xff) === 0)
        session.checkpoint({ done: count, what: `walking ${walker.name}` });
      if (objects.length >= objectLimit) {
        gaps.push(`more than ${objectLimit} objects: the rest of walk ${walker.name} is left out`);
        return;
      }
      objects.push({ address, type, size: sizeOf(type), source });
    }
  } catch (error) {
    if (!(error instanceof FaultError || error instanceof LookupError)) throw error;
    gaps.push(`walk ${walker.name} ends after ${count} elements: ${error.message}`);
  }
}

/** Objects may lie in one another (a member that a walker gives): the nearest start below that still reaches the address. */
function innermost(objects: readonly KnownObject[], address: bigint): KnownObject | undefined {
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((objects[middle]?.address ?? 0n) <= address) low = middle + 1;
    else high = middle;
  }
  for (let index = low - 1, tried = 0; index >= 0 && tried < 64; index--, tried++) {
    const object = objects[index];
    if (object && address - object.address < object.size) return firstAt(objects, index, address);
  }
  return undefined;
}

/** Of the objects that start at one place the one from the best source: the user, then symbols, then walkers. */
function firstAt(
  objects: readonly KnownObject[],
  index: number,
  address: bigint,
): KnownObject | undefined {
  const start = objects[index]?.address;
  let best = objects[index];
  for (let at = index; at >= 0 && objects[at]?.address === start; at--) {
    const object = objects[at];
    if (object && address - object.address < object.size) best = object;
  }
  return best;
}
