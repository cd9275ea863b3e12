/** The typed objects that a dump is known to hold: globals, what global walkers give, what these point to, and what the user says. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import { isTypeAt, pathAtOffset } from '../target/members.ts';
import { holdsPointers, pointerSlots } from '../target/pointer-slots.ts';
import type { Session, Walker } from './command.ts';
import { isSameType, Occupancy } from './lib-occupancy.ts';

/** Objects that are indexed. */
export const objectLimit = 1_000_000;

/** Bytes of one object that are searched for pointers. */
const searchedBytes = 64 * 1024 * 1024;

export interface KnownObject {
  readonly address: bigint;
  readonly type: CType;
  /** Bytes; at least 1. */
  readonly size: bigint;
  readonly source: ObjectSource;
}

/** How an object is known: by the user's word, the symbol `n1`, the walker `thread`, or a typed pointer in another one. */
export type ObjectSource =
  | { readonly kind: 'user' }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'walker'; readonly name: string }
  | { readonly kind: 'pointer'; readonly holder: KnownObject; readonly offset: number };

export interface ObjectIndex {
  /** By address; of those at one address the best known stands first. */
  readonly objects: readonly KnownObject[];
  /** The innermost object that holds an address. */
  at(address: bigint): KnownObject | undefined;
  /** Why the index has less than there is, one sentence each. */
  readonly gaps: readonly string[];
}

const indexes = new WeakMap<Session, ObjectIndex>();
const claims = new WeakMap<Session, KnownObject[]>();

/** The index of a session, built at the first question: symbols and global walkers, then along typed pointers. */
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

/** `the global variable n1`, `::walk thread`, `t_procp of kthread_t fffffe...`. */
export function sourceText(source: ObjectSource): string {
  switch (source.kind) {
    case 'user':
      return '::istype';
    case 'symbol':
      return `the global variable ${source.name}`;
    case 'walker':
      return `::walk ${source.name}`;
    case 'pointer':
      return `pointed to by ${memberText(source.holder, source.offset)}`;
  }
}

/** The member at an offset, with the symbol or the address of its object: `cpus[0].cpu_thread`, `t_ctx of fffffe...`. */
export function memberText({ type, source, address }: KnownObject, offset: number): string {
  const path = pathAtOffset(type, offset)?.path ?? '';
  if (source.kind !== 'symbol') return `${path === '' ? '+0' : path} of ${address.toString(16)}`;
  return path === '' || path.startsWith('[') ? source.name + path : `${source.name}.${path}`;
}

function sizeOf(type: CType): bigint {
  return BigInt(Math.max(1, type.size));
}

function buildIndex(session: Session): ObjectIndex {
  const objects: KnownObject[] = [...(claims.get(session) ?? [])];
  const gaps: string[] = [];
  for (const object of globals(session)) objects.push(object);
  for (const walker of session.walkers()) {
    if (walker.address === 'required' || walker.elementType === undefined) continue;
    const type = session.target.findType(walker.elementType);
    if (type) addWalk(session, walker, type, objects, gaps);
  }
  addPointees(session, objects, gaps);
  // A stable sort: of objects at one place the larger one first, then the better known one.
  objects.sort((a, b) =>
    a.address === b.address ? compare(b.size, a.size) : compare(a.address, b.address),
  );
  const kept = withoutEmbedded(objects);
  return { objects: kept, gaps, at: (address) => innermost(kept, address) };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
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
    if (!type || type.size === 0) continue;
    const source = { kind: 'symbol', name: symbol.name } as const;
    yield { address: symbol.address, type, size: sizeOf(type), source };
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

/** Follows every pointer to a struct or union, from object to object, nearest first. */
function addPointees(session: Session, objects: KnownObject[], gaps: string[]): void {
  const occupancy = new Occupancy();
  for (const object of objects) occupancy.take(object);
  for (let next = 0; next < objects.length; next++) {
    const holder = objects[next];
    if (!holder) break;
    if ((next & 0xff) === 0)
      session.checkpoint({ done: next, total: objects.length, what: 'following pointers' });
    for (const { address, type, offset } of pointees(session, holder)) {
      const source = { kind: 'pointer', holder, offset } as const;
      const object = { address, type, size: sizeOf(type), source };
      if (!occupancy.claim(object)) continue;
      if (objects.length >= objectLimit) {
        gaps.push(`more than ${objectLimit} objects: the pointers of the rest are not followed`);
        return;
      }
      objects.push(object);
    }
  }
}

interface Pointee {
  readonly address: bigint;
  readonly type: CType;
  /** Of the pointer in its holder. */
  readonly offset: number;
}

/** What an object's typed pointers lead to, as far as it is in the dump. */
function* pointees({ target }: Session, { address, type, size }: KnownObject): Generator<Pointee> {
  if (!holdsPointers(type) || size > BigInt(searchedBytes)) return;
  const bytes = target.memory.readAvailable(address, Number(size)).slice();
  const view = new DataView(bytes.buffer);
  const isLittle = target.dump.byteOrder === 'little';
  for (const { offset, type: pointer } of pointerSlots(type)) {
    if (offset + 8 > bytes.length) continue;
    const base = strip(pointer);
    const to = base.kind === 'pointer' ? strip(base.target) : undefined;
    if (!to || (to.kind !== 'struct' && to.kind !== 'union') || to.size === 0) continue;
    const place = view.getBigUint64(offset, isLittle);
    if (place === 0n || place % 8n !== 0n) continue;
    if (target.memory.readAvailable(place, 1).length === 0) continue;
    yield { address: place, type: base.kind === 'pointer' ? base.target : to, offset };
  }
}

/** Leaves out what pointers into larger objects lead to, where the larger one has just that member there. */
function withoutEmbedded(sorted: readonly KnownObject[]): KnownObject[] {
  const kept: KnownObject[] = [];
  const open: KnownObject[] = [];
  for (const object of sorted) {
    while (open.length > 0) {
      const last = open.at(-1);
      if (last && object.address < last.address + last.size) break;
      open.pop();
    }
    const isMember =
      object.source.kind === 'pointer' &&
      open.some((outer) => {
        const offset = Number(object.address - outer.address);
        return isTypeAt(outer.type, offset, (type) => isSameType(type, object.type));
      });
    if (isMember) continue;
    kept.push(object);
    open.push(object);
  }
  return kept;
}

/** Enclosing objects that are looked at before the search is given up. */
const nestingLimit = 64;

/** Objects may lie in one another: the nearest start below that still reaches the address. */
function innermost(objects: readonly KnownObject[], address: bigint): KnownObject | undefined {
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((objects[middle]?.address ?? 0n) <= address) low = middle + 1;
    else high = middle;
  }
  for (let index = low - 1, tried = 0; index >= 0 && tried < nestingLimit; index--, tried++) {
    const object = objects[index];
    if (object && address - object.address < object.size)
      return bestAt(objects, object.address, index, address);
  }
  return undefined;
}

const ranks = { user: 0, symbol: 1, walker: 2, pointer: 3 } as const;

/** Of the objects that start at one place and reach the address, the best known one. */
function bestAt(
  objects: readonly KnownObject[],
  start: bigint,
  from: number,
  address: bigint,
): KnownObject | undefined {
  let best: KnownObject | undefined;
  for (let index = from; index >= 0; index--) {
    const object = objects[index];
    if (!object || object.address !== start) break;
    if (address - object.address >= object.size) continue;
    if (!best || ranks[object.source.kind] <= ranks[best.source.kind]) best = object;
  }
  return best;
}
