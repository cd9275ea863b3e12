/** Files that a line names: macros, headers, text. Looked for beside the file that names them, then along the path of `::set -I`. */
import { LookupError } from '../../dump-format/errors.ts';
import type { Session } from './command.ts';

export interface FoundFile {
  /** As it was found: with its directory. */
  readonly name: string;
  readonly text: string;
}

const absolute = /^([/\\]|[A-Za-z]:[/\\])/;

/**
 * The file of a name; undefined when there is none.
 *
 * @param from the file that names it; its directory comes first
 * @throws LookupError when the shell reads no files at all
 */
export function findFile(session: Session, name: string, from = ''): FoundFile | undefined {
  const read = session.capabilities.readFile;
  if (!read) throw new LookupError('this shell reads no files');
  const beside = from.replace(/[^/\\]*$/, '');
  const places = absolute.test(name) ? [''] : [beside, ...session.settings.path.map(asDirectory)];
  for (const place of places) {
    const text = read(place + name);
    if (text !== undefined) return { name: place + name, text };
  }
  return undefined;
}

function asDirectory(name: string): string {
  return /[/\\]$/.test(name) ? name : `${name}/`;
}
