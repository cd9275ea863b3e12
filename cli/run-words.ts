/** A command line, from its words to its exit status: finds the command, runs it, and says in one line what went wrong. */
import { existsSync } from 'node:fs';
import { safeLines } from '../debug-adapter/dap/safe-text.ts';
import { FaultError, FormatError, LookupError, UsageError } from '../dump-format/errors.ts';
import { didYouMean, nearestNames } from '../debug-adapter/language/nearest.ts';
import { exitStatus, type Terminal } from './command.ts';
import { commandEntries, consoleEntry, type CommandEntry } from './commands.ts';
import { commandHelp, generalHelp } from './help.ts';

/**
 * Runs a command line to its end. What the user got wrong, and what a file has wrong, is said in one line on `terminal.errors`.
 *
 * @param words behind the program's name
 * @returns the exit status
 */
export async function runWords(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(words, terminal);
  } catch (error) {
    if (!isUserError(error)) throw error;
    terminal.errors.write(`corewalk: ${safeLines(error.message)}\n`);
    if (!(error instanceof UsageError)) return exitStatus.failed;
    terminal.errors.write('corewalk: try `corewalk --help`\n');
    return exitStatus.usage;
  }
}

async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help')
    return help(first === 'help' ? rest[0] : undefined, first === undefined, terminal);
  if (first === '--version') return version(terminal);
  const named = commandEntries.find(({ name }) => name === first);
  const entry = named ?? openedBy(first);
  const given = named ? rest : words;
  if (given.includes('--help') || given.includes('-h')) return help(entry.name, false, terminal);
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

async function help(
  name: string | undefined,
  isMistake: boolean,
  terminal: Terminal,
): Promise<number> {
  const entry = commandEntries.find((each) => each.name === name);
  if (name !== undefined && !entry) throw new UsageError(`no command '${name}'`);
  const text = entry
    ? commandHelp(entry.name, (await entry.load()).command)
    : generalHelp(commandEntries);
  (isMistake ? terminal.errors : terminal.output).write(text);
  return isMistake ? exitStatus.usage : exitStatus.ok;
}

async function version(terminal: Terminal): Promise<number> {
  const { productVersion } = await import('./version.ts');
  terminal.output.write(`corewalk ${productVersion()}\n`);
  return exitStatus.ok;
}

function isUserError(error: unknown): error is Error {
  const kinds = [FormatError, FaultError, LookupError, UsageError];
  return kinds.some((kind) => error instanceof kind);
}
