/** `corewalk DUMP`: lines from `-e`, from standard input, or from a person at a prompt. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UsageError } from '../dump-format/errors.ts';
import type { Inspector } from '../debug-adapter/inspector.ts';
import { exitStatus, type Command, type OptionTable, type Terminal } from './command.ts';
import { openConsole, startLines, type ConsoleData } from './open-console.ts';
import { RowWriter, usesColour, type RowFormat } from './output.ts';
import { onlyOperand, readWords, type Words } from './words.ts';
import { isSound, WarningWriter } from './warnings.ts';

const options: OptionTable = {
  evaluate: { type: 'string', short: 'e', multiple: true },
  json: { type: 'boolean' },
  color: { type: 'string' },
  program: { type: 'string', short: 'k' },
  include: { type: 'string', short: 'I', multiple: true },
  header: { type: 'string', short: 'H', multiple: true },
  'no-rc': { type: 'boolean', short: 'S' },
};

const colourChoices = ['auto', 'always', 'never'];

/** mdb's columns when the output is no terminal. */
const defaultColumns = 80;

export const command: Command = {
  usage:
    "[-e 'LINE']... [--json] [--color auto|always|never] [-k KERNEL] [-I DIR]... [-H FILE]... [-S] DUMP",
  description:
    'Opens a dump (an ELF core, or a linked program) and takes lines of the mdb language: from -e, from\n' +
    'standard input when that is no terminal, or from you. At the prompt: Tab completes, the arrow keys\n' +
    'go through the history, ^C stops the running command, ^D or ::quit leaves.\n' +
    'Lines in ~/.corewalkrc run first. A line with `!` hands its output to the shell.\n' +
    'Exit status of lines: 1 when the last one failed, or when the dump is damaged, the kernel file is of\n' +
    "another build or a header can't be read (all lines run nevertheless), 0 when not.",
  options: [
    { option: "-e 'LINE'", help: 'run the line and leave; may be given several times' },
    { option: '--json', help: 'one JSON object per row (docs/rows.schema.json)' },
    { option: '--color WHEN', help: 'auto (a terminal, unless NO_COLOR is set), always or never' },
    { option: '-k KERNEL', help: 'kernel file with symbols and types, for a dump without' },
    {
      option: '-I DIR',
      help: 'look for macro files and headers there; may be given several times',
    },
    { option: '-H FILE', help: 'add the types of a C header; may be given several times' },
    { option: '-S', help: 'leave ~/.corewalkrc alone' },
  ],
  examples: [
    { line: 'corewalk machine.vmcore', explains: 'work on a dump' },
    {
      line: "corewalk -e '::status' -e '::check' machine.vmcore",
      explains: 'exit status 1 when the last one failed',
    },
    {
      line: "corewalk --json -e '::walk thread' machine.vmcore | jq -r .value",
      explains: 'data for programs',
    },
    { line: 'corewalk machine.vmcore < script.mdb', explains: 'a script' },
  ],
  async run(given, terminal) {
    const words = readWords(given, options);
    const file = onlyOperand(words, 'dump');
    const format = formatOf(words, terminal);
    const isPrompt = words.texts('evaluate').length === 0 && terminal.input.isTTY === true;
    if (isPrompt && terminal.output.isTTY && format !== 'json') {
      const { runPrompt } = await import('./prompt.ts');
      return runPrompt(consoleFor(words, file, terminal), format, terminal);
    }
    return runLines(consoleFor(words, file, terminal), words.texts('evaluate'), format, terminal);
  },
};

function consoleFor(words: Words, file: string, { output, environment }: Terminal): ConsoleData {
  const startFile = join(environment['HOME'] ?? homedir(), '.corewalkrc');
  const hasStart = !words.isSet('no-rc') && existsSync(startFile);
  return {
    file,
    program: words.text('program'),
    columns: output.isTTY ? output.columns : defaultColumns,
    startFile: hasStart ? startFile : undefined,
    path: words.texts('include'),
    headers: words.texts('header'),
  };
}

function formatOf(words: Words, terminal: Terminal): RowFormat {
  const choice = words.text('color');
  if (choice !== undefined && !colourChoices.includes(choice))
    throw new UsageError(`--color: '${choice}' is none of ${colourChoices.join(', ')}`);
  if (words.isSet('json')) return 'json';
  return usesColour(choice, terminal) ? 'coloured' : 'plain';
}

async function runLines(
  data: ConsoleData,
  lines: readonly string[],
  format: RowFormat,
  terminal: Terminal,
): Promise<number> {
  const writer = new RowWriter(terminal, format);
  const first = startLines(data);
  const inspector = await openConsole(data, {
    isInteractive: false,
    ...(lines.length > 0 && { lines: [...first, ...lines] }),
  });
  const warnings = new WarningWriter(inspector, terminal);
  await warnings.write();
  const progress = await watchProgress(inspector, terminal);
  const run = async (line: string): Promise<void> => {
    await writer.rows(inspector.execute(line));
    progress?.end();
    await warnings.write();
  };
  let hasHeaders = true;
  for (const [index, line] of first.entries()) {
    await run(line);
    if (index < data.headers.length && inspector.lastStatus !== 'ok') hasHeaders = false;
  }
  for await (const line of lines.length > 0 ? lines : inputLines(terminal)) {
    await run(line);
    if (inspector.hasQuit) break;
  }
  const isWhole = isSound(inspector.target.warnings) && hasHeaders;
  inspector.target.dump.close();
  return inspector.lastStatus === 'ok' && isWhole ? exitStatus.ok : exitStatus.failed;
}

function inputLines({ input }: Terminal): AsyncIterable<string> {
  return createInterface({ input, crlfDelay: Infinity });
}

async function watchProgress(
  inspector: Inspector,
  terminal: Terminal,
): Promise<{ end(): void } | undefined> {
  if (!terminal.errors.isTTY) return undefined;
  const { ProgressLine } = await import('./progress-line.ts');
  const line = new ProgressLine(terminal);
  inspector.onProgress = (progress) => line.report(progress);
  return line;
}
