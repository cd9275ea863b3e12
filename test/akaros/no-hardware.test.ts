/** Akaros dumps without hardware state: what rests on memory is found as before, the rest says what is missing. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

describe('Akaros dumps without hardware state', () => {
  it('give every verdict that memory and registers carry', () => {
    assert.deepEqual(verdicts('vmcs-ctrl-c', 'buggy'), [
      'ERROR vmcs_owner',
      'SKIPPED vmcs_hw',
      'ERROR invept',
      'NOTE procref',
      'SKIPPED core_ctx',
      'WARNING kmsg_order',
    ]);
    assert.deepEqual(verdicts('vmcs-ctrl-c', 'at-free'), [
      'ERROR vmcs_owner',
      'SKIPPED vmcs_hw',
      'NOTE procref',
      'SKIPPED core_ctx',
      'WARNING kmsg_order',
    ]);
    assert.deepEqual(verdicts('vmcs-preempted', 'lingering'), [
      'WARNING vmcs_owner',
      'SKIPPED vmcs_hw',
      'SKIPPED core_ctx',
    ]);
  });

  it('are silent where nothing is wrong', () => {
    for (const scenario of ['vmcs-ctrl-c', 'vmcs-kill-9', 'vmcs-core-regranted', 'vmcs-preempted'])
      assert.deepEqual(
        verdicts(scenario, 'fixed'),
        ['SKIPPED vmcs_hw', 'SKIPPED core_ctx'],
        scenario,
      );
  });

  it('show what is not known as a question mark, and say so where nothing is left', () => {
    const inspector = open('vmcs-ctrl-c', 'at-free');
    const text = (line: string): string => [...inspector.execute(line)].map(rowText).join('\n');
    assert.match(text('::pcpui'), /^ +3 kern .* ffff8000022a1020 \?$/m);
    assert.match(text('::vmcs'), /^ +7e5c000 +- \? .* FREE +ffff8000022a1020$/m);
    assert.match(text('::vmcs -c'), /no hardware VMCS state in this dump/);
  });
});

function open(scenario: string, variant: string): Inspector {
  const bytes = coreBytes(simulateAt(`akaros/${scenario}`, variant)).slice();
  const note = Buffer.from(bytes.buffer).indexOf('SIMHW\0');
  assert.ok(note > 0);
  bytes.set(Buffer.from('OTHER'), note);
  return createInspector(openDump(bytesSource(bytes, variant)), { grammar: mdbGrammar });
}

function verdicts(scenario: string, variant: string): string[] {
  return [...open(scenario, variant).check()]
    .filter(({ severity }) => severity !== 'OK')
    .map(({ severity, check }) => `${severity} ${check}`);
}
