/** `::findleaks` on FreeBSD: nothing is lost in its dumps, and what is lost is found. */
import assert from 'node:assert/strict';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { allScenarios } from '../../scripts/make-dumps.ts';
import { answer, inspect, withDamage } from '../support/damage.ts';
import { coreBytes, simulateAt, simulatedTarget } from '../support/simulated-dumps.ts';

describe('::findleaks on FreeBSD', function () {
  this.timeout(60_000);

  for (const [path, { variants }] of allScenarios())
    if (path.startsWith('freebsd/'))
      it(`loses nothing in ${path}`, () => {
        const [variant = ''] = variants.keys();
        assert.deepEqual(answer(inspect(simulatedTarget(path, variant)), '::findleaks', variant), [
          'findleaks: no memory leaks detected',
        ]);
      });

  it('finds the entry of a map that is cut off; its object is still its page’s', () => {
    const bytes = coreBytes(simulateAt('freebsd/fb01-curpmap-uaf', 'armed'));
    const whole = openTarget(openDump(bytesSource(bytes, 'whole')));
    const vmspace = whole
      .global('allproc')
      .member('lh_first')
      .dereference()
      .member('p_vmspace')
      .dereference();
    const header = vmspace.path('vm_map.header.next').address ?? 0n;
    const damaged = withDamage(bytes, whole, header & ~0xfffn, (page) => {
      page.setBigUint64(Number(header & 0xfffn), 0n, true);
      page.setBigUint64(Number(header & 0xfffn) + 8, 0n, true);
    });
    const said = answer(inspect(damaged), '::findleaks', 'cut off').join('\n');
    assert.match(said, / 1 [0-9a-f]{16} MAP ENTRY\n/);
    assert.match(said, /Total +1 buffer, 64 bytes/);
  });
});
