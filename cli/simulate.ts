/** `corewalk simulate`: a machine runs into a crash dump. */
import { UsageError } from '../dump-format/errors.ts';
import { blockGzip } from '../dump-format/block-gzip.ts';
import { safeLines, safeText } from '../debug-adapter/dap/safe-text.ts';
import { firstVariant, simulate, type Simulation } from '../simulator/simulate.ts';
import { readScheduleFile, type ScheduleFile } from '../simulator/schedule-file.ts';
import { exitStatus, type Command, type OptionTable, type Terminal } from './command.ts';
import { write } from './output.ts';
import { findScenarioFile, loadScenario, readImage, readJson } from './scenario-files.ts';
import { onlyOperand, readWords, type Words } from './words.ts';
import { writeWhole } from './write-whole.ts';

const options: OptionTable = {
  variant: { type: 'string' },
  seed: { type: 'string' },
  schedule: { type: 'string' },
  output: { type: 'string', short: 'o' },
  console: { type: 'boolean' },
};

export const command: Command = {
  usage: 'SCENARIO [--variant NAME] [--seed N] [--schedule FILE] [--console] [-o FILE]',
  description:
    'Runs a small kernel on a simulated machine until the bug of the scenario strikes, and writes the\n' +
    'crash dump: an ELF core that gdb and readelf open too. The same scenario, variant and seed give\n' +
    'the same bytes. SCENARIO is a name of `corewalk scenarios`, or the path of a scenario file.',
  options: [
    {
      option: '--variant NAME',
      help: 'which kernel runs: buggy, fixed, ...; the first one if not given',
    },
    { option: '--seed N', help: 'of the random schedule, for scenarios that have one' },
    { option: '--schedule FILE', help: 'replay a schedule that `corewalk explore` wrote' },
    { option: '--console', help: 'print what the kernel printed' },
    { option: '-o FILE', help: 'where the dump goes; NAME.VARIANT.vmcore here if not given' },
  ],
  examples: [
    {
      line: 'corewalk simulate ctxop-panic-run -o machine.vmcore',
      explains: 'the panic of illumos 12477',
    },
    {
      line: 'corewalk simulate ctxop-panic-run --variant fixed -o fixed.vmcore',
      explains: 'the same work on the fixed kernel',
    },
  ],
  async run(given, terminal) {
    const words = readWords(given, options);
    const file = findScenarioFile(onlyOperand(words, 'scenario'));
    const scenario = loadScenario(file);
    const replayed = scheduleOf(words.text('schedule'), scenario.name);
    const variant = words.text('variant') ?? replayed?.variant ?? firstVariant(scenario);
    const output = words.text('output') ?? `${scenario.name}.${variant}.vmcore`;
    const seed = seedOf(words);
    const image = readImage(file, scenario, variant);
    if (terminal.errors.isTTY) terminal.errors.write(`running ${file.name} (${variant}) ...`);
    const simulation = simulate(scenario, image, {
      variant,
      ...(seed !== undefined && { seed }),
      ...(replayed && { orders: replayed.orders }),
    });
    const size = writeWhole(
      output,
      isPacked(output) ? blockGzip(simulation.core()) : simulation.core(),
    );
    if (terminal.errors.isTTY) terminal.errors.write('\r\x1b[K');
    if (words.isSet('console')) await write(terminal.output, consoleText(simulation));
    const { end, detail, truth, complaint } = simulation;
    await write(
      terminal.output,
      `${file.name} (${variant}): ${end} after ${truth.steps} steps: ${safeText(detail)}\n` +
        `${output}: ${size} bytes\n`,
    );
    if (complaint === undefined || replayed) return exitStatus.ok;
    return tellComplaint(complaint, seed, terminal);
  },
};

/** By its name, as tar does: `.vmcore.gz`. */
function isPacked(file: string): boolean {
  return file.endsWith('.gz');
}

/** @throws FormatError when the file is no schedule, UsageError when it is of another scenario */
function scheduleOf(path: string | undefined, scenario: string): ScheduleFile | undefined {
  if (path === undefined) return undefined;
  const file = readScheduleFile(readJson(path), path);
  if (file.scenario === scenario) return file;
  throw new UsageError(`${path}: a schedule of ${file.scenario}, not of ${scenario}`);
}

function seedOf(words: Words): number | undefined {
  const seed = words.number('seed');
  if (seed === undefined) return undefined;
  if (seed > BigInt(Number.MAX_SAFE_INTEGER))
    throw new UsageError(`--seed: at most ${Number.MAX_SAFE_INTEGER}`);
  return Number(seed);
}

function consoleText({ console }: Simulation): string {
  const text = safeLines(console);
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** A seed of the user's own may lead anywhere; without one the run has to end as the scenario promises. */
async function tellComplaint(
  complaint: string,
  seed: number | undefined,
  { errors }: Terminal,
): Promise<number> {
  await write(errors, `corewalk: not what the scenario promises: ${safeText(complaint)}\n`);
  return seed === undefined ? exitStatus.failed : exitStatus.ok;
}
