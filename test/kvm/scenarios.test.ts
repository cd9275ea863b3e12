/** KVM's scenarios: each ends as it says, and its dump gets exactly these verdicts. */
import assert from 'node:assert/strict';
import { checks } from '../../debug-adapter/checks/index.ts';
import { allScenarios } from '../../scripts/make-dumps.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';
import { verdicts } from './verdicts.ts';

describe('KVM scenarios', () => {
  const here = [...allScenarios()].filter(([path]) => path.startsWith('kvm/'));

  it('have a row of verdicts for each variant, and no row is left over', () => {
    const variants = here.flatMap(([path, { variants: all }]) =>
      [...all.keys()].map((variant) => `${path.replace('kvm/', '')} ${variant}`),
    );
    assert.deepEqual(variants.toSorted(), Object.keys(verdicts).toSorted());
  });

  for (const [name, expected] of Object.entries(verdicts)) {
    const [scenario = '', variant = ''] = name.split(' ');
    const path = `kvm/${scenario}`;

    it(`${name}: ends as it says, and says ${expected.length === 0 ? 'nothing' : expected.length}`, () => {
      const target = simulatedTarget(path, variant);
      const said = checks
        .filter((check) => check.applies(target))
        .flatMap((check) => [...check.run(target)])
        .filter(({ severity }) => severity !== 'OK' && severity !== 'SKIPPED')
        .map(({ check, severity, verdict }) => `${check} ${severity}: ${verdict}`);
      assert.deepEqual(said, expected);
      assert.deepEqual(target.warnings, []);
    });
  }
});
