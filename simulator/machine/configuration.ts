/** What a machine is configured with, completed and checked. */
import { UsageError } from '../../dump-format/errors.ts';
import type { MachineConfiguration } from './machine.ts';
import { pageSize } from './physical-memory.ts';

export const maximumCpus = 64;
const defaultMemory = 64 << 20;
const defaultFrequency = 2_000_000_000n;
const defaultDrainAge = 2000;

/** @throws UsageError for numbers that make no machine */
export function complete(given: MachineConfiguration): Required<MachineConfiguration> {
  if (!Number.isInteger(given.cpus) || given.cpus < 1 || given.cpus > maximumCpus)
    throw new UsageError(`a machine has 1 to ${maximumCpus} CPUs, not ${given.cpus}`);
  const memoryBytes = given.memoryBytes ?? defaultMemory;
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes <= 0 || memoryBytes % pageSize !== 0)
    throw new UsageError(`memory is a whole number of ${pageSize}-byte pages, not ${memoryBytes}`);
  const drainAgeSteps = given.drainAgeSteps ?? defaultDrainAge;
  if (!Number.isSafeInteger(drainAgeSteps) || drainAgeSteps < 1)
    throw new UsageError(`a store drains by age after 1 step or more, not ${drainAgeSteps}`);
  const ticksPerStep = given.ticksPerStep ?? 1n;
  if (ticksPerStep < 0n) throw new UsageError(`time does not run backwards: ${ticksPerStep}`);
  return {
    cpus: given.cpus,
    memoryBytes,
    memoryModel: given.memoryModel ?? 'sc',
    tscStart: BigInt.asUintN(64, given.tscStart ?? 0n),
    ticksPerStep,
    tscFrequency: given.tscFrequency ?? defaultFrequency,
    drainAgeSteps,
    knobs: given.knobs ?? {},
  };
}
