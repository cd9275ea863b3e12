/** Innocent pairs of KVM and QEMU, stopped anywhere in random schedules: no checker may find a bug, whatever is half done. */
import assert from 'node:assert/strict';
import type { Finding } from '../../debug-adapter/checks/check.ts';
import { kvmclob } from '../../debug-adapter/checks/kvmclob.ts';
import { kvmpend } from '../../debug-adapter/checks/kvmpend.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { randomSchedule } from '../../simulator/schedule-random.ts';
import { scriptSchedule } from '../../simulator/schedule-script.ts';
import { run, type Schedule } from '../../simulator/schedule.ts';
import { prepare, simulationOf } from '../../simulator/simulate.ts';
import { coreBytes, scenarioAt } from '../support/simulated-dumps.ts';

/** Steps between two stops; `EXPLORE=100` stops every hundred steps instead. */
const interval = 2000;
const shortInterval = 250;
const longestTurn = 40;

const innocent: readonly (readonly [string, string, seed: number, interval: number])[] = [
  ['kv01-hcall-gpr3', 'reenter', 1, interval],
  ['kv01-hcall-gpr3', 'abort', 2, interval],
  ['kv01-hcall-gpr3', 'setregs', 3, interval],
  ['kv01-hcall-gpr3', 'immediate', 4, interval],
  ['kv02-mmio-read', 'reenter', 5, interval],
  ['kv03-pio-out', 'decode', 6, interval],
  ['kv03-pio-out', 'guard', 7, interval],
  // At its first and its second instruction the guest stands where a reset puts it, with an operation of its own.
  ['kv03-pio-out', 'reenter-same-address', 1, shortInterval],
  ['kv04-pio-in', 'guard', 8, interval],
  ['kv05-x86-mmio', 'abort', 9, interval],
  ['kv06-osi', 'reenter', 10, interval],
  ['kv08-savevm', 'reenter-restored', 11, interval],
];

/** What the checkers say each time that a random schedule is stopped, to its end. */
function* stops(
  path: string,
  variant: string,
  seed: number,
  steps: number,
): Generator<readonly Finding[]> {
  const scenario = scenarioAt(path);
  const preparation = prepare(scenario, imageBytes(scenario, variant), variant);
  const { machine } = preparation;
  run(machine, scriptSchedule(['all until cpu0 @booted'], undefined));
  const walk = randomSchedule({ seed, quantumSteps: longestTurn });
  for (;;) {
    const outcome = run(machine, piece(walk, Number(process.env['EXPLORE'] ?? steps)));
    const bytes = coreBytes(simulationOf(preparation, outcome));
    const target = openTarget(openDump(bytesSource(bytes, `${path} ${variant}`)));
    yield [...kvmpend.run(target), ...kvmclob.run(target)];
    if (outcome.reason !== 'schedule-end') {
      assert.equal(outcome.reason, 'clean', outcome.detail);
      return;
    }
  }
}

function piece(schedule: Schedule, steps: number): Schedule {
  let left = steps;
  return {
    next(machine, last) {
      left -= last?.steps ?? 0;
      return left > 0 ? schedule.next(machine, last) : undefined;
    },
  };
}

describe('an innocent KVM, stopped anywhere', function () {
  this.timeout(120_000);

  for (const [name, variant, seed, steps] of innocent)
    it(`${name} ${variant}: no bug, seed ${seed}`, () => {
      let count = 0;
      for (const findings of stops(`kvm/${name}`, variant, seed, steps)) {
        const bugs = findings.filter(({ severity }) => severity === 'BUG');
        assert.deepEqual(bugs, [], `stop ${++count} of seed ${seed}`);
      }
    });
});
