/** Dumps of the scenarios for tests: simulated once per process, in memory. */
import assert from 'node:assert/strict';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { allScenarios, imageBytes } from '../../scripts/make-dumps.ts';
import type { Scenario } from '../../simulator/scenario.ts';
import { simulate, type Simulation, type SimulationOptions } from '../../simulator/simulate.ts';

const scenarios = allScenarios();

/** @param path `illumos/ctxop-panic-run` */
export function scenarioAt(path: string): Scenario {
  const scenario = scenarios.get(path);
  assert.ok(scenario, `there is no scenario ${path}`);
  return scenario;
}

export function simulateAt(
  path: string,
  variant: string,
  options: SimulationOptions = {},
): Simulation {
  const scenario = scenarioAt(path);
  return simulate(scenario, imageBytes(scenario, variant), { ...options, variant });
}

/** The whole dump. */
export function coreBytes(simulation: Simulation): Uint8Array {
  return new Uint8Array(Buffer.concat([...simulation.core()]));
}

const targets = new Map<string, Target>();

/** The dump of a variant that ends as it has to, opened. */
export function simulatedTarget(path: string, variant: string): Target {
  const key = `${path} ${variant}`;
  let target = targets.get(key);
  if (!target) {
    const simulation = simulateAt(path, variant);
    assert.equal(simulation.complaint, undefined);
    target = openTarget(openDump(bytesSource(coreBytes(simulation), key)));
    targets.set(key, target);
  }
  return target;
}
