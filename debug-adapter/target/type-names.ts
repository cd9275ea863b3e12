/** C types as text, spelled as mdb spells them. */
import type { CType } from '../../dump-format/ctype.ts';

/** Types nested deeper than this are cut with `...`: only a damaged dump has them. */
export const typeNestingLimit = 32;

/**
 * The C spelling of a type: `struct foo *`, `int (*)()`, `char [16]`, `void *[1]`.
 *
 * An anonymous record is `struct ` with its trailing blank, as CTF spells it.
 */
export function typeName(type: CType): string {
  let name = names.get(type);
  if (name === undefined) {
    name = declare(type, '', 0);
    names.set(type, name);
  }
  return name;
}

/** Every line of a printed object names a type, mostly one that was named before. */
const names = new WeakMap<CType, string>();

/** The same for a bit-field: `unsigned int:3`. CTF names the base type, not the typedef. */
export function bitFieldTypeName(type: CType, sizeBits: number): string {
  let base = type;
  for (let depth = 0; depth < typeNestingLimit; depth++) {
    if (base.kind !== 'typedef' && !isQualified(base)) break;
    base = base.target;
  }
  return `${typeName(base)}:${sizeBits}`;
}

/** A type and the name after it: a blank between them except after `*`. */
export function declaration(type: string, name: string): string {
  return type.endsWith('*') ? type + name : `${type} ${name}`;
}

/** `long unsigned int` of DWARF is `unsigned long` in C and in mdb. */
export function canonicalBaseName(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  if (!words.some((word) => /^(long|short|signed|unsigned|int|char)$/.test(word))) return name;
  const longs = words.filter((word) => word === 'long').length;
  const rest = words.filter(
    (word) => !['long', 'short', 'signed', 'unsigned', 'int', 'char'].includes(word),
  );
  const width = words.includes('char')
    ? 'char'
    : words.includes('short')
      ? 'short'
      : longs === 2
        ? 'long long'
        : longs === 1
          ? 'long'
          : 'int';
  if (rest.length > 0) return longs === 1 ? ['long', ...rest].join(' ') : name;
  if (words.includes('unsigned')) return `unsigned ${width}`;
  return words.includes('signed') && width === 'char' ? 'signed char' : width;
}

/** Puts the type's own text around a declarator, inside out, as a C declaration is read. */
function declare(type: CType, inner: string, depth: number): string {
  if (depth > typeNestingLimit) return `... ${inner}`;
  switch (type.kind) {
    case 'pointer': {
      const needsParentheses = type.target.kind === 'array' || type.target.kind === 'function';
      return declare(type.target, needsParentheses ? `(*${inner})` : `*${inner}`, depth + 1);
    }
    case 'array':
      // A length that is not known is 0, as CTF and mdb have it: `char [0]`.
      return declare(type.element, `${inner}[${type.count ?? 0}]`, depth + 1);
    case 'function':
      return declare(type.returns, `${inner}()`, depth + 1);
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'atomic':
      return qualify(type.kind === 'atomic' ? '_Atomic' : type.kind, type.target, inner, depth);
    default:
      return joinName(leafName(type), inner);
  }
}

/** `const` stands before a plain type and after the `*` of a pointer. */
function qualify(word: string, target: CType, inner: string, depth: number): string {
  if (target.kind === 'pointer') {
    return declare(target, inner === '' ? word : `${word} ${inner}`, depth + 1);
  }
  return `${word} ${declare(target, inner, depth + 1)}`;
}

function leafName(type: Exclude<CType, { kind: 'pointer' | 'array' | 'function' }>): string {
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'base':
      return canonicalBaseName(type.name);
    case 'typedef':
      return type.name;
    case 'struct':
    case 'union':
    case 'enum':
      return `${type.kind} ${type.name ?? ''}`;
    default:
      return typeName(type);
  }
}

function joinName(name: string, inner: string): string {
  return inner === '' ? name : `${name} ${inner}`;
}

function isQualified(
  type: CType,
): type is Extract<CType, { kind: 'const' | 'volatile' | 'restrict' | 'atomic' }> {
  return ['const', 'volatile', 'restrict', 'atomic'].includes(type.kind);
}
