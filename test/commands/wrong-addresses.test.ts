/** An address that means nothing to a dcmd: every dcmd says what is wrong with it, or has rows for it; none prints its heading and nothing more. */
import assert from 'node:assert/strict';
import type { Row } from '../../debug-adapter/commands/command.ts';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

/** Dumps with each kernel's dcmds; a dcmd may need a program of a kernel's, or hardware that another dump has. */
const dumps: readonly (readonly [string, string])[] = [
  ['illumos/ctxop-panic-run', 'buggy'],
  ['akaros/vmcs-ctrl-c', 'fixed'],
  ['dragonfly/df01-stale-tlb', 'buggy'],
  ['dragonfly/dfv10-vpte-m', 'buggy'],
  ['freebsd/fb01-curpmap-uaf', 'recycled'],
  ['kvm/kv01-hcall-gpr3', 'traced'],
];

/** What looks for something and may find nothing, in silence as mdb does. */
const silent = new Set(['kgrep', 'stacks', 'stackscan', 'echo']);

/** A line of column titles: every word of it is a heading. */
function isHeading({ spans }: Row): boolean {
  return spans.every(({ kind, text }) => kind === 'heading' || text.trim() === '');
}

describe('an address that means nothing', () => {
  for (const [scenario, variant] of dumps) {
    const { session } = createInspector(simulatedTarget(scenario, variant), {
      grammar: mdbGrammar,
    });
    const isFirst = scenario === dumps[0]?.[0];
    for (const { name, address, module } of session.dcmds()) {
      // The general ones are tried on one kernel; `$C` and its kin have names that do not go behind `::`.
      if (address === 'none' || (module === undefined && !isFirst) || !/^\w/.test(name)) continue;
      it(`is refused by ::${name} on ${scenario}, or has rows`, () => {
        const inspector = createInspector(simulatedTarget(scenario, variant), {
          grammar: mdbGrammar,
        });
        const rows = [...inspector.execute(`99::${name}`)];
        const said = rows.filter((row) => !isHeading(row));
        if (!silent.has(name))
          assert.notEqual(said.length, 0, rows.map(rowText).join('\n') || 'nothing at all');
        for (const { isError, spans } of said)
          if (isError) assert.ok(spans.some(({ text }) => text.length > 'mdb: '.length));
      });
    }
  }
});
