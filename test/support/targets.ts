/** Targets by name, for transcripts: programs of C and sample dumps. Each is opened once per run. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dump } from '../../dump-format/dump.ts';
import { hasGcc, openProgram } from './c-program.ts';
import { projectRoot } from './grammars.ts';

/** Linker flags of programs whose data must lie at a known address. */
const programFlags: Readonly<Record<string, readonly string[]>> = {
  formats: ['-Wl,--section-start=.formats=0xfffffe0000100000'],
  hexdump: [
    '-Wl,--section-start=.shapes=0xfffffe0012340000',
    '-Wl,--section-start=.repeat=0xfffffe0012350000',
    '-Wl,--section-start=.edge=0xfffffe0012360fe8',
  ],
  lists: ['-Wl,-Tdata=0x600000', '-Wl,--section-start=.rodata=0x500000'],
  code: ['-Wl,--section-start=.kernel_text=0xffffffff81000000'],
  simproc: [
    '-Wl,--section-start=.proc=0xfffffe0000100000',
    '-Wl,--section-start=.proc.end=0xfffffe0000200fd8',
    '-Wl,--section-start=.args=0xfffffe0012345678',
  ],
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
