/** Enumerators of a dump by name. */
import { strip, type EnumType } from '../../dump-format/ctype.ts';
import type { Target } from '../target/target.ts';

export interface Enumerator {
  readonly type: EnumType;
  readonly value: bigint;
}

const tables = new WeakMap<Target, ReadonlyMap<string, Enumerator>>();

/** The enumerator of that name in any enum of the dump; the first one in the order of the type information. */
export function enumeratorNamed(target: Target, name: string): Enumerator | undefined {
  let table = tables.get(target);
  if (!table) {
    table = collect(target);
    tables.set(target, table);
  }
  return table.get(name);
}

/** Named enums, and those that only a typedef names. */
function collect(target: Target): ReadonlyMap<string, Enumerator> {
  const table = new Map<string, Enumerator>();
  for (const { name, kind } of target.types.names()) {
    if (kind !== 'enum' && kind !== 'typedef') continue;
    const type = target.findType(kind === 'enum' ? `enum ${name}` : name);
    const base = type && strip(type);
    if (base?.kind !== 'enum') continue;
    for (const { name: each, value } of base.enumerators)
      if (!table.has(each)) table.set(each, { type: base, value });
  }
  return table;
}
