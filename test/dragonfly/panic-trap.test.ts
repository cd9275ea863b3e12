/** The trap that DragonFly panics for, and a panic that no trap is behind. */
import assert from 'node:assert/strict';
import { panicsForTrap } from '../support/panic-trap.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

describe('the panic of DragonFly', function () {
  this.timeout(60_000);
  panicsForTrap({
    scenario: 'dragonfly/df05-scan-wrap',
    variant: 'fixed',
    function: 'dangling_writer',
    instruction: 'mov',
    number: 14n,
    name: 'Page Fault',
    cpu: 1,
  });

  it('is no trap when the kernel itself raised it', () => {
    const { kernel } = simulatedTarget('dragonfly/df01-stale-tlb', 'buggy');
    assert.notEqual(kernel?.panicMessage, undefined);
    assert.equal(kernel?.panicTrap, undefined);
  });
});
