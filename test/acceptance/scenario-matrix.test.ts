/** Every scenario and variant there is: the end that its file names, the same bytes each time, and an answer from every command. What the checkers say is in test/silence.test.ts. */
import assert from 'node:assert/strict';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { allScenarios } from '../../scripts/make-dumps.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { runEveryCommand } from '../support/every-command.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

describe('scenarios', function () {
  this.timeout(60_000);

  for (const [path, scenario] of allScenarios())
    for (const [variant, { end, message }] of scenario.variants) {
      const key = `${path} ${variant}`;
      it(`${key}: ends in ${end}, twice with the same bytes, and answers every command`, () => {
        const simulation = simulateAt(path, variant);
        assert.equal(simulation.complaint, undefined);
        assert.equal(simulation.end, end);
        assert.ok(simulation.console.includes(message ?? ''));
        const bytes = coreBytes(simulation);
        checkSameBytes(bytes, coreBytes(simulateAt(path, variant)));
        checkDump(key, bytes, simulation.machine.cpuCount);
      });
    }

  it('with a seed give the same bytes for the same seed', () => {
    for (const [path, { variants }] of allScenarios())
      for (const [variant, { schedule }] of variants) {
        if (!schedule.random) continue;
        for (const seed of [1, 2 ** 31]) {
          const [first, second] = [1, 2].map(() => coreBytes(simulateAt(path, variant, { seed })));
          assert.ok(first && second);
          checkSameBytes(first, second);
        }
      }
  });
});

function checkSameBytes(first: Uint8Array, second: Uint8Array): void {
  if (Buffer.compare(first, second) === 0) return;
  const offset = first.findIndex((byte, index) => byte !== second[index]);
  assert.fail(`dumps of ${first.length} and ${second.length} bytes differ at offset ${offset}`);
}

function checkDump(key: string, bytes: Uint8Array, cpuCount: number): void {
  const target = openTarget(openDump(bytesSource(bytes, key)));
  runEveryCommand(createInspector(target, { grammar: mdbGrammar }), key);
  assert.deepEqual(target.warnings, []);
  assert.equal(target.cpus.length, cpuCount);
}
