/** Every scenario and variant there is: the same bytes each time, the end that its file names, what the checkers find in its dump, and an answer from every command. */
import assert from 'node:assert/strict';
import type { Finding } from '../../debug-adapter/checks/check.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { allScenarios } from '../../scripts/make-dumps.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { runEveryCommand } from '../support/every-command.ts';
import { coreBytes, scenarioAt, simulateAt } from '../support/simulated-dumps.ts';

const switchedOrder = ['ERROR ctxop_order', 'ERROR fpu_owner', 'ERROR fpu_ts'];
const staleVmcs = ['ERROR invept', 'ERROR vmcs_owner', 'WARNING kmsg_order'];
const brokenList = ['ERROR ctxop_list'];

/** What `::check` says that is wrong, by scenario and variant. */
const found: Readonly<Record<string, readonly string[]>> = {
  'akaros/vmcs-ctrl-c buggy': staleVmcs,
  // Nothing has trapped yet, and the freed page is the hardware's VMCS already.
  'akaros/vmcs-ctrl-c at-free': ['ERROR vmcs_hw', 'ERROR vmcs_owner', 'WARNING kmsg_order'],
  // No trap either; but the processor's last VMCLEAR came after the page was freed.
  'akaros/vmcs-ctrl-c silent': ['ERROR vmcs_hw'],
  'akaros/vmcs-core-regranted buggy': staleVmcs,
  'akaros/vmcs-core-regranted yields': staleVmcs,
  'akaros/vmcs-kill buggy': staleVmcs,
  // The page of the VMCS has a new owner, whose data the processor overwrites.
  'akaros/vmcs-page-reused silent': ['ERROR vcores', 'ERROR vmcs_hw'],
  'akaros/vmcs-page-reused before': ['ERROR vmcs_hw', 'ERROR vmcs_owner', 'WARNING kmsg_order'],
  'akaros/vmcs-page-reused buggy': [...staleVmcs, 'ERROR vcores'].toSorted(),
  // Another owner-change path; found by the checkers as they were.
  'akaros/vmcs-death-race buggy': ['ERROR invept', 'ERROR vmcs_owner'],
  'akaros/vmcs-death-race random': ['ERROR invept', 'ERROR vmcs_owner'],
  'akaros/vmcs-preempted buggy': ['ERROR invept', 'ERROR vmcs_owner'],
  'akaros/vmcs-preempted lingering': ['WARNING vmcs_owner'],
  'akaros/vmcs-preempted freed': ['ERROR vmcs_hw', 'ERROR vmcs_owner'],
  'akaros/vmcs-two-references buggy': staleVmcs,
  'akaros/vmcs-waiter-any buggy': staleVmcs,
  'akaros/vmcs-waiter-pid buggy': staleVmcs,
  'freebsd/fb01-curpmap-uaf buggy': ['BUG uafpoison'],
  'freebsd/fb01-curpmap-uaf armed': ['BUG curpmap'],
  'freebsd/fb01-curpmap-uaf recycled': ['BUG curpmap'],
  'freebsd/fb01-curpmap-uaf recycled-armed': ['BUG curpmap'],
  'freebsd/fb01-curpmap-uaf invariants': ['BUG curpmap'],
  'freebsd/fb03-fences armed': ['BUG fences'],
  'freebsd/fb04-reload resurrected': ['BUG ref'],
  'freebsd/fb05-pcpu-get buggy': ['BUG kassert'],
  'illumos/ctxop-damaged old-unmapped': brokenList,
  'illumos/ctxop-damaged old-freed': brokenList,
  'illumos/ctxop-damaged old-loop': brokenList,
  'illumos/ctxop-damaged new-unmapped': brokenList,
  'illumos/ctxop-damaged new-freed': brokenList,
  'illumos/ctxop-damaged new-loop': brokenList,
  'illumos/ctxop-damaged new-prev': brokenList,
  'illumos/ctxop-install-race nopreempt': ['ERROR ctxop_unbalanced'],
  'illumos/ctxop-install-race-linked nopreempt': ['WARNING ctxop_order'],
  'illumos/ctxop-panic-run buggy': switchedOrder,
  'illumos/ctxop-panic-switch buggy': switchedOrder,
  'illumos/ctxop-seeded buggy': switchedOrder,
  // The VM exit has set CR0.TS, so that the switch does not panic.
  'illumos/ctxop-silent buggy': ['ERROR ctxop_order', 'ERROR guest_fpu_pollution'],
};

/** Kernels whose other variants are innocent, so that nothing may be found in them. */
const settled = ['akaros', 'freebsd', 'illumos'];

/** A variant of this name has the fix. */
const fixedVariant = /^fixed\b/;

describe('scenarios', function () {
  this.timeout(60_000);

  it('in the table exist', () => {
    for (const key of Object.keys(found)) {
      const [path = '', variant = ''] = key.split(' ');
      assert.ok(scenarioAt(path).variants.has(variant), key);
      assert.doesNotMatch(variant, fixedVariant);
    }
  });

  for (const [path, scenario] of allScenarios())
    for (const [variant, { end, message }] of scenario.variants) {
      const key = `${path} ${variant}`;
      it(`${key}: ends in ${end}, twice with the same bytes; ${verdictOf(key)}`, () => {
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
        if (!schedule.random || !settled.includes(path.split('/')[0] ?? '')) continue;
        for (const seed of [1, 2 ** 31]) {
          const [first, second] = [1, 2].map(() => coreBytes(simulateAt(path, variant, { seed })));
          assert.ok(first && second);
          checkSameBytes(first, second);
        }
      }
  });
});

function verdictOf(key: string): string {
  const names = found[key]?.map((each) => each.replace(/^\w+ /, ''));
  if (names) return `found by ${names.join(', ')}`;
  return mustBeSilent(key) ? 'nothing is found' : 'opens without a warning';
}

function mustBeSilent(key: string): boolean {
  const [path = '', variant = ''] = key.split(' ');
  return fixedVariant.test(variant) || settled.includes(path.split('/')[0] ?? '');
}

function checkSameBytes(first: Uint8Array, second: Uint8Array): void {
  if (Buffer.compare(first, second) === 0) return;
  const offset = first.findIndex((byte, index) => byte !== second[index]);
  assert.fail(`dumps of ${first.length} and ${second.length} bytes differ at offset ${offset}`);
}

function checkDump(key: string, bytes: Uint8Array, cpuCount: number): void {
  const target = openTarget(openDump(bytesSource(bytes, key)));
  const inspector = createInspector(target, { grammar: mdbGrammar });
  const findings = [...inspector.check()];
  assert.deepEqual(target.warnings, []);
  assert.equal(target.cpus.length, cpuCount);
  const wrong = new Set(
    findings.filter(isWrong).map(({ severity, check }) => `${severity} ${check}`),
  );
  const expected = found[key];
  if (expected || mustBeSilent(key))
    assert.deepEqual([...wrong].toSorted(), expected ?? [], findings.map(textOf).join('\n'));
  runEveryCommand(inspector, key);
}

function isWrong({ severity }: Finding): boolean {
  return severity === 'BUG' || severity === 'ERROR' || severity === 'WARNING';
}

function textOf({ severity, check, verdict }: Finding): string {
  return `${severity} ${check}: ${verdict}`;
}
