/** Targets by name, for transcripts: programs of C and sample dumps. Each is opened once per run. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { allScenarios, imageBytes } from '../../scripts/make-dumps.ts';
import { simulate } from '../../simulator/simulate.ts';
import { tinyLinux } from '../linux/tiny-linux.ts';
import { hasGcc, openProgram } from './c-program.ts';
import { projectRoot } from './grammars.ts';

export type Opened = { readonly dump: Dump } | { readonly reason: string };

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

/**
 * A dump, or why there is none on this machine.
 *
 * `program NAME` is test/programs/NAME.c.
 * `linux tiny` is a dump of test/linux/tiny.c, as of a kernel of Linux.
 * `scenario OS/NAME VARIANT` is a sample dump, made by the simulator in memory.
 *
 * @throws Error for a name that means nothing
 */
export function openNamedTarget(name: string): Opened {
  const known = opened.get(name);
  if (known) return { dump: known };
  const [kind = '', subject = '', variant = ''] = name.split(' ');
  const target = kind === 'scenario' ? openScenario(subject, variant) : openNamed(kind, subject);
  if ('dump' in target) opened.set(name, target.dump);
  return target;
}

function openNamed(kind: string, subject: string): Opened {
  if (kind === 'linux' && subject === 'tiny')
    return hasGcc ? { dump: tinyLinux() } : { reason: 'gcc is not installed' };
  const source = join(projectRoot, 'test/programs', `${subject}.c`);
  if (kind !== 'program' || !existsSync(source))
    throw new Error(`no such target: ${kind} ${subject}`);
  if (!hasGcc) return { reason: 'gcc is not installed' };
  const flags = programFlags[subject];
  return { dump: openProgram(subject, readFileSync(source, 'utf8'), flags) };
}

function openScenario(name: string, variant: string): Opened {
  const scenario = allScenarios().get(name);
  if (!scenario?.variants.has(variant)) throw new Error(`no such scenario: ${name} ${variant}`);
  const simulation = simulate(scenario, imageBytes(scenario, variant), { variant });
  if (simulation.complaint !== undefined) throw new Error(`${name}: ${simulation.complaint}`);
  return { dump: openDump(bytesSource(joined(simulation.core()), `${scenario.name}.${variant}`)) };
}

function joined(chunks: Iterable<Uint8Array>): Uint8Array {
  const parts = [...chunks].map((chunk) => chunk.slice());
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
