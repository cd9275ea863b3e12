/** Opens a dump file with all that belongs to it: kernel file, grammars, and what the shell allows. */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import type { ByteSource } from '../../dump-format/byte-source.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { UsageError } from '../../dump-format/errors.ts';
import { unpack, type UnpackOptions } from '../../dump-format/unpack.ts';
import type { Capabilities } from '../commands/command.ts';
import { createInspector, type Inspector, type InspectorOptions } from '../inspector.ts';
import { isLoneCommand, loneGrammar } from '../language/lone-command.ts';
import { cGrammar, mdbGrammar } from './assets.ts';

/** Bytes of a macro file or of a file for `::cat`. */
const textFileLimit = 16 * 1024 * 1024;

/** Bytes of output that a shell command may give. */
const shellOutputLimit = 64 * 1024 * 1024;

export interface OpenOptions extends Pick<
  InspectorOptions,
  'isCancelled' | 'isInteractive' | 'settings' | 'hidesUserMemory'
> {
  /** Kernel file beside the dump. */
  readonly program?: string;
  /** All lines that will be run, where that is known: when none needs it, the grammar of the language is not started. */
  readonly lines?: readonly string[];
  /** What lines may do outside the dump. */
  readonly allows: Allowance;
  /** How far unpacking is, for a dump that comes compressed. */
  readonly onProgress?: UnpackOptions['onProgress'];
}

/** `files`: read macro files and write logs. `shell`: run commands too. `nothing`: stay inside the dump. */
export type Allowance = 'nothing' | 'files' | 'shell';

/** @throws FormatError when the file is no dump; Error of the system when it can't be read */
export async function openInspector(
  file: string,
  { program, lines, allows, onProgress, ...options }: OpenOptions,
): Promise<Inspector> {
  const { isCancelled } = options;
  // Side by side: the engine's threads compile the grammar.
  const [grammar, dump] = await Promise.all([
    lines?.every(isLoneCommand) ? loneGrammar : mdbGrammar(),
    openWithProgram(file, program, {
      ...(isCancelled && { isCancelled }),
      ...(onProgress && { onProgress }),
    }),
  ]);
  try {
    const capabilities = capabilitiesFor(allows);
    return createInspector(dump, { ...options, grammar, cGrammar, capabilities });
  } catch (error) {
    dump.close();
    throw error;
  }
}

/** Files are closed again when one of them can't be opened; a dump owns its files. */
async function openWithProgram(
  file: string,
  program: string | undefined,
  options: UnpackOptions,
): Promise<Dump> {
  const sources: ByteSource[] = [];
  const damages: string[] = [];
  const open = async (path: string): Promise<ByteSource> => {
    const packed = openFile(path);
    sources.push(packed);
    const { source, damage } = await unpack(packed, options);
    sources.push(source);
    if (damage !== undefined) damages.push(damage);
    return source;
  };
  try {
    const source = await open(file);
    return openDump(source, {
      damages,
      ...(program !== undefined && { program: await open(program) }),
    });
  } catch (error) {
    for (const source of new Set(sources)) source.close();
    throw error;
  }
}

function capabilitiesFor(allows: Allowance): Capabilities {
  if (allows === 'nothing') return {};
  const files: Capabilities = { readFile: readTextFile, openLog };
  return allows === 'shell' ? { ...files, runShell } : files;
}

function readTextFile(name: string): string | undefined {
  const found = statSync(name, { throwIfNoEntry: false });
  if (!found?.isFile()) return undefined;
  if (found.size > textFileLimit)
    throw new UsageError(`${name}: ${found.size} bytes; a text file has at most ${textFileLimit}`);
  return readFileSync(name, 'utf8');
}

function openLog(name: string): { write(text: string): void; close(): void } {
  let file: number;
  try {
    file = openSync(name, 'a', 0o600);
  } catch (error) {
    throw new UsageError(
      `cannot open ${name}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return { write: (text) => void writeSync(file, text), close: () => closeSync(file) };
}

function runShell(
  command: string,
  input: string,
): { readonly output: string; readonly errors: string; readonly status: number } {
  const run = spawnSync(command, {
    shell: true,
    input,
    encoding: 'utf8',
    maxBuffer: shellOutputLimit,
  });
  return {
    output: run.stdout,
    errors: run.error ? `${run.stderr}${run.error.message}\n` : run.stderr,
    status: run.status ?? 1,
  };
}
