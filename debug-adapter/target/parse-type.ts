/** Type names as a user writes them, read into types: `struct foo *`, `char [16]`, `foo_t **`, `int (*)(void)`. */
import { voidType, type CType, type TypeSource } from '../../dump-format/ctype.ts';
import { canonicalBaseName } from './type-names.ts';

/** Elements an array type that a user writes may have. */
export const arrayCountLimit = 0x1_0000_0000;

/** Bytes of a pointer. */
const pointerSize = 8;

const qualifiers = ['const', 'volatile', 'restrict', '_Atomic'] as const;
const baseWords = [
  'signed',
  'unsigned',
  'char',
  'short',
  'int',
  'long',
  'float',
  'double',
  '_Bool',
];

/**
 * The type of a C spelling, or undefined when it is no type name or names an unknown type.
 *
 * An object scope before a back-quote (`` unix`cpu_t ``) is dropped: a dump has one kernel.
 */
export function parseTypeName(types: TypeSource, text: string): CType | undefined {
  const tokens = tokenize(text);
  if (!tokens) return undefined;
  const cursor = new Cursor(tokens);
  const base = parseBase(types, cursor);
  if (!base) return undefined;
  const declarator = parseDeclarator(cursor, 0);
  return declarator && cursor.isAtEnd ? declarator(base) : undefined;
}

/** Turns the type that a declarator stands behind into the type that it declares. */
type Declarator = (base: CType) => CType;

class Cursor {
  private readonly tokens: readonly string[];
  private position = 0;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.position >= this.tokens.length;
  }

  peek(ahead = 0): string | undefined {
    return this.tokens[this.position + ahead];
  }

  take(expected?: string): string | undefined {
    const token = this.tokens[this.position];
    if (token === undefined || (expected !== undefined && token !== expected)) return undefined;
    this.position++;
    return token;
  }
}

