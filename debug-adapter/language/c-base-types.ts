/** The basic types of C on LP64, for dumps whose own types do not have them. */
import type { BaseType } from '../../dump-format/ctype.ts';

type Encoding = BaseType['encoding'];

const words: readonly [name: string, size: number, encoding: Encoding][] = [
  ['char', 1, 'signed-char'],
  ['signed char', 1, 'signed-char'],
  ['unsigned char', 1, 'unsigned-char'],
  ['short', 2, 'signed'],
  ['unsigned short', 2, 'unsigned'],
  ['int', 4, 'signed'],
  ['unsigned int', 4, 'unsigned'],
  ['unsigned', 4, 'unsigned'],
  ['long', 8, 'signed'],
  ['unsigned long', 8, 'unsigned'],
  ['long long', 8, 'signed'],
  ['unsigned long long', 8, 'unsigned'],
  ['float', 4, 'float'],
  ['double', 8, 'float'],
  ['long double', 16, 'float'],
  ['_Bool', 1, 'boolean'],
  ['bool', 1, 'boolean'],
  ['int8_t', 1, 'signed-char'],
  ['uint8_t', 1, 'unsigned-char'],
  ['int16_t', 2, 'signed'],
  ['uint16_t', 2, 'unsigned'],
  ['int32_t', 4, 'signed'],
  ['uint32_t', 4, 'unsigned'],
  ['int64_t', 8, 'signed'],
  ['uint64_t', 8, 'unsigned'],
  ['intptr_t', 8, 'signed'],
  ['uintptr_t', 8, 'unsigned'],
  ['size_t', 8, 'unsigned'],
  ['ssize_t', 8, 'signed'],
];

const types = new Map(
  words.map(([name, size, encoding]) => [name, { kind: 'base', name, size, encoding } as const]),
);

/** By any order of its words: `long unsigned int` is `unsigned long`. Undefined for what is no basic type. */
export function baseTypeNamed(name: string): BaseType | undefined {
  return types.get(name) ?? types.get(ordered(name));
}

function ordered(name: string): string {
  const parts = name.split(' ');
  const longs = parts.filter((part) => part === 'long').length;
  const rest = parts.filter((part) => !['long', 'signed', 'unsigned', 'int'].includes(part));
  const size = ['long '.repeat(longs).trim(), ...rest].filter((part) => part !== '').join(' ');
  const sign = parts.includes('unsigned')
    ? 'unsigned'
    : size === 'char' && parts.includes('signed')
      ? 'signed'
      : '';
  return [sign, size === '' ? 'int' : size].filter((part) => part !== '').join(' ');
}

/** Half as wide where C's `long` has 32 bits. */
const widthOfLong: ReadonlySet<string> = new Set([
  'long',
  'unsigned long',
  'intptr_t',
  'uintptr_t',
  'size_t',
  'ssize_t',
]);

/** Every name, for `::typedef -c`. Pointers have the width of the dump in any model. */
export function baseTypes(model: 'lp64' | 'ilp32'): readonly BaseType[] {
  return [...types.values()].map((type) =>
    model === 'ilp32' && widthOfLong.has(type.name) ? { ...type, size: 4 } : type,
  );
}
