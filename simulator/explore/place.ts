/** The ways on from a place where a schedule may go another way, the simplest first. */
import type { Machine } from '../machine/machine.ts';
import type { ScenarioInterrupt } from '../scenario.ts';
import type { Order } from '../schedule.ts';

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
  /** What happens before it does. */
  readonly orders: readonly Order[];
  /** True when stores stay in the buffer of a CPU that others go on behind. */
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
 * All ways on. The first costs nothing and is the simplest schedule: a CPU executes until it waits or spins, then the next one that can, in
 * turn; stores become visible when another CPU goes on.
 *
 * A departure is: another CPU goes on although this one could; the CPU whose turn it is not, when this one spins; stores that stay in the buffer
 * meanwhile; an interrupt. Who goes on when a CPU waits costs nothing.
 */
export function waysOn(situation: Situation): readonly Way[] {
  const { machine, kind, cpu } = situation;
  const ways: Way[] = [];
  if (kind === 'open') ways.push({ cost: 0, cpu, orders: [], isDelayed: false, interrupt: -1 });
  if (kind === 'idle') ways.push({ cost: 0, cpu: -1, orders: [], isDelayed: false, interrupt: -1 });
  const drained = drainOrders(machine, cpu);
  const delays = drained.length === 0 ? [] : delayedDrains(machine, cpu);
  let isFirst = kind !== 'open';
  const others = kind === 'idle' ? 0 : machine.cpuCount - 1;
  for (let i = 1; i <= others; i++) {
    const other = (cpu + i) % machine.cpuCount;
    if (!machine.canExecute(other)) continue;
    const cost = isFirst || kind === 'halted' ? 0 : 1;
    isFirst = false;
    ways.push({ cost, cpu: other, orders: drained, isDelayed: false, interrupt: -1 });
    for (const orders of delays)
      ways.push({ cost: cost + 1, cpu: other, orders, isDelayed: true, interrupt: -1 });
  }
  const goesOn = kind === 'pause' ? isFirst : kind === 'halted' && machine.canExecute(cpu);
  if (goesOn) ways.push({ cost: 0, cpu, orders: drained, isDelayed: false, interrupt: -1 });
  if (kind === 'pause') return ways;
  for (const [index, interrupt] of situation.interrupts.entries()) {
    if ((situation.interruptsLeft & (1 << index)) === 0) continue;
    const order: Order = { kind: 'interrupt', ...interrupt };
    const next = kind === 'open' ? cpu : interrupt.cpu;
    ways.push({ cost: 1, cpu: next, orders: [order], isDelayed: false, interrupt: index });
  }
  return ways;
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

/** All stores of a CPU become visible, oldest first. */
function drainOrders(machine: Machine, cpu: number): readonly Order[] {
  const count = machine.bufferedStores(cpu);
  return count === 0 ? [] : Array.from({ length: count }, () => ({ kind: 'drain', cpu }));
}

/** What may have become visible when not all of it has. `tso`: the older ones. `weak`: nothing, or all that may but one. */
function delayedDrains(machine: Machine, cpu: number): readonly (readonly Order[])[] {
  const count = machine.bufferedStores(cpu);
  if (machine.configuration.memoryModel === 'tso')
    return Array.from({ length: count }, (_, visible) =>
      Array.from({ length: visible }, (): Order => ({ kind: 'drain', cpu })),
    );
  const free = machine.drainable(cpu);
  const allButOne = free.map((delayed) =>
    free
      .filter((each) => each !== delayed)
      .map((sequence): Order => ({ kind: 'drain', cpu, sequence })),
  );
  return [[], ...allButOne.filter((orders) => orders.length > 0)];
}
