/** Targets by name, for transcripts: programs of C and sample dumps. Each is opened once per run. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dump } from '../../dump-format/dump.ts';
import { hasGcc, openProgram } from './c-program.ts';
import { projectRoot } from './grammars.ts';

/** Linker flags of programs whose data must lie at a known address. */
const programFlags: Readonly<Record<string, readonly string[]>> = {
  formats: ['-Wl,--section-start=.formats=0xfffffe0000100000'],
};

const opened = new Map<string, Dump>();

/** A dump, or why there is none on this machine. */
export function openNamedTarget(
  name: string,
): { readonly dump: Dump } | { readonly reason: string } {
  const known = opened.get(name);
  if (known) return { dump: known };
  const [kind, subject = ''] = name.split(' ');
  if (kind !== 'program') throw new Error(`no such kind of target: ${name}`);
  if (!hasGcc) return { reason: 'gcc is not installed' };
  const source = join(projectRoot, 'test/programs', `${subject}.c`);
  if (!existsSync(source)) throw new Error(`no such target: ${source}`);
  const dump = openProgram(subject, readFileSync(source, 'utf8'), programFlags[subject]);
  opened.set(name, dump);
  return { dump };
}
