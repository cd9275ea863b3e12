/** Where a search begins: a machine that has booted once, and the snapshot that every schedule starts from. */
import { UsageError } from '../../dump-format/errors.ts';
import type { Machine, MachineSnapshot } from '../machine/machine.ts';
import type { Scenario, ScenarioInterrupt, ScenarioSearch } from '../scenario.ts';
import { chainSchedules, run, type Order, type Schedule } from '../schedule.ts';
import { scriptSchedule } from '../schedule-script.ts';
import { prepare, type Preparation } from '../simulate.ts';

/** The search that a scenario describes, unless the caller says otherwise. */
export type SearchSettings = Omit<ScenarioSearch, 'from'>;

export interface Start {
  readonly preparation: Preparation;
  readonly machine: Machine;
  readonly snapshot: MachineSnapshot;
  /** Lines of the schedule language that lead here. */
  readonly from: readonly string[];
  /** What led here: with a schedule's own orders behind them, these replay it from the machine's first step. */
  readonly orders: readonly Order[];
  /** The CPU that executed last. */
  readonly cpu: number;
  readonly settings: SearchSettings;
  /** Bytes that the console has. */
  readonly consoleLength: number;
}

/**
 * Boots the kernel of a variant and takes the snapshot.
 *
 * @param imageBytes the kernel image that the variant names
 * @throws LookupError when there is no such variant, FormatError for the image, UsageError when the kernel doesn't get there
 */
export function openStart(
  scenario: Scenario,
  imageBytes: Uint8Array,
  variantName?: string,
  changes: Partial<ScenarioSearch> = {},
): Start {
  const preparation = prepare(scenario, imageBytes, variantName);
  const { machine, variant, image } = preparation;
  const { from, ...settings } = { ...variant.search, ...changes };
  checkInterrupts(settings.interrupts, machine);
  const lines = from ?? usualStart(preparation);
  const way = chainSchedules(scriptSchedule(lines, image.dump.debugInfo), emptyBuffers());
  const outcome = run(machine, way, { steps: variant.stepLimit });
  if (outcome.reason !== 'schedule-end')
    throw new UsageError(
      `the kernel does not get to where the search begins: ${outcome.reason}: ${outcome.detail}`,
    );
  return {
    preparation,
    machine,
    snapshot: machine.snapshot(),
    from: lines,
    orders: outcome.orders,
    cpu: outcome.cpu,
    settings,
    consoleLength: machine.console.length,
  };
}

function usualStart({ variant, machine }: Preparation): readonly string[] {
  if (variant.schedule.random) return variant.schedule.script;
  return machine.image.schedulePoints.has('booted') ? ['all until cpu0 @booted'] : [];
}

/** A run that ends lets all stores become visible; said in orders, they replay. */
function emptyBuffers(): Schedule {
  return {
    next: (machine) => {
      for (let cpu = 0; cpu < machine.cpuCount; cpu++)
        if (machine.drainable(cpu).length > 0) return { kind: 'drain', cpu };
      return undefined;
    },
  };
}

function checkInterrupts(interrupts: readonly ScenarioInterrupt[], machine: Machine): void {
  for (const { cpu, vector } of interrupts)
    if (cpu >= machine.cpuCount)
      throw new UsageError(
        `interrupt ${vector}: there is no cpu${cpu}: the machine has ${machine.cpuCount}`,
      );
}
