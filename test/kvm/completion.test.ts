/** KV-07: KVM_RUN with a signal pending, or with immediate_exit, writes the registers and executes nothing. */
import assert from 'node:assert/strict';
import { kvmRegister } from '../../debug-adapter/facts/kvm/registers.ts';
import { exitName, vcpus, type Vcpu } from '../../debug-adapter/facts/kvm/vcpus.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

const numberOfTheCall = 0xf000n;

function firstVcpu(variant: string): Vcpu {
  const [vcpu] = vcpus(simulatedTarget('kvm/kv07-complete-only', variant));
  assert.ok(vcpu);
  return vcpu;
}

const instructions = (vcpu: Vcpu): bigint => vcpu.value.path('stat.guest_insns').unsigned();

describe('KV-07, completing without running', () => {
  const before = firstVcpu('before');

  it('has the number of the call in gpr3 while user space carries it out', () => {
    assert.equal(kvmRegister(before, 'gpr3'), numberOfTheCall);
    assert.equal(before.value.path('arch.hcall_needed').unsigned(), 1n);
  });

  for (const [variant, reason] of [
    ['after', 'KVM_EXIT_INTR'],
    ['immediate', 'KVM_EXIT_PAPR_HCALL'],
  ] as const)
    it(`${variant}: the result is in gpr3, and not one instruction was executed`, () => {
      const after = firstVcpu(variant);
      assert.equal(kvmRegister(after, 'gpr3'), 0n);
      assert.equal(after.value.path('arch.hcall_needed').unsigned(), 0n);
      assert.equal(instructions(after), instructions(before));
      assert.equal(exitName(after.exitReason), reason);
    });
});
