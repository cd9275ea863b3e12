/** The members of a type, flattened to what has bytes of its own, with the holes between them: what layout and overlay are drawn from. */
import { strip, type CType, type Member } from '../../dump-format/ctype.ts';
import { bitFieldTypeName, typeName } from '../target/type-names.ts';
import type { Value } from '../target/value.ts';

/** Fields of one layout; an array of thousands of structs is told, not drawn. */
export const fieldLimit = 4000;

/** Records nested deeper than this are one field: only a damaged dump has them. */
const nestingLimit = 32;

export interface LayoutField {
  /** `t_lock.m_owner`, `ents[3].flags`; empty for the whole of a type without members, and for a hole. */
  readonly path: string;
  readonly type: string;
  /** Bytes from the start of the type. */
  readonly offset: number;
  /** Bytes that it covers; of a bit-field those that its bits touch. */
  readonly size: number;
  readonly bits?: { readonly offsetBits: number; readonly sizeBits: number };
  /** The bytes belong to an earlier member of the same union. */
  readonly isAlternative: boolean;
  readonly isHole: boolean;
  /** Undefined for a hole. */
  readonly value: Value | undefined;
}

export interface Layout {
  readonly fields: readonly LayoutField[];
  /** There are more than `fieldLimit`. */
  readonly isCut: boolean;
}

/** Fields by offset; of those at one place, the first of a union first. Nothing is read from the dump. */
export function layoutOf(value: Value): Layout {
  const fields: LayoutField[] = [];
  const found = collect(value, { path: '', offset: 0, isAlternative: false, depth: 0 });
  let isCut = false;
  for (const field of found) {
    if (fields.length >= fieldLimit) {
      isCut = true;
      break;
    }
    fields.push(field);
  }
  const end = isCut ? endOf(fields) : value.type.size;
  return { fields: sortFields([...fields, ...holes(fields, end)]), isCut };
}

interface Place {
  readonly path: string;
  readonly offset: number;
  readonly isAlternative: boolean;
  readonly depth: number;
}

function* collect(value: Value, place: Place): Generator<LayoutField> {
  const type = strip(value.type);
  const isRecord = type.kind === 'struct' || type.kind === 'union';
  if (isRecord && type.members.length > 0 && place.depth < nestingLimit) {
    for (const [index, member] of type.members.entries())
      yield* collectMember(value, member, {
        ...place,
        isAlternative: place.isAlternative || (type.kind === 'union' && index > 0),
      });
  } else if (type.kind === 'array' && isAggregate(type.element) && place.depth < nestingLimit) {
    for (let index = 0; index < (type.count ?? 0); index++)
      yield* collect(value.index(BigInt(index)), {
        ...place,
        path: `${place.path}[${index}]`,
        offset: place.offset + index * type.element.size,
        depth: place.depth + 1,
      });
  } else if (value.type.size > 0) yield leaf(value, place);
}

function* collectMember(record: Value, member: Member, place: Place): Generator<LayoutField> {
  const { name, offset, bitField } = member;
  const path = name === undefined ? place.path : place.path === '' ? name : `${place.path}.${name}`;
  const value = record.field(member);
  const inner = { ...place, path, offset: place.offset + offset, depth: place.depth + 1 };
  if (!bitField) {
    yield* collect(value, inner);
    return;
  }
  const first = Math.floor(bitField.offsetBits / 8);
  const last = Math.ceil((bitField.offsetBits + bitField.sizeBits) / 8);
  yield {
    path,
    type: bitFieldTypeName(value.type, bitField.sizeBits),
    offset: place.offset + first,
    size: last - first,
    bits: { ...bitField, offsetBits: place.offset * 8 + bitField.offsetBits },
    isAlternative: place.isAlternative,
    isHole: false,
    value,
  };
}

function leaf(value: Value, { path, offset, isAlternative }: Place): LayoutField {
  const { type } = value;
  return {
    path,
    type: typeName(type),
    offset,
    size: type.size,
    isAlternative,
    isHole: false,
    value,
  };
}

/** Arrays of scalars are one field. */
function isAggregate(type: CType): boolean {
  const base = strip(type);
  if (base.kind === 'array') return isAggregate(base.element);
  return base.kind === 'struct' || base.kind === 'union';
}

function holes(fields: readonly LayoutField[], size: number): LayoutField[] {
  const found: LayoutField[] = [];
  let covered = 0;
  for (const { offset, size: length } of sortFields(fields)) {
    if (offset > covered) found.push(hole(covered, offset));
    covered = Math.max(covered, offset + length);
  }
  if (covered < size) found.push(hole(covered, size));
  return found;
}

function hole(start: number, end: number): LayoutField {
  return {
    path: '',
    type: '',
    offset: start,
    size: end - start,
    isAlternative: false,
    isHole: true,
    value: undefined,
  };
}

function sortFields(fields: readonly LayoutField[]): LayoutField[] {
  return [...fields].sort(
    (one, other) =>
      (one.bits?.offsetBits ?? one.offset * 8) - (other.bits?.offsetBits ?? other.offset * 8),
  );
}

function endOf(fields: readonly LayoutField[]): number {
  return Math.max(0, ...fields.map(({ offset, size }) => offset + size));
}
