/** The traces of the kernels that keep one. */
import assert from 'node:assert/strict';
import { timelineOf } from '../../debug-adapter/views/timeline.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

describe('timeline', () => {
  it('shows context operators saved and restored out of order, with the thread’s name', () => {
    const target = simulatedTarget('illumos/ctxop-panic-run', 'buggy');
    const { clock, cpus, events, threads } = timelineOf(target);
    assert.deepEqual([clock, cpus], ['ticks', [0, 1]]);
    const bhyve = 0xfffffe5af5cc8040n;
    assert.equal(threads.get(bhyve), 'bhyve');
    const saves = events.filter(({ thread, kind }) => thread === bhyve && kind === 'save');
    assert.equal(saves[0]?.label, 'save vmm_savectx');
    for (const [index, event] of events.entries())
      assert.ok(event.time >= (events[index - 1]?.time ?? 0n));
  });

  it('shows the trace ring of DragonFly, CPU by CPU', () => {
    const { events, cpus } = timelineOf(simulatedTarget('dragonfly/df14-generation', 'buggy'));
    assert.ok(events.some(({ kind }) => kind === 'vm_page_insert'));
    assert.ok(new Set(events.map(({ cpu }) => cpu)).size > 1);
    assert.ok(events.every(({ cpu }) => cpus.includes(cpu)));
  });

  it('knows order alone where a ring keeps no time', () => {
    const { clock, events } = timelineOf(simulatedTarget('akaros/vmcs-kill', 'buggy'));
    assert.equal(clock, 'order');
    assert.deepEqual(
      events
        .filter(({ cpu }) => cpu === 3)
        .map(({ label }) => label)
        .slice(0, 3),
      ['__startcore', '__notify', '__death'],
    );
  });

  it('says that a ring is empty', () => {
    const target = simulatedTarget('dragonfly/df01-stale-tlb', 'buggy');
    assert.throws(() => timelineOf(target), /empty/);
  });
});
