/** The seeded random walk: any CPU that can execute, for a few steps, and stores that drain when they like. */
import { UsageError } from '../dump-format/errors.ts';
import type { Machine } from './machine/machine.ts';
import type { Directive, Schedule } from './schedule.ts';

export interface RandomWalk {
  /** Any integer; the same seed gives the same walk. */
  readonly seed: number;
  /** Longest run of one CPU; each lasts 1 to so many steps. Default 1: a new choice at every step. */
  readonly quantumSteps?: number;
  /** Ends the walk after so many steps (at the end of a run); default never. */
  readonly steps?: number;
  /** One choice in so many drains a store while there is one to drain; default 8. */
  readonly drainOneIn?: number;
}

/** @throws UsageError for numbers that make no walk */
export function randomSchedule(walk: RandomWalk): Schedule {
  const quantum = walk.quantumSteps ?? 1;
  const drainOneIn = walk.drainOneIn ?? 8;
  if (!Number.isInteger(quantum) || quantum < 1)
    throw new UsageError(`a random walk has quanta of 1 or more steps, not ${quantum}`);
  const random = generator(walk.seed);
  let left = walk.steps ?? Infinity;
  return {
    next: (machine, last) => {
      left -= last?.steps ?? 0;
      if (left <= 0) return undefined;
      const drain =
        isBuffered(machine) && random(drainOneIn) === 0 ? pickDrain(machine, random) : undefined;
      if (drain) return drain;
      const cpu = pickReady(machine, random);
      if (cpu < 0) return { kind: 'idle' };
      return { kind: 'execute', cpu, steps: 1 + (quantum === 1 ? 0 : random(quantum)) };
    },
  };
}

/** A generator of integers below a bound: xorshift of 32 bits. The same on every machine. */
export function generator(seed: number): (bound: number) => number {
  let state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x6d2b79f5) | 0;
  if (state === 0) state = 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return bound <= 1 ? 0 : (state >>> 0) % bound;
  };
}

/** CPUs that can make a step now. */
export function readyCpus(machine: Machine): readonly number[] {
  const ready: number[] = [];
  for (let cpu = 0; cpu < machine.cpuCount; cpu++) if (machine.canExecute(cpu)) ready.push(cpu);
  return ready;
}

/** Any of the CPUs that can make a step, or -1. */
function pickReady(machine: Machine, random: (bound: number) => number): number {
  let count = 0;
  for (let cpu = 0; cpu < machine.cpuCount; cpu++) if (machine.canExecute(cpu)) count++;
  let chosen = random(count);
  for (let cpu = 0; cpu < machine.cpuCount; cpu++)
    if (machine.canExecute(cpu) && chosen-- === 0) return cpu;
  return -1;
}

function isBuffered(machine: Machine): boolean {
  return machine.configuration.memoryModel !== 'sc';
}

function pickDrain(machine: Machine, random: (bound: number) => number): Directive | undefined {
  const stores: Directive[] = [];
  for (let cpu = 0; cpu < machine.cpuCount; cpu++)
    for (const sequence of machine.drainable(cpu)) stores.push({ kind: 'drain', cpu, sequence });
  return stores[random(stores.length)];
}
