/** The scalar places of a type, each with its path: what two objects of a type are compared by. */
import { strip, type CType } from '../../dump-format/ctype.ts';
import { namedMembers } from '../target/members.ts';

/** Scalars of one object that are told apart; a larger array is one leaf. */
const leafLimit = 8192;

/** Elements of one array that are told apart. */
const elementLimit = 1024;

export interface Leaf {
  /** From the object: `arch.gpr[3]`; empty for an object that is a scalar itself. */
  readonly path: string;
  readonly type: CType;
  /** Bytes from the start of the object. */
  readonly offset: number;
  /** Bytes that it covers. */
  readonly size: number;
  readonly bitField: { readonly offsetBits: number; readonly sizeBits: number } | undefined;
}

const known = new WeakMap<CType, readonly Leaf[]>();

/** In memory order; members of a union follow one another and cover the same bytes. */
export function leavesOf(type: CType): readonly Leaf[] {
  let leaves = known.get(type);
  if (!leaves) {
    leaves = [...collect(type, '', 0)].slice(0, leafLimit);
    known.set(type, leaves);
  }
  return leaves;
}

function* collect(type: CType, path: string, offset: number): Generator<Leaf> {
  const plain = strip(type);
  if (plain.kind === 'struct' || plain.kind === 'union') {
    for (const member of namedMembers(plain)) {
      const name = member.name ?? '';
      const inner = path === '' ? name : `${path}.${name}`;
      const at = offset + member.offset;
      if (member.bitField) {
        const offsetBits = offset * 8 + member.bitField.offsetBits;
        const { sizeBits } = member.bitField;
        const first = Math.floor(offsetBits / 8);
        const size = Math.ceil((offsetBits + sizeBits) / 8) - first;
        yield {
          path: inner,
          type: member.type,
          offset: first,
          size,
          bitField: { offsetBits, sizeBits },
        };
      } else yield* collect(member.type, inner, at);
    }
    return;
  }
  const isTold =
    plain.kind === 'array' && !isText(plain.element) && (plain.count ?? 0) <= elementLimit;
  if (!isTold || plain.kind !== 'array') {
    if (plain.size > 0) yield { path, type, offset, size: plain.size, bitField: undefined };
    return;
  }
  const step = strip(plain.element).size;
  for (let index = 0; index < (plain.count ?? 0); index++)
    yield* collect(plain.element, `${path}[${index}]`, offset + index * step);
}

/** A `char`, of which an array is one text. */
export function isText(type: CType): boolean {
  const plain = strip(type);
  return (
    plain.kind === 'base' &&
    (plain.encoding === 'signed-char' || plain.encoding === 'unsigned-char')
  );
}
