/** C expressions that name a part of a value, so that Copy Expression and Add to Watch work on every variable. */

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** An expression, or undefined when the thing has no name in C. */
export type Expression = string | undefined;

/** A variable by name. */
export function named(name: string): Expression {
  return identifier.test(name) ? name : undefined;
}

/** What lies at an address: `*(struct ctxop *)0xfffffe5ae80b7000`. Undefined for a type without a name. */
export function atAddress(typeName: string, address: bigint): Expression {
  const isNameless = /^(struct|union|enum) *$/.test(typeName) || !/^[\w *]+$/.test(typeName);
  return isNameless ? undefined : `*(${typeName} *)0x${address.toString(16)}`;
}

export function member(of: Expression, name: string): Expression {
  if (of === undefined || !identifier.test(name)) return undefined;
  // `(*p).x` is `p->x` to everybody who reads C.
  return of.startsWith('*') ? `${postfixed(of.slice(1))}->${name}` : `${postfixed(of)}.${name}`;
}

export function element(of: Expression, index: number): Expression {
  return of === undefined ? undefined : `${postfixed(of)}[${index}]`;
}

export function dereferenced(of: Expression): Expression {
  return of === undefined ? undefined : `*${of}`;
}

/** Ready to be followed by `.`, `->` or `[`. */
function postfixed(expression: string): string {
  return /^[*&(-]/.test(expression) ? `(${expression})` : expression;
}