function tokenize(text: string): string[] | undefined {
  const withoutScope = text.replace(/^\s*((?:struct|union|enum)\s+)?[\w.$-]*`/, '$1');
  const tokens = withoutScope.match(/[A-Za-z_$][\w$]*|0[xX][\da-fA-F]+|\d+|\.\.\.|\S/g);
  if (!tokens || tokens.length > 256) return undefined;
  return tokens.every((token) => /^(?:[\w$]+|\.\.\.|[*()[\],])$/.test(token)) ? tokens : undefined;
}

function parseBase(types: TypeSource, cursor: Cursor): CType | undefined {
  const words: string[] = takeQualifiers(cursor);
  const first = cursor.peek();
  if (first === undefined || !/^[A-Za-z_$]/.test(first)) return undefined;
  let type: CType | undefined;
  if (first === 'struct' || first === 'union' || first === 'enum') {
    cursor.take();
    const tag = cursor.take();
    type = tag === undefined ? undefined : types.lookup(`${first} ${tag}`);
  } else if (baseWords.includes(first)) {
    const names: string[] = [];
    for (;;) {
      const word = cursor.peek();
      if (word === undefined || !baseWords.includes(word)) break;
      names.push(word);
      cursor.take();
    }
    type = lookupBase(types, names);
  } else {
    cursor.take();
    type = types.lookup(first) ?? (first === 'void' ? voidType : undefined);
  }
  if (!type) return undefined;
  words.push(...takeQualifiers(cursor));
  return words.reduce<CType>(qualify, type);
}

/** `unsigned`, `long unsigned int` and `unsigned long` are one type each, whatever the type information calls it. */
function lookupBase(types: TypeSource, words: readonly string[]): CType | undefined {
  const written = words.join(' ');
  const canonical = canonicalBaseName(written);
  return (
    types.lookup(written) ??
    types.lookup(canonical) ??
    dwarfSpellings(canonical)
      .map((name) => types.lookup(name))
      .find((type) => type !== undefined) ??
    intrinsicType(canonical)
  );
}

/** C's own types under the LP64 model, for a dump whose type information has no use for them. */
function intrinsicType(canonical: string): CType | undefined {
  const integer = /^(unsigned )?(char|short|int|long|long long)$/.exec(canonical);
  const name = canonical;
  if (integer) {
    const width = integer[2] ?? '';
    const size = { char: 1, short: 2, int: 4 }[width] ?? 8;
    const sign = integer[1] === undefined ? 'signed' : 'unsigned';
    return { kind: 'base', name, size, encoding: size === 1 ? `${sign}-char` : sign };
  }
  switch (canonical) {
    case 'signed char':
      return { kind: 'base', name, size: 1, encoding: 'signed-char' };
    case '_Bool':
      return { kind: 'base', name, size: 1, encoding: 'boolean' };
    case 'float':
      return { kind: 'base', name, size: 4, encoding: 'float' };
    case 'double':
      return { kind: 'base', name, size: 8, encoding: 'float' };
    default:
      return undefined;
  }
}

function dwarfSpellings(canonical: string): string[] {
  const unsigned = canonical.startsWith('unsigned ');
  const width = canonical.replace(/^unsigned /, '');
  if (!['short', 'long', 'long long'].includes(width)) return [];
  return unsigned ? [`${width} unsigned int`, `${canonical} int`] : [`${width} int`];
}

function takeQualifiers(cursor: Cursor): string[] {
  const words: string[] = [];
  for (;;) {
    const word = cursor.peek();
    if (word === undefined || !qualifiers.some((each) => each === word)) return words;
    words.push(word);
    cursor.take();
  }
}

function qualify(type: CType, word: string): CType {
  switch (word) {
    case 'const':
    case 'volatile':
    case 'restrict':
      return { kind: word, target: type, size: type.size };
    default:
      return { kind: 'atomic', target: type, size: type.size };
  }
}

function parseDeclarator(cursor: Cursor, depth: number): Declarator | undefined {
  if (depth > 16) return undefined;
  const pointers: string[][] = [];
  while (cursor.take('*') !== undefined) pointers.push(takeQualifiers(cursor));
  const direct = parseDirect(cursor, depth);
  if (!direct) return undefined;
  return (base) => {
    let type = base;
    for (const words of pointers) {
      type = words.reduce<CType>(qualify, { kind: 'pointer', size: pointerSize, target: type });
    }
    return direct(type);
  };
}

function parseDirect(cursor: Cursor, depth: number): Declarator | undefined {
  let inner: Declarator = (type) => type;
  if (cursor.peek() === '(' && (cursor.peek(1) === '*' || cursor.peek(1) === '(')) {
    cursor.take('(');
    const nested = parseDeclarator(cursor, depth + 1);
    if (!nested || cursor.take(')') === undefined) return undefined;
    inner = nested;
  }
  const suffixes: Declarator[] = [];
  for (;;) {
    const suffix =
      cursor.peek() === '[' ? parseArray(cursor) : cursor.peek() === '(' ? parseCall(cursor) : null;
    if (suffix === undefined) return undefined;
    if (suffix === null) break;
    suffixes.push(suffix);
  }
  return (base) => inner(suffixes.reduceRight((type, suffix) => suffix(type), base));
}

function parseArray(cursor: Cursor): Declarator | undefined {
  cursor.take('[');
  if (cursor.take(']') !== undefined) {
    return (element) => ({ kind: 'array', element, count: undefined, size: 0 });
  }
  const count = Number(cursor.take() ?? 'none');
  if (!Number.isSafeInteger(count) || count < 0 || count > arrayCountLimit) return undefined;
  if (cursor.take(']') === undefined) return undefined;
  return (element) => ({ kind: 'array', element, count, size: count * element.size });
}

/** A parameter list says nothing that a debugger needs of a type name: it is skipped to its bracket. */
function parseCall(cursor: Cursor): Declarator | undefined {
  cursor.take('(');
  let open = 1;
  let isEmpty = true;
  while (open > 0) {
    const token = cursor.take();
    if (token === undefined) return undefined;
    if (token === '(') open++;
    else if (token === ')') open--;
    else isEmpty = false;
  }
  return (returns) => ({
    kind: 'function',
    size: 0,
    returns,
    parameters: [],
    isPrototyped: !isEmpty,
    isVariadic: false,
  });
}
