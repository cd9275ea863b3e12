/** Enumerations as mdb prints them: `2 (SRUN)`, `0x11 (PF_{HELD|SYS})`. */
import type { EnumType } from '../../dump-format/ctype.ts';
import { decimalNumber, hexNumber } from './numbers.ts';

/** True when every enumerator is 0 or a power of two; then values are masks. An empty enum has no bits. */
export function isBitEnum(type: EnumType): boolean {
  return (
    type.enumerators.length > 0 &&
    type.enumerators.every(({ value }) => value >= 0n && (value & (value - 1n)) === 0n)
  );
}

/** `value (names)`. @param value sign-extended when the enum is signed */
export function enumText(type: EnumType, value: bigint, integers: 'natural' | 'hex' | 'decimal') {
  const name = enumNames(type, value);
  const number = integers === 'hex' || isBitEnum(type) ? hexNumber(value) : decimalNumber(value);
  return `${number} (${name ?? (isBitEnum(type) ? hexNumber(value) : '???')})`;
}

/** The name of a value, or the names of its bits; undefined when there is none. */
export function enumNames(type: EnumType, value: bigint): string | undefined {
  if (!isBitEnum(type)) return type.enumerators.find((each) => each.value === value)?.name;
  const set = type.enumerators.filter((each) => each.value !== 0n && (value & each.value) !== 0n);
  if (set.length === 0) return undefined;
  const unknown = set.reduce((rest, each) => rest & ~each.value, value);
  const names = set.map((each) => each.name);
  const known = names.length === 1 ? (names[0] ?? '') : factored(names);
  return unknown === 0n ? known : `${known}|${hexNumber(unknown)}`;
}

/** What all names begin with, up to and with its last underscore: `PF_`; empty when they share nothing. */
export function commonPrefix(names: readonly string[]): string {
  const [first = '', ...rest] = names;
  let length = first.length;
  for (const name of rest) {
    let same = 0;
    while (same < length && name[same] === first[same]) same++;
    length = same;
  }
  return rest.length === 0 ? '' : first.slice(0, first.lastIndexOf('_', length - 1) + 1);
}

function factored(names: readonly string[]): string {
  const prefix = commonPrefix(names);
  const tails = names.map((name) => name.slice(prefix.length)).join('|');
  return prefix === '' ? tails : `${prefix}{${tails}}`;
}
