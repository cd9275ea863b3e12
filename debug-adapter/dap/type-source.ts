/** `corewalk/typeSource`: the line that defines a type. */
import { strip } from '../../dump-format/ctype.ts';
import type { SourceLine } from '../../dump-format/debug-info.ts';
import { LookupError } from '../../dump-format/errors.ts';
import type { Target } from '../target/target.ts';
import type { Fields } from './fields.ts';
import type { OpenDump } from './open-dump.ts';
import type { CustomRequests } from './protocol.ts';

/** @throws LookupError when the type is unknown, or its source is not here */
export function typeSourceBody(
  { view }: OpenDump,
  fields: Fields,
): CustomRequests['corewalk/typeSource']['body'] {
  const name = fields.string('type');
  const places = placesOf(view.target, name);
  if (places.length === 0) throw new LookupError(`the dump does not say where ${name} is defined`);
  for (const { file, line } of places) {
    const source = view.sources.source(file);
    if (source) return { source, line: line - 1 + view.client.firstLine };
  }
  const [{ file = '?', line = 0 } = {}] = places;
  throw new LookupError(`${name} is defined at ${file}:${line}, which is not here`);
}

/** Of a typedef the struct that it names, when it has a name; then the typedef itself. */
function placesOf(target: Target, name: string): readonly SourceLine[] {
  const base = strip(target.type(name));
  const isNamed = base.kind === 'struct' || base.kind === 'union' || base.kind === 'enum';
  const tag = isNamed && base.name !== undefined ? `${base.kind} ${base.name}` : undefined;
  return [tag, name].flatMap((each) => {
    const place = each === undefined ? undefined : target.debugInfo?.typeDeclaredAt(each);
    return place ?? [];
  });
}
