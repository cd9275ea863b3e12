/** gdb as an outside judge of dumps: it reads the dump with the kernel that the dump itself carries. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { extractKernel } from '../../dump-format/kernel-image.ts';

export const hasGdb = spawnSync('gdb', ['--version']).status === 0;
export const hasReadelf = spawnSync('readelf', ['--version']).status === 0;

/** A dump and its kernel as files, in a folder that `use` may fill and that is gone afterwards. */
export interface DumpFiles {
  readonly folder: string;
  readonly dump: string;
  readonly kernel: string;
}

/** Writes the dump, and beside it the kernel that is taken out of it. */
export function withDumpFiles<T>(bytes: Uint8Array, use: (files: DumpFiles) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'corewalk-gdb-'));
  try {
    // Dumps name their kernel so, and are younger than it; gdb warns of any other.
    const files = { folder, dump: join(folder, 'vmcore'), kernel: join(folder, 'unix') };
    writeFileSync(files.kernel, extractKernel(bytesSource(bytes, 'vmcore')));
    writeFileSync(files.dump, bytes);
    return use(files);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Output of a gdb session, command by command. Values are whole: no element is left out, none is told as repeated. */
export interface GdbSession {
  /** What is printed on the way to the first command. */
  readonly greeting: string;
  /** One text per command, errors included, trimmed. */
  readonly answers: readonly string[];
}

const mark = 'corewalk-mark';
const settings = [
  'set width 0',
  'set height 0',
  'set print elements 0',
  'set print repeats unlimited',
  'set print symbol off',
  'set print frame-arguments all',
  'set print entry-values no',
];

/** Runs commands in one gdb. */
export function gdbSession(files: DumpFiles, commands: readonly string[]): GdbSession {
  const before = settings.flatMap((setting) => ['-iex', setting]);
  const words = commands.flatMap((command) => ['-ex', `echo \\n${mark}\\n`, '-ex', command]);
  // Both streams go to one file, so that an error stands where its command's answer would.
  const output = join(files.folder, 'gdb.txt');
  const descriptor = openSync(output, 'w');
  try {
    spawnSync('gdb', ['-q', '-nx', '-batch', ...before, ...words, files.kernel, files.dump], {
      stdio: ['ignore', descriptor, descriptor],
      timeout: 60_000,
    });
  } finally {
    closeSync(descriptor);
  }
  const text = readFileSync(output, 'utf8');
  const [greeting = '', ...answers] = text.split(`\n${mark}\n`);
  assert.equal(answers.length, commands.length, text);
  return { greeting, answers: answers.map((answer) => answer.trim()) };
}
