/** Verdicts on states that no scenario of Akaros ends in: dumps in which a member or two have other values. */
import assert from 'node:assert/strict';
import type { Check } from '../../debug-adapter/checks/check.ts';
import { coreContext } from '../../debug-adapter/checks/core-ctx.ts';
import { eptp } from '../../debug-adapter/checks/eptp.ts';
import { procref } from '../../debug-adapter/checks/procref.ts';
import { vcores } from '../../debug-adapter/checks/vcores.ts';
import { vmcsHardware } from '../../debug-adapter/checks/vmcs-hw.ts';
import { vmcsOwner } from '../../debug-adapter/checks/vmcs-owner.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import type { Value } from '../../debug-adapter/target/value.ts';
import { patchedTarget, type Patch } from '../support/patched-target.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

describe('checkers of Akaros', () => {
  const dumps = new Map<string, Uint8Array>();

  function bytesOf(scenario: string, variant: string): Uint8Array {
    const key = `${scenario} ${variant}`;
    const bytes = dumps.get(key) ?? coreBytes(simulateAt(`akaros/${scenario}`, variant));
    dumps.set(key, bytes);
    return bytes;
  }

  function check(
    checker: Check,
    [scenario, variant]: readonly [string, string],
    patches: (target: Target) => readonly Patch[],
    expected: readonly RegExp[],
  ): void {
    const target = patchedTarget(bytesOf(scenario, variant), patches);
    const said = [...checker.run(target)]
      .filter(({ severity }) => severity !== 'OK')
      .map(({ severity, verdict }) => `${severity} ${verdict}`);
    assert.equal(said.length, expected.length, said.join('\n'));
    for (const [index, line] of said.entries()) assert.match(line, expected[index] ?? /^$/);
  }

  const quiet = ['vmcs-ctrl-c', 'fixed'] as const;
  const lingering = ['vmcs-preempted', 'lingering'] as const;

  it('count references that nobody holds, and holders that do not count', () => {
    const count = (target: Target): Value => bash(target).path('p_kref.refcount');
    check(procref, quiet, (target) => [[count(target), 5n]], [
      /^ERROR LEAK: 2 reference\(s\) without a holder \(pid 12, refcount 5\)$/,
    ]);
    check(procref, quiet, (target) => [[count(target), 2n]], [
      /^ERROR UNDERCOUNT: 3 holders, refcount 2 \(pid 12, ffff8000021e0000\)$/,
    ]);
    check(procref, quiet, () => [], []);
  });

  it('compare the EPT pointer with the page tables', () => {
    const pointer = (target: Target): Value => bash(target).path('env_pgdir.eptp');
    check(eptp, quiet, (target) => [[pointer(target), 0n]], [
      /^ERROR pid 12: eptp is 0 with refcount 3$/,
    ]);
    check(eptp, quiet, (target) => [[pointer(target), 0x200001en]], [
      /^ERROR pid 12: eptp 0x200001e does not belong to env_cr3 0x7e38000$/,
    ]);
  });

  it('compare owner, vcore, context and CR3 of a core', () => {
    const core = (target: Target, member: string): Value =>
      target.global('per_cpu_info').index(0n).member(member);
    check(coreContext, quiet, (target) => [[core(target, 'owning_vcoreid'), 0xdeadbeefn]], [
      /^ERROR core 0: owning_proc and owning_vcoreid 0xdeadbeef disagree$/,
    ]);
    check(coreContext, quiet, (target) => [[core(target, 'owning_proc'), 0n]], [
      /^ERROR core 0: owning_proc and owning_vcoreid 0x0 disagree$/,
      /^ERROR core 0: has a cur_ctx but no owner$/,
      /^ERROR core 0: in user mode with cur_proc and owning_proc different$/,
    ]);
    check(coreContext, quiet, (target) => [[bash(target).member('env_cr3'), 0x5000n]], [
      /^ERROR core 0: CR3 0x7e38000 is not that of cur_proc \(pid 12\)$/,
    ]);
    const idle = (target: Target): Value => hardware(target, 1n, 'cr3');
    check(coreContext, quiet, (target) => [[idle(target), 0x5000n]], [
      /^ERROR core 1: CR3 0x5000 is no process's: cur_proc is 0$/,
    ]);
  });

  it("compare hardware's current VMCS with the guest cores", () => {
    const current = (target: Target, core: bigint): Value =>
      hardware(target, core, 'current_vmcs_pa');
    check(vmcsHardware, lingering, (target) => [[current(target, 1n), 0x7e5c000n]], [
      /^ERROR VMCS 0x7e5c000 is current on cores 1 and 3$/,
    ]);
    check(vmcsHardware, lingering, (target) => [[current(target, 3n), 0x2019000n]], [
      /^ERROR core 3: hardware still has VMCS 0x2019000 current, no guest core claims it$/,
    ]);
    check(vmcsOwner, lingering, (target) => [[current(target, 3n), (1n << 64n) - 1n]], [
      /^WARNING core 3 caches the VMCS of pid 17 but is owned by pid 21 \(worker\): nothing keeps GPC ffff8000022a1020 alive here$/,
      /^ERROR core 3: lingering GPC ffff8000022a1020 says core 3, hardware's current VMCS is none$/,
    ]);
  });

  it('accept a lingering VMCS of the owner, and tell a freed process', () => {
    const owner = (target: Target): Value =>
      target.global('per_cpu_info').index(3n).member('owning_proc');
    const vmm = 0xffff8000021e0500n;
    check(vmcsOwner, lingering, (target) => [[owner(target), vmm]], []);
    check(
      vmcsOwner,
      ['vmcs-preempted', 'freed'],
      // The guest core's tag counts again, as if somebody else had the buffer; its process stays freed.
      (target) => [
        [target.value('struct kmalloc_tag', 0xffff8000022a1000n).path('kref.refcount'), 1n],
      ],
      [/^ERROR core 3: cached VMCS belongs to a freed process ffff8000021e0500$/],
    );
  });

  it('follow the lists of vcores', () => {
    const first = (target: Target): Value => bash(target).path('inactive_vcs.tqh_first');
    check(vcores, quiet, (target) => [[first(target), 0n]], [
      /^ERROR pid 12: 2 of 2 vcores are on no list$/,
    ]);
    check(vcores, quiet, (target) => [[first(target), 0xffff8000021e0000n]], [
      /^ERROR pid 12: inactive_vcs leads to ffff8000021e0000, which is no vcore of its own or is listed twice$/,
    ]);
    check(vcores, quiet, () => [], []);
  });
});

function bash(target: Target): Value {
  return target.value('struct proc', 0xffff8000021e0000n);
}

function hardware(target: Target, core: bigint, member: string): Value {
  const cpu = target.hardware?.cpu(Number(core));
  assert.ok(cpu);
  return cpu.member(member);
}
