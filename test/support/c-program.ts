/** Programs of C, built with gcc when a test starts, and opened as a dump: no process runs, the file is read. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dump } from '../../dump-format/dump.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';

export const hasGcc = spawnSync('gcc', ['--version']).status === 0;

/** Linked at fixed addresses, so that transcripts can name them; nothing of libc. */
const flags = (
  '-g -O0 -ffreestanding -nostdlib -static -no-pie -fno-pie ' +
  '-fno-asynchronous-unwind-tables -Wl,--build-id=sha1 -Wl,-e,main'
).split(' ');

/** The path of the program; built once per text and flags. */
export function buildProgram(name: string, source: string, more: readonly string[] = []): string {
  const all = [...flags, ...more];
  const hash = createHash('sha256').update(source).update(all.join(' ')).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), 'corewalk-test-programs', hash);
  const program = join(folder, name);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.c`), source);
  // Two test processes may build the same one: the last rename wins, with the same bytes.
  const unfinished = `${program}.${process.pid}`;
  execFileSync('gcc', [...all, '-o', unfinished, `${name}.c`], { cwd: folder });
  renameSync(unfinished, program);
  return program;
}

export function openProgram(name: string, source: string, more: readonly string[] = []): Dump {
  return openDump(openFile(buildProgram(name, source, more)));
}
