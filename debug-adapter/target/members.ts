/** Members of structs and unions by name and by offset, anonymous ones looked through. */
import { strip, type CType, type Member, type RecordType } from '../../dump-format/ctype.ts';
import { LookupError } from '../../dump-format/errors.ts';
import { typeName } from './type-names.ts';

/** Anonymous records nested deeper than this are not searched: only a damaged dump has them. */
export const anonymousNestingLimit = 16;

/** Steps a member path may have. */
export const pathStepLimit = 256;

/** Members by name, built at the first question: a walk asks a million times. */
const tables = new WeakMap<RecordType, Map<string, Member>>();

/** The member, its offset counted from the start of `record` even when it stands in an anonymous record. */
export function findMember(record: RecordType, name: string): Member | undefined {
  let table = tables.get(record);
  if (!table) {
    table = new Map();
    collect(record, 0, 0, table);
    tables.set(record, table);
  }
  return table.get(name);
}

/** @throws LookupError in mdb's words */
export function requireMember(record: RecordType, name: string): Member {
  const member = findMember(record, name);
  if (member) return member;
  throw new LookupError(
    `failed to find member ${name} of ${typeName(record)}: no such member of structure or union`,
  );
}

/** Every member with a name, those of anonymous records included, in declaration order. */
export function namedMembers(record: RecordType): readonly Member[] {
  const table = new Map<string, Member>();
  collect(record, 0, 0, table);
  return [...table.values()];
}

function collect(
  record: RecordType,
  offset: number,
  depth: number,
  table: Map<string, Member>,
): void {
  for (const member of record.members) {
    const moved = offset === 0 ? member : shiftMember(member, offset);
    if (member.name !== undefined) {
      if (!table.has(member.name)) table.set(member.name, moved);
      continue;
    }
    const inner = strip(member.type);
    if ((inner.kind === 'struct' || inner.kind === 'union') && depth < anonymousNestingLimit) {
      collect(inner, moved.offset, depth + 1, table);
    }
  }
}

/** The same member, its offset counted from `offset` bytes before its record. */
export function shiftMember(member: Member, offset: number): Member {
  const { bitField } = member;
  return {
    ...member,
    offset: member.offset + offset,
    ...(bitField && {
      bitField: { ...bitField, offsetBits: bitField.offsetBits + offset * 8 },
    }),
  };
}

/** One step of a member path. `auto` is the first step without a delimiter: `->` from a pointer, else `.`. */
export type PathStep =
  | { readonly kind: 'auto' | 'dot' | 'arrow'; readonly name: string }
  | { readonly kind: 'index'; readonly index: bigint };

/** Paths that were taken apart last: a walk asks for the same ones at each element. */
const parsedPaths = new Map<string, readonly PathStep[]>();
const keptPaths = 256;

/**
 * Takes a member path apart: `t_procp->p_pidp`, `a[3].b`, `[2]`.
 *
 * @param radix of indexes without a prefix; mdb's default is 16
 * @throws LookupError in mdb's words
 */
export function parsePath(path: string, radix = 16): readonly PathStep[] {
  const key = `${radix} ${path}`;
  const known = parsedPaths.get(key);
  if (known) return known;
  const steps = splitPath(path, radix);
  if (parsedPaths.size >= keptPaths) parsedPaths.clear();
  parsedPaths.set(key, steps);
  return steps;
}

