/** Runs a scenario and gives its dump: kernel image and scenario in, bytes out, the same every time. */
import { bytesSource } from '../dump-format/byte-source.ts';
import { openElf } from '../dump-format/elf/elf.ts';
import { LookupError, UsageError } from '../dump-format/errors.ts';
import { openDump } from '../dump-format/open-dump.ts';
import { machineCore, signal, type OpenImage } from './core.ts';
import { createMachine } from './machine/create-machine.ts';
import { readKernelImage } from './machine/image.ts';
import type { Machine } from './machine/machine.ts';
import { randomSchedule } from './schedule-random.ts';
import { scriptSchedule } from './schedule-script.ts';
import { chainSchedules, recordedSchedule, run } from './schedule.ts';
import type { Order, Outcome, Schedule } from './schedule.ts';
import type { Scenario, ScenarioEnd, ScenarioVariant } from './scenario.ts';

export interface SimulationOptions {
  /** Default: the scenario's first. */
  readonly variant?: string;
  /** For the random walk, instead of the scenario's own. */
  readonly seed?: number;
  /** What happens, instead of the scenario's schedule: a replay. It may end in any way. */
  readonly orders?: readonly Order[];
}

/** A scenario's machine before its first step. */
export interface Preparation {
  readonly scenario: Scenario;
  readonly variantName: string;
  readonly variant: ScenarioVariant;
  readonly image: OpenImage;
  readonly machine: Machine;
}

/** How a run ended: as a scenario may expect it, or in a way that none may. */
export type SimulationEnd =
  ScenarioEnd | 'unsupported-instruction' | 'unsupported-access' | 'schedule-error';

export interface Simulation {
  readonly end: SimulationEnd;
  /** One sentence: where the CPUs stand, or what went wrong. */
  readonly detail: string;
  /** Why this is not what the scenario promises; undefined when it is. */
  readonly complaint: string | undefined;
  /** What the kernel printed. */
  readonly console: string;
  readonly machine: Machine;
  /** Bytes of the dump, in pieces; the same each time it is asked for. */
  core(): Generator<Uint8Array>;
  readonly truth: GroundTruth;
}

/**
 * What really happened, for tests and explorers. It never goes into a dump: whoever judges a dump has nothing but the dump.
 */
export interface GroundTruth {
  readonly scenario: string;
  readonly variant: string;
  readonly seed: number | undefined;
  readonly end: SimulationEnd;
  readonly steps: number;
  /** Replays the run (`recordedSchedule`). */
  readonly orders: readonly Order[];
}

/**
 * Makes the machine of a scenario's variant.
 *
 * @param imageBytes the kernel image that the variant names
 * @throws LookupError when there is no such variant
 * @throws FormatError when the image is no kernel
 */
export function prepare(
  scenario: Scenario,
  imageBytes: Uint8Array,
  variantName = firstVariant(scenario),
): Preparation {
  const variant = variantNamed(scenario, variantName);
  const source = bytesSource(imageBytes, `${scenario.os}/${variant.image}.elf`);
  const image: OpenImage = { elf: openElf(source), dump: openDump(source) };
  const machine = createMachine(readKernelImage(source), {
    ...variant.machine,
    knobs: Object.fromEntries(variant.knobs),
  });
  return { scenario, variantName, variant, image, machine };
}

/** @throws LookupError naming those that there are */
export function variantNamed(scenario: Scenario, name: string): ScenarioVariant {
  const variant = scenario.variants.get(name);
  if (variant) return variant;
  const names = [...scenario.variants.keys()].join(', ');
  throw new LookupError(`scenario ${scenario.name} has no variant '${name}': it has ${names}`);
}

export function firstVariant(scenario: Scenario): string {
  return scenario.variants.keys().next().value ?? '';
}

/**
 * The schedule of a variant: its script, then its random walk.
 *
 * @throws UsageError for a seed where nothing is random, or a line that makes no sense
 */
export function scheduleOf({ variant, image }: Preparation, seed?: number): Schedule {
  const { script, random } = variant.schedule;
  if (seed !== undefined && !random)
    throw new UsageError('this scenario follows a script: a seed changes nothing');
  const schedules = [scriptSchedule(script, image.dump.debugInfo)];
  if (random) {
    const { quantumSteps, steps } = random;
    schedules.push(
      randomSchedule({
        seed: seed ?? random.seed,
        quantumSteps,
        ...(steps === undefined ? {} : { steps }),
      }),
    );
  }
  return chainSchedules(...schedules);
}

/**
 * Runs a scenario to its end.
 *
 * @param imageBytes the kernel image that the variant names
 * @throws LookupError, UsageError for what the options ask, FormatError for the image
 */
export function simulate(
  scenario: Scenario,
  imageBytes: Uint8Array,
  options: SimulationOptions = {},
): Simulation {
  const preparation = prepare(scenario, imageBytes, options.variant);
  const { machine, variant } = preparation;
  const schedule = options.orders
    ? recordedSchedule(options.orders)
    : scheduleOf(preparation, options.seed);
  const outcome = run(machine, schedule, { steps: variant.stepLimit });
  return simulationOf(preparation, outcome, options.seed ?? variant.schedule.random?.seed);
}

/** What a run of a prepared machine amounts to, whatever schedule it had. */
export function simulationOf(
  preparation: Preparation,
  outcome: Outcome,
  seed?: number,
): Simulation {
  const { scenario, variantName, variant, image, machine } = preparation;
  const end = outcome.reason === 'schedule-end' ? 'forced-dump' : outcome.reason;
  const text = new TextDecoder().decode(machine.console);
  return {
    end,
    detail: outcome.detail,
    complaint: complaintAbout(variant, end, outcome.detail, text),
    console: text,
    machine,
    core: () =>
      machineCore(machine, image, outcome.cpu, end === 'panic' ? signal.panic : signal.forced),
    truth: {
      scenario: scenario.name,
      variant: variantName,
      seed,
      end,
      steps: outcome.steps,
      orders: outcome.orders,
    },
  };
}

function complaintAbout(
  variant: ScenarioVariant,
  end: SimulationEnd,
  detail: string,
  text: string,
): string | undefined {
  if (end !== variant.end) return `ended in ${end}, not ${variant.end}: ${detail}`;
  const { message } = variant;
  if (message !== undefined && !text.includes(message))
    return `the console does not say '${message}'`;
  return undefined;
}
