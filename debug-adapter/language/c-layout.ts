/** Where members lie: the layout of records by the System V ABI for x86-64. */
import { strip, type CType, type Member } from '../../dump-format/ctype.ts';

/** A member as it is declared. */
export interface DeclaredMember {
  readonly name: string | undefined;
  readonly type: CType;
  /** Bits; 0 closes the current unit. Undefined when it is no bit-field. */
  readonly width: number | undefined;
}

export interface RecordLayout {
  readonly members: readonly Member[];
  /** Bytes, padding at the end included. */
  readonly size: number;
}

/** Records known by this program, with the alignment that `packed` may have taken from them. */
const packedRecords = new WeakSet<object>();

export function markPacked(record: object): void {
  packedRecords.add(record);
}

/** Bytes. Records that contain themselves end at the nesting limit. */
export function alignmentOf(type: CType, depth = 0): number {
  const base = strip(type);
  if (depth > 64) return 1;
  switch (base.kind) {
    case 'array':
      return alignmentOf(base.element, depth + 1);
    case 'struct':
    case 'union':
      if (packedRecords.has(base)) return 1;
      return Math.max(1, ...base.members.map((member) => alignmentOf(member.type, depth + 1)));
    case 'function':
    case 'void':
      return 1;
    default:
      return Math.max(1, Math.min(16, base.size));
  }
}

/**
 * Lays out a record.
 *
 * A bit-field starts at the next bit unless it would cross a boundary of its own type; an unnamed one of width 0 closes the unit.
 * Source: System V ABI, AMD64 supplement, 3.1.2; compared with gcc in test/language/c-layout.test.ts.
 */
export function layOut(
  kind: 'struct' | 'union',
  declared: readonly DeclaredMember[],
  isPacked: boolean,
): RecordLayout {
  const members: Member[] = [];
  let bits = 0;
  let largest = 0;
  let alignment = 1;
  for (const each of declared) {
    const natural = isPacked ? 1 : alignmentOf(each.type);
    if (kind === 'union') bits = 0;
    if (each.width === undefined) {
      const offset = roundUp(Math.ceil(bits / 8), natural);
      members.push(member(each, offset));
      bits = (offset + each.type.size) * 8;
      alignment = Math.max(alignment, natural);
    } else if (each.width === 0) {
      bits = roundUp(bits, each.type.size * 8);
    } else {
      const unit = each.type.size * 8;
      const crosses = Math.floor(bits / unit) !== Math.floor((bits + each.width - 1) / unit);
      if (crosses && !isPacked) bits = roundUp(bits, unit);
      if (each.name !== undefined) {
        members.push({
          ...member(each, Math.floor(bits / 8)),
          bitField: { offsetBits: bits, sizeBits: each.width },
        });
        alignment = Math.max(alignment, natural);
      }
      bits += each.width;
    }
    largest = Math.max(largest, bits);
  }
  return { members, size: roundUp(Math.ceil(largest / 8), alignment) };
}

function member({ name, type }: DeclaredMember, offset: number): Member {
  return { name, type, offset };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
