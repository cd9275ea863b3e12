#!/usr/bin/env node
/** `corewalk`: finds the command, runs it, and says in one line what went wrong. */
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { FaultError, FormatError, LookupError, UsageError } from '../dump-format/errors.ts';
import { didYouMean, nearestNames } from '../debug-adapter/language/nearest.ts';
import { exitStatus, type Terminal } from './command.ts';
import { commandEntries, consoleEntry, type CommandEntry } from './commands.ts';
import { commandHelp, generalHelp } from './help.ts';

const terminal: Terminal = {
  output: process.stdout,
  errors: process.stderr,
  input: process.stdin,
  environment: process.env,
  program: import.meta.filename,
};

if (isMainThread) void main(process.argv.slice(2));
else void import('./thread.ts').then(({ runThread }) => runThread());

async function main(words: readonly string[]): Promise<void> {
  // A reader that has had enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? exitStatus.ok : exitStatus.failed),
  );
  process.exitCode = await statusOf(words);
}

async function statusOf(words: readonly string[]): Promise<number> {
  try {
    return await run(words);
  } catch (error) {
    if (!isUserError(error)) throw error;
    terminal.errors.write(`corewalk: ${error.message}\n`);
    if (!(error instanceof UsageError)) return exitStatus.failed;
    terminal.errors.write('corewalk: try `corewalk --help`\n');
    return exitStatus.usage;
  }
}

async function run(words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help')
    return help(first === 'help' ? rest[0] : undefined, first === undefined);
  if (first === '--version') return version();
  const named = commandEntries.find(({ name }) => name === first);
  const entry = named ?? openedBy(first);
  const given = named ? rest : words;
  if (given.includes('--help') || given.includes('-h')) return help(entry.name, false);
  const { command } = await entry.load();
  return command.run(given, terminal);
}

/** A dump, or options before it. @throws UsageError for a word that looks like a command that we don't have */
function openedBy(first: string): CommandEntry {
  const looksLikeCommand = /^[a-z][a-z-]*$/.test(first);
  if (!looksLikeCommand || existsSync(first)) return consoleEntry;
  const names = commandEntries.map(({ name }) => name);
  const hint = didYouMean(nearestNames(first, names));
  throw new UsageError(`no command and no file '${first}'${hint === undefined ? '' : `; ${hint}`}`);
}

async function help(name: string | undefined, isMistake: boolean): Promise<number> {
  const entry = commandEntries.find((each) => each.name === name);
  if (name !== undefined && !entry) throw new UsageError(`no command '${name}'`);
  const text = entry
    ? commandHelp(entry.name, (await entry.load()).command)
    : generalHelp(commandEntries);
  (isMistake ? terminal.errors : terminal.output).write(text);
  return isMistake ? exitStatus.usage : exitStatus.ok;
}

async function version(): Promise<number> {
  const { productVersion } = await import('./version.ts');
  terminal.output.write(`corewalk ${productVersion()}\n`);
  return exitStatus.ok;
}

function isUserError(error: unknown): error is Error {
  const kinds = [FormatError, FaultError, LookupError, UsageError];
  return kinds.some((kind) => error instanceof kind);
}
