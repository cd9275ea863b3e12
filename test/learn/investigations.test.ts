/** Every investigation on its real dump: the answers answer, in order, and nothing else does. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { openInspector } from '../../debug-adapter/dap/open-inspector.ts';
import type { Inspector } from '../../debug-adapter/inspector.ts';
import { investigations } from '../../debug-adapter/learn/index.ts';
import { Reading } from '../../debug-adapter/learn/investigation.ts';
import { sampleDump } from '../support/sample-dump.ts';

describe('investigations', () => {
  for (const investigation of investigations)
    describe(investigation.name, () => {
      let inspector: Inspector;

      before(async () => {
        const { scenario, variant } = investigation;
        inspector = await openInspector(sampleDump(scenario, variant), { allows: 'nothing' });
      });
      after(() => inspector.target.dump.close());

      const run = (line: string): string => [...inspector.execute(line)].map(rowText).join('\n');

      it('is led to its end by its own answers', () => {
        const reading = new Reading(investigation);
        const outputs: string[] = [];
        for (const step of investigation.steps) {
          const { answer = '' } = reading;
          const output = run(answer);
          assert.equal(inspector.lastStatus, 'ok', answer);
          assert.equal(reading.take(output), step, `${step.title}: ${answer}\n${output}`);
          outputs.push(output);
        }
        assert.equal(reading.step, undefined);
        // Each step asks for something that was not to be seen before.
        for (const [index, step] of investigation.steps.entries())
          for (const [earlier, output] of outputs.slice(0, index).entries())
            assert.ok(
              !step.sees.every((pattern) => pattern.test(output)),
              `step ${earlier + 1} answers “${step.title}”`,
            );
      });

      it('waits at a step until it is answered or skipped', () => {
        const reading = new Reading(investigation);
        assert.equal(reading.take(run('::version')), undefined);
        assert.equal(reading.position, 0);
        for (const _ of investigation.steps) reading.skip();
        reading.skip();
        assert.equal(reading.position, investigation.steps.length);
      });
    });
});
