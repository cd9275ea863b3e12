/** What a value opens into, for every view that shows values as trees: members, elements, or what a pointer points to. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { Value } from '../target/value.ts';

/** Records nested in one another without names, looked through. */
const anonymousDepthLimit = 32;

export type Parts =
  | {
      readonly kind: 'members';
      /** The record: the value itself, or what it points to. */
      readonly record: Value;
      readonly isPointee: boolean;
      readonly members: readonly (readonly [name: string, value: Value])[];
    }
  | { readonly kind: 'elements'; readonly array: Value; readonly count: number }
  | { readonly kind: 'pointee'; readonly pointee: Value };

/** Undefined for a leaf: a scalar, text, a null pointer, a pointer that can't be read or points to nothing that has a type. */
export function partsOf(value: Value): Parts | undefined {
  const type = strip(value.type);
  switch (type.kind) {
    case 'struct':
    case 'union':
      return recordParts(value, false);
    case 'array':
      return type.count === undefined || type.count === 0
        ? undefined
        : { kind: 'elements', array: value, count: type.count };
    case 'pointer':
      return pointerParts(value, strip(type.target));
    default:
      return undefined;
  }
}

/** The bits of a pointer, or undefined when they are not in the dump. */
export function pointerBits(value: Value): bigint | undefined {
  try {
    return value.unsigned();
  } catch (error) {
    if (error instanceof FaultError || error instanceof LookupError) return undefined;
    throw error;
  }
}

function recordParts(record: Value, isPointee: boolean): Parts | undefined {
  const members = [...membersOf(record, 0)];
  return members.length === 0 ? undefined : { kind: 'members', record, isPointee, members };
}

/** Members with names, those of anonymous records among them. */
function* membersOf(value: Value, depth: number): Generator<readonly [name: string, value: Value]> {
  const type = strip(value.type);
  if (type.kind !== 'struct' && type.kind !== 'union') return;
  for (const each of type.members) {
    const field = value.field(each);
    if (each.name !== undefined) yield [each.name, field];
    else if (depth < anonymousDepthLimit) yield* membersOf(field, depth + 1);
  }
}

function pointerParts(value: Value, to: CType): Parts | undefined {
  const isText = to.kind === 'base' && to.size === 1;
  if (to.kind === 'void' || to.kind === 'function' || isText) return undefined;
  const address = pointerBits(value);
  if (address === undefined || address === 0n) return undefined;
  const pointee = value.dereference();
  return to.kind === 'struct' || to.kind === 'union'
    ? recordParts(pointee, true)
    : { kind: 'pointee', pointee };
}
