/** One object as a node of a graph: what it is, what it points to, and who points to it. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { LookupError } from '../../dump-format/errors.ts';
import type { Inspector } from '../inspector.ts';
import type { ReferenceRule } from '../kernels/kernel.ts';
import { valueText } from '../print/value-text.ts';
import { pathAtOffset } from '../target/members.ts';
import { pointerSlots } from '../target/pointer-slots.ts';
import type { Target } from '../target/target.ts';
import { typeName } from '../target/type-names.ts';
import { layoutOf } from './layout.ts';
import { addressOf, objectAt, type KnownObject } from './place.ts';

/** References of one object in each direction; an object with more says how many. */
export const referenceLimit = 500;

/** Elements of a list that are counted. */
export const listLimit = 10_000;

/** Facts told of one object. */
const factLimit = 3;

export type Strength = ReferenceRule['strength'] | 'unknown';

export interface ObjectReferences {
  readonly address: bigint;
  readonly type: string;
  readonly symbol: string | undefined;
  /** Members that tell objects of a type apart: texts and enumerators. */
  readonly facts: readonly (readonly [member: string, value: string])[];
  /** The count of the object against its holders, for types with reference rules. */
  readonly audit: string | undefined;
  readonly outgoing: readonly OutgoingReference[];
  readonly incoming: readonly IncomingReference[];
  /** Incoming ones that are not given. */
  readonly incomingLeft: number;
}

export interface OutgoingReference {
  readonly member: string;
  readonly strength: Strength;
  readonly to: bigint;
  readonly type: string;
  /** It leads to an object of the same type: the further elements of a list, in order. */
  readonly elements?: readonly bigint[];
}

export interface IncomingReference {
  /** The object that holds the pointer. */
  readonly from: bigint;
  readonly type: string;
  /** Member path; with the symbol in front for a global variable. */
  readonly member: string;
  readonly strength: Strength;
}

/**
 * The object that lies at a place, or that `type` says lies there.
 *
 * @throws UsageError, LookupError, FaultError
 */
export function referencesOf(
  inspector: Inspector,
  at: string,
  type: string | undefined,
): ObjectReferences {
  const { target } = inspector;
  const address = addressOf(inspector, at);
  const object: KnownObject | undefined =
    type === undefined || type === ''
      ? objectAt(inspector, address)
      : { address, type: target.type(type) };
  if (object === undefined)
    throw new LookupError(`it is not known what lies at ${address.toString(16)}: name a type`);
  const incoming = [...incomingReferences(inspector, object)];
  return {
    address: object.address,
    type: typeName(object.type),
    symbol: target.symbolize(object.address),
    facts: factsOf(target, object),
    audit: auditOf(inspector, object),
    outgoing: [...outgoingReferences(target, object)],
    incoming: incoming.slice(0, referenceLimit),
    incomingLeft: Math.max(0, incoming.length - referenceLimit),
  };
}

function* outgoingReferences(
  target: Target,
  { address, type }: KnownObject,
): Generator<OutgoingReference> {
  let count = 0;
  for (const slot of [...pointerSlots(type)].sort((one, other) => one.offset - other.offset)) {
    const to = pointedTo(target, slot.type, address + BigInt(slot.offset));
    if (to === undefined || to.address === address) continue;
    if (++count > referenceLimit) return;
    const member = pathAtOffset(type, slot.offset)?.path ?? `+0x${slot.offset.toString(16)}`;
    const isList = isSameType(to.type, type);
    yield {
      member,
      strength: strengthOf(target, typeName(type), member, to.type),
      to: to.address,
      type: typeName(to.type),
      ...(isList && { elements: elementsOf(target, slot, to.address, address) }),
    };
  }
}

/** The struct or union that a pointer leads to, when it is in the dump. */
function pointedTo(target: Target, type: CType, place: bigint): KnownObject | undefined {
  const pointer = strip(type);
  if (pointer.kind !== 'pointer') return undefined;
  const pointee = strip(pointer.target);
  if ((pointee.kind !== 'struct' && pointee.kind !== 'union') || pointee.size === 0)
    return undefined;
  const address = wordAt(target, place);
  if (address === undefined || address === 0n) return undefined;
  if (target.memory.readAvailable(address, 1).length === 0) return undefined;
  return { address, type: pointer.target };
}

function wordAt({ memory }: Target, place: bigint): bigint | undefined {
  return memory.readAvailable(place, 8).length < 8 ? undefined : memory.readU64(place);
}

