/** KV-01, step by step: on a kernel with one of the fixes no dump at any step is called wrong, and on the buggy one every dump from the reset on is. */
import assert from 'node:assert/strict';
import type { Finding } from '../../debug-adapter/checks/check.ts';
import { kvmclob } from '../../debug-adapter/checks/kvmclob.ts';
import { kvmpend } from '../../debug-adapter/checks/kvmpend.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { imageBytes } from '../../scripts/make-dumps.ts';
import type { Scenario } from '../../simulator/scenario.ts';
import { simulate } from '../../simulator/simulate.ts';
import { coreBytes, scenarioAt } from '../support/simulated-dumps.ts';

/** In the order of the steps; the reset has been written at the last two, and the vCPU is about to enter the guest at the last. */
const places = [
  'cpu2 @handle_exit',
  'cpu0 @all_paused',
  'cpu0 @synchronized',
  'cpu0 @reset_handlers_done',
  'cpu0 @before_resume',
  'cpu2 kvmppc_vcpu_run 2',
];

/** What the two checkers say when the machine is stopped at a place. */
function said(variant: string, place: string): readonly Finding[] {
  const scenario = scenarioAt('kvm/kv01-hcall-gpr3');
  const original = scenario.variants.get(variant) ?? assert.fail();
  const script = ['all until cpu0 @booted', `all until ${place}`];
  const stopped: Scenario = {
    ...scenario,
    variants: new Map([[variant, { ...original, schedule: { script, random: undefined } }]]),
  };
  const simulation = simulate(stopped, imageBytes(stopped, variant), { variant });
  assert.equal(simulation.complaint, undefined, place);
  const target = openTarget(openDump(bytesSource(coreBytes(simulation), place)));
  return [...kvmpend.run(target), ...kvmclob.run(target)];
}

describe('KV-01, step by step', function () {
  this.timeout(60_000);

  for (const variant of ['reenter', 'abort', 'setregs', 'immediate'])
    it(`${variant}: at most a note, and none once the reset is written`, () => {
      for (const [step, place] of places.entries()) {
        const allowed = step < places.indexOf('cpu0 @before_resume') ? ['OK', 'NOTE'] : ['OK'];
        for (const { severity, verdict } of said(variant, place))
          assert.ok(allowed.includes(severity), `${place}: ${severity} ${verdict}`);
      }
    });

  it('buggy: a note before, a bug from the reset on', () => {
    for (const [step, place] of places.entries()) {
      const bugs = said('buggy', place).filter(({ severity }) => severity === 'BUG');
      const isReset = step >= places.indexOf('cpu0 @before_resume');
      assert.equal(bugs.length, isReset ? 1 : 0, place);
    }
  });
});
