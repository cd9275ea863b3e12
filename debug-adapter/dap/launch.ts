/** Attributes of a launch or attach request, checked. */
import { UsageError } from '../../dump-format/errors.ts';
import { isObject, type Fields } from './fields.ts';
import type { LaunchAttributes, SourceMap } from './protocol.ts';

/** What other adapters call the dump. */
const coreFileNames = ['coreFile', 'coreDumpPath', 'coreFilePath', 'dumpPath', 'core', 'corePath'];

/** @throws UsageError when no dump is named, or an attribute is of the wrong type */
export function readLaunch(fields: Fields): LaunchAttributes {
  const name = coreFileNames.find((each) => fields.has(each));
  const program = fields.optionalString('program');
  // A linked program alone can be looked at too, as with gdb.
  const coreFile = name === undefined ? program : fields.string(name);
  if (coreFile === undefined || coreFile === '')
    throw new UsageError('no dump is named: set "coreFile" in the launch configuration');
  const headers = fields.strings('headers');
  const startup = fields.strings('startup');
  const sourceMap = readSourceMap(fields);
  const allowShell = fields.boolean('allowShell');
  return {
    coreFile,
    ...(name !== undefined && program !== undefined && program !== '' && { program }),
    ...(headers && { headers }),
    ...(startup && { startup }),
    ...(sourceMap && { sourceMap }),
    ...(allowShell !== undefined && { allowShell }),
  };
}

function readSourceMap(fields: Fields): SourceMap | undefined {
  const map = fields.get('sourceMap');
  if (map === undefined) return undefined;
  const isList = Array.isArray(map);
  const pairs: readonly unknown[] = isList
    ? map
    : isObject(map)
      ? Object.entries(map)
      : [undefined];
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      return fields.wrong('sourceMap', 'an object or a list of pairs of strings', map);
    const [from, to]: readonly unknown[] = pair;
    if (typeof from !== 'string' || typeof to !== 'string' || from === '')
      return fields.wrong('sourceMap', 'an object or a list of pairs of strings', map);
    return [from, to];
  });
}