/** From the first element on, until the list ends, comes back, or leaves the dump. */
function elementsOf(
  target: Target,
  slot: { readonly offset: number; readonly type: CType },
  first: bigint,
  owner: bigint,
): bigint[] {
  const seen = new Set([owner]);
  let next: bigint | undefined = first;
  while (next !== undefined && !seen.has(next) && seen.size <= listLimit) {
    seen.add(next);
    next = pointedTo(target, slot.type, next + BigInt(slot.offset))?.address;
  }
  return [...seen].slice(1);
}

/** From the pointers of known objects, as `::pointers` finds them. */
function* incomingReferences(
  { session, target }: Inspector,
  { address, type }: KnownObject,
): Generator<IncomingReference> {
  const places = referredPlaces(target, type);
  for (const row of session.execute(`${address.toString(16)}::pointers`)) {
    if (row.object === undefined || row.object.address === address) continue;
    if (!places.has(row.data?.['offset'])) continue;
    const text = String(row.data?.['member'] ?? '');
    const member = text.replace(/ of [0-9a-f]+$/, '');
    const holder = typeName(row.object.type);
    yield {
      from: row.object.address,
      type: holder,
      member,
      strength: strengthOf(target, holder, member, type),
    };
  }
}

/** Offsets that a pointer to an object has: its start, and members that stand for the whole of it by a rule of the kernel. */
function referredPlaces(target: Target, type: CType): ReadonlySet<unknown> {
  const inside = (target.kernel?.references ?? []).flatMap((rule) => {
    const refersTo = target.findType(rule.refersTo);
    if (rule.inside === undefined || refersTo === undefined || !isSameType(refersTo, type))
      return [];
    return target.value(refersTo, 0n).path(rule.inside).address ?? [];
  });
  return new Set([0n, ...inside]);
}

/** What the rules of the kernel say of a pointer; names of types with and without `struct`, as C allows. */
function strengthOf(target: Target, holder: string, member: string, pointee: CType): Strength {
  const rules = target.kernel?.references ?? [];
  const rule = rules.find((each) => {
    const refersTo = target.findType(each.refersTo);
    if (refersTo === undefined || !isSameType(refersTo, pointee)) return false;
    if ('symbol' in each.holder) return each.holder.symbol === member;
    if ('own' in each.holder) return false;
    const owner = target.findType(each.holder.type);
    const held = target.findType(holder.replace(/( \*|\[\d+\])+$/, '').trim());
    if (owner === undefined || held === undefined || !isSameType(owner, held)) return false;
    return member === each.holder.member || member.endsWith(`.${each.holder.member}`);
  });
  return rule?.strength ?? 'unknown';
}

function auditOf({ session, target }: Inspector, object: KnownObject): string | undefined {
  const isCounted = (target.kernel?.references ?? []).some((rule) => {
    const type = target.findType(rule.refersTo);
    return type !== undefined && isSameType(type, object.type);
  });
  if (!isCounted) return undefined;
  const rows = [...session.execute(`${object.address.toString(16)}::refs`)];
  const verdict = rows.findLast((row) => row.data !== undefined && 'held' in row.data);
  return verdict?.spans.map((span) => span.text).join('');
}

function factsOf(
  target: Target,
  { address, type }: KnownObject,
): (readonly [member: string, value: string])[] {
  const facts: (readonly [string, string])[] = [];
  for (const { path, value, isAlternative } of layoutOf(target.value(type, address)).fields) {
    if (value === undefined || isAlternative || path === '' || facts.length >= factLimit) continue;
    const base = strip(value.type);
    const element = base.kind === 'array' ? strip(base.element) : undefined;
    const isText = element?.kind === 'base' && element.size === 1;
    if (!isText && base.kind !== 'enum') continue;
    const text = valueText(target, value, undefined, 40);
    if (text !== '""' && /^"|^[A-Z]/.test(text)) facts.push([path, text]);
  }
  return facts;
}

/** Each unit of a kernel has a struct of its own for one that all include: they are told by their names. */
function isSameType(one: CType, other: CType): boolean {
  const [a, b] = [strip(one), strip(other)];
  if (a === b) return true;
  if ((a.kind !== 'struct' && a.kind !== 'union') || a.kind !== b.kind) return false;
  return a.name !== undefined && a.name === b.name && a.size === b.size;
}
