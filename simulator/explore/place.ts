/** The ways on from a place where a schedule may go another way, the simplest first. */
import type { Machine } from '../machine/machine.ts';
import type { ScenarioInterrupt } from '../scenario.ts';

/**
 * `open`: the CPU that executes could go on. `pause`: it spins. `halted`: it waits. `idle`: all CPUs wait, and no timer is armed.
 */
export type PlaceKind = 'open' | 'pause' | 'halted' | 'idle';

/** One way on. */
export interface Way {
  /** Departures that it costs: what the bound of an exhaustive search is a bound of. */
  readonly cost: number;
  /** The CPU that executes next; -1: the schedule is over. */
  readonly cpu: number;
  /** Stores of the CPU that executed last which become visible before: so many of the oldest, or those with these sequence numbers. */
  readonly drains: number | readonly number[];
  /** True when others stay in the buffer. */
  readonly isDelayed: boolean;
  /** Index of the device's interrupt that comes now; -1: none. */
  readonly interrupt: number;
}

/** What the ways on depend on, beside the machine. */
export interface Situation {
  readonly machine: Machine;
  readonly kind: PlaceKind;
  /** The CPU that executed last. */
  readonly cpu: number;
  /** Bit by bit, the interrupts that have not come yet. */
  readonly interruptsLeft: number;
  readonly interrupts: readonly ScenarioInterrupt[];
}

/**
 * The ways on. The first costs nothing and is the simplest schedule: a CPU executes until it waits or spins, then the next one that can, in
 * turn; stores become visible when another CPU goes on.
 *
 * A departure is: another CPU goes on although this one could; the CPU whose turn it is not, when this one spins; stores that stay in the buffer
 * meanwhile; an interrupt. Who goes on when a CPU waits costs nothing.
 *
 * @param mostCost dearer ways may be missing; those that are there have the same indexes
 */
export function waysOn(situation: Situation, mostCost = Infinity): readonly Way[] {
  const { machine, kind, cpu } = situation;
  if (kind === 'idle') return [way(0, -1, 0), ...interruptWays(situation)];
  const ways: Way[] = kind === 'open' ? [way(0, cpu, 0)] : [];
  const drains = machine.bufferedStores(cpu);
  const others: Way[] = [];
  for (let i = 1; i < machine.cpuCount; i++) {
    const other = (cpu + i) % machine.cpuCount;
    if (!machine.canExecute(other)) continue;
    const isFree = kind === 'halted' || (kind === 'pause' && others.length === 0);
    others.push(way(isFree ? 0 : 1, other, drains));
  }
  ways.push(...others);
  const goesOn = kind === 'pause' ? others.length === 0 : kind === 'halted';
  if (goesOn && machine.canExecute(cpu)) ways.push(way(0, cpu, drains));
  if (kind !== 'pause') ways.push(...interruptWays(situation));
  const isDear = mostCost < (kind === 'open' ? 2 : 1);
  if (drains === 0 || isDear) return ways;
  for (const { cost, cpu: next } of others)
    for (const some of delays(machine, cpu))
      ways.push({ cost: cost + 1, cpu: next, drains: some, isDelayed: true, interrupt: -1 });
  return ways;
}

function way(cost: number, cpu: number, drains: number): Way {
  return { cost, cpu, drains, isDelayed: false, interrupt: -1 };
}

function interruptWays({ kind, cpu, interrupts, interruptsLeft }: Situation): Way[] {
  return interrupts.flatMap((interrupt, index) => {
    if ((interruptsLeft & (1 << index)) === 0) return [];
    const next = kind === 'open' ? cpu : interrupt.cpu;
    return [{ cost: 1, cpu: next, drains: 0, isDelayed: false, interrupt: index }];
  });
}

/** The CPU that goes on in the simplest schedule; -1 when none can. */
export function usualNext(machine: Machine, kind: PlaceKind, cpu: number): number {
  if (kind === 'open') return cpu;
  for (let i = 1; i < machine.cpuCount; i++) {
    const other = (cpu + i) % machine.cpuCount;
    if (machine.canExecute(other)) return other;
  }
  return machine.canExecute(cpu) ? cpu : -1;
}

/** What may have become visible when not all of it has. `tso`: the older stores. `weak`: none, or all that may but one. */
function delays(machine: Machine, cpu: number): readonly (number | readonly number[])[] {
  const count = machine.bufferedStores(cpu);
  if (machine.configuration.memoryModel === 'tso')
    return Array.from({ length: count }, (_, visible) => visible);
  const free = machine.drainable(cpu);
  const allButOne = free.map((delayed) => free.filter((each) => each !== delayed));
  return [0, ...allButOne.filter((sequences) => sequences.length > 0)];
}