function splitPath(path: string, radix: number): readonly PathStep[] {
  const steps: PathStep[] = [];
  let rest = path;
  while (rest !== '') {
    if (steps.length >= pathStepLimit)
      throw new LookupError(`member path has more than ${pathStepLimit} steps`);
    const delimiter = /^(?:->|\.|\[)/.exec(rest)?.[0];
    if (delimiter === '[') {
      const close = rest.indexOf(']');
      if (close < 0) throw new LookupError("no trailing ']'");
      steps.push({ kind: 'index', index: parseIndex(rest.slice(1, close), radix) });
      rest = rest.slice(close + 1);
      if (rest !== '' && !/^(?:->|\.|\[)/.test(rest))
        throw new LookupError(`'${rest.charAt(0)}' is not a valid delimiter`);
      continue;
    }
    if (delimiter === undefined && steps.length > 0)
      throw new LookupError(`'${rest.charAt(0)}' is not a valid delimiter`);
    rest = rest.slice(delimiter?.length ?? 0);
    const name = /^[^.[\]-]*(?:-(?!>)[^.[\]-]*)*/.exec(rest)?.[0] ?? '';
    if (name === '') throw new LookupError(`invalid member path '${path}'`);
    steps.push({
      kind: delimiter === '->' ? 'arrow' : delimiter === '.' ? 'dot' : 'auto',
      name,
    });
    rest = rest.slice(name.length);
  }
  return steps;
}

const prefixes: Readonly<Record<string, number>> = { '0i': 2, '0o': 8, '0t': 10, '0x': 16 };

function parseIndex(text: string, radix: number): bigint {
  const trimmed = text.trim();
  const prefixRadix = prefixes[trimmed.slice(0, 2).toLowerCase()];
  const digits = prefixRadix === undefined ? trimmed : trimmed.slice(2);
  const base = prefixRadix ?? radix;
  if (digits === '') throw new LookupError(`invalid array index '${text}'`);
  let value = 0n;
  for (const digit of digits) {
    const number = Number.parseInt(digit, 36);
    if (!(number < base)) throw new LookupError(`digit '${digit}' is invalid in current base`);
    value = value * BigInt(base) + BigInt(number);
    if (value > 0xffff_ffff_ffff_ffffn)
      throw new LookupError('specified value exceeds maximum immediate value');
  }
  return value;
}

/** What lies at a byte offset of a type: for `$[20]`, and for the names of reverse references. */
export interface OffsetPath {
  /** `p_ents[1].se_flags`; empty when nothing could be entered. */
  readonly path: string;
  /** The same, to be followed from a value: members and array indexes. */
  readonly steps: readonly (Member | number)[];
  readonly type: CType;
  /** Bytes from the start of what `path` names; 0 unless the offset lies inside a scalar, a union or a hole. */
  readonly remainder: number;
}

/**
 * Names what lies at `offset` bytes. Stops at a scalar, in a hole, and at a union, as mdb does.
 *
 * @returns undefined when the offset is outside the type
 */
export function pathAtOffset(type: CType, offset: number): OffsetPath | undefined {
  if (offset < 0 || offset >= Math.max(type.size, 1)) return undefined;
  const steps: (Member | number)[] = [];
  let path = '';
  let current = type;
  let remainder = offset;
  while (steps.length < pathStepLimit) {
    const base = strip(current);
    if (base.kind === 'array' && base.element.size > 0) {
      const index = Math.floor(remainder / base.element.size);
      path += `[${index}]`;
      steps.push(index);
      remainder %= base.element.size;
      current = base.element;
      continue;
    }
    const inside = base.kind === 'struct' ? memberAtOffset(base, remainder) : undefined;
    if (!inside) break;
    path += (path === '' ? '' : '.') + (inside.name ?? '<anon>');
    steps.push(inside);
    remainder -= inside.offset;
    current = inside.type;
  }
  return { path, steps, type: current, remainder };
}

/** True when a member, or an element, at any depth starts at `offset` bytes and its type fits; unions are looked into. */
export function isTypeAt(
  type: CType,
  offset: number,
  fits: (type: CType) => boolean,
  depth = 0,
): boolean {
  const base = strip(type);
  if (offset === 0 && fits(base)) return true;
  if (depth > anonymousNestingLimit) return false;
  if (base.kind === 'array') {
    if (base.element.size === 0 || offset >= base.size) return false;
    return isTypeAt(base.element, offset % base.element.size, fits, depth + 1);
  }
  if (base.kind !== 'struct' && base.kind !== 'union') return false;
  return base.members.some(
    (each) =>
      offset >= each.offset &&
      offset < each.offset + Math.max(1, each.type.size) &&
      isTypeAt(each.type, offset - each.offset, fits, depth + 1),
  );
}

function memberAtOffset(record: RecordType, offset: number): Member | undefined {
  return record.members.find(
    (each) => offset >= each.offset && offset < each.offset + Math.max(1, byteSpan(each)),
  );
}

/** Bytes a member covers, from its first byte. */
export function byteSpan(member: Member): number {
  if (!member.bitField) return member.type.size;
  const { offsetBits, sizeBits } = member.bitField;
  return Math.ceil((offsetBits + sizeBits) / 8) - Math.floor(offsetBits / 8);
}
