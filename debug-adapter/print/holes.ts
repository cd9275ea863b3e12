/** The bytes and bits of a struct that belong to no member (`::print -h`). */
import type { BaseType, Member, RecordType } from '../../dump-format/ctype.ts';

/** Holes of one struct that are shown. */
export const holeLimit = 4096;

/** A struct's members with `<<HOLE>>` pseudo-members where nothing is declared; a union's members alone. */
export function withHoles(record: RecordType): readonly Member[] {
  if (record.kind === 'union') return record.members;
  const sorted = record.members.toSorted((a, b) => startBit(a) - startBit(b));
  const all: Member[] = [];
  let bit = 0;
  for (const member of sorted) {
    if (all.length < record.members.length + holeLimit) all.push(...holes(bit, startBit(member)));
    all.push(member);
    bit = Math.max(bit, startBit(member) + widthBits(member));
  }
  all.push(...holes(bit, record.size * 8));
  return all;
}

function startBit({ offset, bitField }: Member): number {
  return bitField ? bitField.offsetBits : offset * 8;
}

function widthBits({ type, bitField }: Member): number {
  return bitField ? bitField.sizeBits : type.size * 8;
}

/** The hole between two bits, cut at 8-byte boundaries when it is longer than a word. */
function holes(from: number, to: number): Member[] {
  const found: Member[] = [];
  for (let bit = from; bit < to && found.length < holeLimit;) {
    const end = to - bit <= 64 ? to : Math.min(to, (Math.floor(bit / 64) + 1) * 64);
    found.push(hole(bit, end - bit));
    bit = end;
  }
  return found;
}

function hole(bit: number, bits: number): Member {
  const offset = Math.floor(bit / 8);
  if (bit % 8 === 0 && [8, 16, 32, 64].includes(bits))
    return { name: '<<HOLE>>', type: unsignedType(`uint${bits}_t`, bits / 8), offset };
  const type = unsignedType('unsigned', 8);
  return { name: '<<HOLE>>', type, offset, bitField: { offsetBits: bit, sizeBits: bits } };
}

function unsignedType(name: string, size: number): BaseType {
  return { kind: 'base', name, size, encoding: 'unsigned' };
}
