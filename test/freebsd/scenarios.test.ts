/** FreeBSD's scenarios: each ends as it says, and its dump gets exactly these verdicts. */
import assert from 'node:assert/strict';
import { checks } from '../../debug-adapter/checks/index.ts';
import { allScenarios } from '../../scripts/make-dumps.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';
import { verdicts } from './verdicts.ts';

describe('FreeBSD scenarios', () => {
  const here = [...allScenarios()].filter(([path]) => path.startsWith('freebsd/'));

  it('have a row of verdicts for each variant, and no row is left over', () => {
    const variants = here.flatMap(([path, { variants: all }]) =>
      [...all.keys()].map((variant) => `${path.replace('freebsd/', '')} ${variant}`),
    );
    assert.deepEqual(variants.toSorted(), Object.keys(verdicts).toSorted());
  });

  for (const [name, expected] of Object.entries(verdicts)) {
    const [scenario = '', variant = ''] = name.split(' ');

    it(`${name}: ends as it says, and says ${expected.length === 0 ? 'nothing' : expected.length}`, () => {
      const target = simulatedTarget(`freebsd/${scenario}`, variant);
      const said = checks
        .filter((check) => check.applies(target))
        .flatMap((check) => [...check.run(target)])
        .filter(({ severity }) => severity !== 'OK')
        .map(({ check, severity, verdict }) => `${check} ${severity}: ${verdict}`);
      assert.equal(said.length, expected.length, said.join('\n'));
      for (const [index, line] of said.entries()) assert.match(line, expected[index] ?? /^$/);
    });
  }
});
