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

  it('shows the trace of FreeBSD: the address space is freed while a CPU is still in it', () => {
    const target = simulatedTarget('freebsd/fb01-curpmap-uaf', 'traced');
    const { clock, cpus, events, threads } = timelineOf(target);
    assert.deepEqual([clock, cpus], ['ticks', [0, 1, 2, 3]]);
    const of = (kind: string): readonly string[] =>
      events.filter((event) => event.kind === kind).map(({ cpu, label }) => `${cpu} ${label}`);
    assert.deepEqual(
      of('vmspace_exit').map((line) => line.replace(/[0-9a-f]{16}/, 'it')),
      ['1 vmspace_exit: pid 101 leaves it refs 2', '2 vmspace_exit: pid 102 leaves it refs 1'],
    );
    const order = events.map(({ cpu, kind }) => `${cpu} ${kind}`);
    assert.ok(order.lastIndexOf('2 vmspace_dofree') < order.lastIndexOf('1 pmap_activate_sw'));
    assert.equal(
      threads.get(events.find(({ kind }) => kind === 'vmspace_exit')?.thread ?? 0n),
      'a',
    );
  });

  it('shows the trace of KVM: the call is completed after the registers of the reset were written', () => {
    const target = simulatedTarget('kvm/kv01-hcall-gpr3', 'traced');
    const { clock, cpus, events, threads } = timelineOf(target);
    assert.deepEqual([clock, cpus], ['ticks', [0, 1, 2, 3]]);
    const labels = events.map(({ cpu, label }) => `${cpu} ${label}`);
    const last = (start: string): number =>
      labels.findLastIndex((label) => label.startsWith(start));
    assert.ok(labels.includes('2 kvm_userspace_exit: vcpu 0 KVM_EXIT_PAPR_HCALL errno 0'));
    assert.ok(last('0 sys_enter_ioctl: fd 11 KVM_SET_REGS') < last('2 kvm_complete: vcpu 0 hcall'));
    const completed = events[last('2 kvm_complete')];
    assert.equal(threads.get(completed?.thread ?? 0n), 'qemu-kvm');
  });

  it('says that a ring is empty', () => {
    const target = simulatedTarget('dragonfly/df01-stale-tlb', 'buggy');
    assert.throws(() => timelineOf(target), /empty/);
  });
});
