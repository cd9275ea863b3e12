/** The trap that FreeBSD panics for, and panics that no trap is behind. */
import assert from 'node:assert/strict';
import { panicsForTrap, type TrappedDump } from '../support/panic-trap.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

const cases: readonly TrappedDump[] = [
  {
    scenario: 'freebsd/fb08-nested-panic',
    variant: 'aligned',
    function: 'free_pv_chunk',
    instruction: 'mov +%rdx,\\(%rax\\)',
    number: 14n,
    name: 'Page Fault',
    cpu: 1,
  },
  {
    // The fault of the code that saves registers for the dump, behind which is the one that it was called for.
    scenario: 'freebsd/fb08-nested-panic',
    variant: 'buggy',
    function: 'savectx',
    instruction: 'fxsave',
    number: 13n,
    name: 'General Protection',
    cpu: 1,
  },
  {
    scenario: 'freebsd/fb01-curpmap-uaf',
    variant: 'recycled',
    function: 'pmap_pte',
    instruction: 'testb +\\$0x1,\\(%rax\\)',
    number: 14n,
    name: 'Page Fault',
    cpu: 3,
  },
];

describe('the panic of FreeBSD', function () {
  this.timeout(60_000);
  for (const each of cases) panicsForTrap(each);

  it('is no trap when an assertion or the kernel itself raised it', () => {
    for (const [scenario, variant] of [
      ['freebsd/fb05-pcpu-get', 'buggy'],
      ['freebsd/fb03-fences', 'orig'],
    ] as const) {
      const { kernel, panicRegisters, panicCpu } = simulatedTarget(scenario, variant);
      assert.notEqual(kernel?.panicMessage, undefined);
      assert.equal(kernel?.panicTrap, undefined);
      assert.equal(panicRegisters, panicCpu.registers);
    }
  });

  it('is nothing where the kernel did not panic', () => {
    const { kernel } = simulatedTarget('freebsd/fb01-curpmap-uaf', 'fixed');
    assert.equal(kernel?.panicMessage, undefined);
    assert.equal(kernel?.panicTrap, undefined);
  });
});
