/** The dump of a machine: what it holds agrees with the machine, with the C structures, and with gdb. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { extractKernel } from '../../dump-format/kernel-image.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Value } from '../../debug-adapter/target/value.ts';
import { run } from '../../simulator/schedule.ts';
import { scriptSchedule } from '../../simulator/schedule-script.ts';
import { prepare, simulationOf, type Simulation } from '../../simulator/simulate.ts';
import { imageBytes } from '../../scripts/make-dumps.ts';
import { coreBytes, scenarioAt, simulateAt, simulatedTarget } from '../support/simulated-dumps.ts';

const path = 'illumos/ctxop-panic-run';

describe('core of a machine', () => {
  it('has the TLB of each CPU as C structures', () => {
    const simulation = simulateAt(path, 'buggy');
    const hardware = simulatedTarget(path, 'buggy').hardware;
    assert.ok(hardware);
    for (let cpu = 0; cpu < 2; cpu++) {
      const { tlb, registers } = simulation.machine.hardware(cpu);
      const value: Value = hardware.cpu(cpu);
      assert.equal(value.member('tlb_n').unsigned(), BigInt(tlb.length));
      assert.ok(tlb.length > 0);
      for (const [index, entry] of tlb.entries()) {
        const row = value.member('tlb').index(BigInt(index));
        assert.equal(row.member('va').unsigned(), entry.virtualAddress);
        assert.equal(row.member('pa').unsigned(), entry.physicalAddress);
        assert.equal(row.member('flags').unsigned(), BigInt(entry.flags));
      }
      for (const name of ['rip', 'rsp', 'cr0', 'cr3', 'gs_base', 'idtr_base'])
        assert.equal(value.member(name).unsigned(), registers.get(name), name);
    }
  });

  it('has the VMCS that a CPU has active', () => {
    const target = simulatedTarget(path, 'fixed');
    const vcpu = target.global('vmm_vm').path('cookie').unsigned();
    const region = target.value('struct vmx', vcpu).path('vcpus[0].vmcs_pa').unsigned();
    assert.equal(target.global('sim_vmcs_n').unsigned(), 1n);
    const vmcs = target.global('sim_vmcs').index(0n);
    assert.equal(vmcs.member('pa').unsigned(), region);
    assert.equal(vmcs.member('active_cpu').signed(), 0n);
    assert.equal(vmcs.member('host_cr0').unsigned() & 8n, 8n, 'a VM exit sets TS');
    const cpu = target.hardware?.cpu(0);
    assert.equal(cpu?.member('current_vmcs_pa').unsigned(), region);
  });

  it('finishes the stores that wait in buffers, unless they are held', () => {
    const call = 'cpu0 until schedctl';
    const held = stopped('buggy', ['cpu0 until user_return', 'hold cpu0', call]);
    const { storeBuffer } = held.simulation.machine.hardware(0);
    const newest = storeBuffer.at(-1);
    assert.ok(newest, 'the call has just pushed its return address');
    assert.notEqual(held.target.memory.readU64(newest.virtualAddress), newest.value);
    const cpu = held.target.hardware?.cpu(0);
    assert.equal(cpu?.member('sb_n').unsigned(), BigInt(storeBuffer.length));
    assert.equal(lastStore(cpu), newest.value);

    const finished = stopped('buggy', [call]).target;
    assert.equal(finished.memory.readU64(newest.virtualAddress), newest.value);
    assert.equal(finished.hardware?.cpu(0).member('sb_n').unsigned(), 0n);
  });

  it('takes a CPU out of its guest: the stack is the host’s, the hardware table has the guest', () => {
    const { simulation, target } = stopped('fixed', [
      'cpu0 until @booted',
      'cpu0 until @vmx_entry',
      'cpu0 40 steps',
    ]);
    const { vmx, registers } = simulation.machine.hardware(0);
    assert.ok(vmx.isInGuest);
    const names = [...target.stack({ kind: 'cpu', cpu: 0 })].map((frame) =>
      target.symbolize(frame.lookupAddress)?.replace(/\+.*/, ''),
    );
    assert.deepEqual(names.slice(0, 4), ['vmx_exit_guest', 'vmx_run', 'vm_run', 'vmmdev_do_ioctl']);
    const cpu = target.hardware?.cpu(0);
    assert.ok(cpu);
    assert.equal(cpu.member('rip').unsigned(), registers.get('rip'));
    assert.ok(cpu.member('rip').unsigned() < 0x10000n);
    assert.equal(cpu.member('flags').unsigned() & 4n, 4n);
    assert.equal(cpu.member('curctx').unsigned(), 0xfffffe5af5cc8040n);
  });

  it('leaves the machine as it was', () => {
    const simulation = simulateAt(path, 'buggy');
    const before = simulation.machine.stateHash();
    coreBytes(simulation);
    assert.equal(simulation.machine.stateHash(), before);
  });

  it('holds each page of the kernel once, and nothing that was never touched', () => {
    const dump = openDump(bytesSource(coreBytes(simulateAt(path, 'buggy')), 'dump'));
    const seen = new Set<bigint>();
    for (const { physicalAddress, size } of dump.segments) {
      assert.ok(physicalAddress !== undefined);
      for (let offset = 0n; offset < size; offset += 4096n) {
        assert.ok(!seen.has(physicalAddress + offset), (physicalAddress + offset).toString(16));
        seen.add(physicalAddress + offset);
      }
    }
    // The red zone below the vCPU thread's stack, and a page of the heap that nobody asked for.
    for (const absent of [0xfffffe0080449ff8n, 0xfffffe5b40000000n])
      assert.equal(dump.virtual.readAvailable(absent, 8).length, 0);
  });

  it('is what gdb shows: stack, operators, CPUs', function () {
    if (spawnSync('gdb', ['--version']).error) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'corewalk-core-'));
    try {
      const bytes = coreBytes(simulateAt(path, 'buggy'));
      writeFileSync(join(folder, 'unix'), extractKernel(bytesSource(bytes, 'dump')));
      writeFileSync(join(folder, 'dump'), bytes);
      const text = gdb(folder, [
        'bt',
        'info threads',
        'p/x ((struct ctxop *)0xfffffe5b2f901a60)->restore_ts',
        'p ((struct ctxop *)0xfffffe5b2f901a60)->free_op',
        'p panic_thread->t_procp->p_user.u_comm',
        'p *(int *)0xfffffe0080449ff8',
      ]);
      const frames = [...text.matchAll(/^#\d+ +(?:0x[0-9a-f]+ in )?(\w+) \(/gm)].map(
        (match) => match[1],
      );
      const target = simulatedTarget(path, 'buggy');
      const ours = [...target.stack({ kind: 'cpu', cpu: 0 })].map(
        (frame) => target.symbolize(frame.lookupAddress)?.replace(/\+.*/, '') ?? '?',
      );
      assert.deepEqual(frames.slice(1), ours, 'the first line is the selected frame again');
      assert.match(text, /LWP 1 .*vpanic/);
      assert.match(text, /LWP 2 .*vmx_ept_unlock_changed/);
      assert.match(text, /= 0x137e89acc2dc/);
      assert.match(text, /<fp_free>/);
      assert.match(text, /= "bhyve"/);
      assert.match(text, /Cannot access memory at address 0xfffffe0080449ff8/);
      assert.doesNotMatch(text, /warning/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function stopped(
  variant: string,
  script: readonly string[],
): { simulation: Simulation; target: ReturnType<typeof openTarget> } {
  const scenario = scenarioAt(path);
  const preparation = prepare(scenario, imageBytes(scenario, variant), variant);
  const simulation = simulationOf(preparation, run(preparation.machine, scriptSchedule(script)));
  const target = openTarget(openDump(bytesSource(coreBytes(simulation), 'dump')));
  return { simulation, target };
}

function lastStore(cpu: Value | undefined): bigint | undefined {
  const count = cpu?.member('sb_n').unsigned() ?? 0n;
  return cpu
    ?.member('sb')
    .index(count - 1n)
    .member('value')
    .unsigned();
}

function gdb(folder: string, commands: readonly string[]): string {
  const words = commands.flatMap((command) => ['-ex', command]);
  const { stdout, stderr } = spawnSync(
    'gdb',
    ['-q', '-nx', '-batch', ...words, join(folder, 'unix'), join(folder, 'dump')],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return stdout + stderr;
}
