/** What VS Code hands to a command of the variables view, and the C type in it. */

export interface VariableContext {
  readonly variable: {
    /** Where the value lies; of a pointer, what it points to. */
    readonly memoryReference?: string;
    /** C type: `struct ctxop *`, `proc_t [4]`. */
    readonly type?: string;
  };
}

export interface ShapedType {
  readonly shape: 'pointer' | 'array' | 'other';
  /** Without qualifiers, the outermost pointer or array: `struct ctxop`. */
  readonly element: string;
  /** Elements of an array. */
  readonly count?: number;
}

/** The outermost shape of a C type's name. */
export function shapeOf(type: string): ShapedType {
  const plain = type
    .replace(/\b(const|volatile|restrict)\b/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  const array = /^(.*?)\s*\[(\d+)\]$/.exec(plain);
  if (array !== null)
    return { shape: 'array', element: (array[1] ?? '').trim(), count: Number(array[2]) };
  if (plain.endsWith('*')) return { shape: 'pointer', element: plain.slice(0, -1).trim() };
  return { shape: 'other', element: plain };
}

/** The named type at the bottom of pointers and arrays: what a search for the type finds. */
export function namedType(type: string): string {
  let shaped = shapeOf(type);
  while (shaped.shape !== 'other') shaped = shapeOf(shaped.element);
  return shaped.element;
}

/** A type as an argument of a dcmd: two words are one argument. */
export function typeArgument(type: string): string {
  return type.includes(' ') ? `"${type}"` : type;
}
