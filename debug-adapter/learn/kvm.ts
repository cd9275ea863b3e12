/** KVM: a reset that the last hypercall overwrote. */
import type { Investigation } from './investigation.ts';

export const kvm: Investigation = {
  name: 'kvm',
  title: 'The reset that forgot where its device tree was',
  scenario: 'kvm/kv01-hcall-gpr3',
  variant: 'buggy',
  introduction:
    'A guest asked for a reset, and the firmware that started afterwards found no device tree. The host is healthy: this dump was taken on request. ' +
    'The boot protocol hands the address of the device tree over in gpr3.',
  steps: [
    {
      title: 'What is this dump?',
      task: 'Print the status. Why was the dump taken?',
      hint: '::status',
      answer: '::status',
      sees: [/device tree magic rejected/],
      meaning:
        'The guest stands still in its firmware: gpr3 was 0 when it looked for the device tree.',
    },
    {
      title: 'Which virtual CPUs are there?',
      task: 'List the virtual CPUs, with the exit that each took last.',
      hint: '::vcpus',
      answer: '::vcpus',
      sees: [/PAPR_HCALL/],
      meaning:
        'The last exit of vCPU 0 was a hypercall. User space answered it, and the answer goes into the registers when the vCPU is run again.',
    },
    {
      title: 'What should the registers be?',
      task: 'QEMU keeps its own copy of the registers. Compare it with those in KVM.',
      hint: 'ADDR::vcpu; `::walk vcpu | ::vcpu` does it for all.',
      answer: '::walk vcpu | ::vcpu',
      sees: [/gpr3/, /differs/],
      meaning:
        'QEMU’s reset wrote the address of the device tree into gpr3. KVM has 0 there, and gpr4 to gpr12 look like the answer of a hypercall.',
    },
    {
      title: 'Where does the 0 come from?',
      task: 'The shared page of the vCPU (run) holds what user space answered to the hypercall. Print papr_hcall.',
      hint: '::walk vcpu | ::print struct kvm_vcpu run->papr_hcall',
      answer: '::walk vcpu | ::head -n 1 | ::print struct kvm_vcpu run->papr_hcall',
      sees: [/ret = 0/, /args/],
      meaning:
        'ret is what gpr3 has, and args[] is what gpr4 to gpr12 have. The hypercall was completed after the reset had written its registers.',
    },
    {
      title: 'What do the checkers say?',
      task: 'Run the checkers.',
      hint: '::check',
      answer: '::check',
      sees: [/reset state overwritten by the pending hypercall/],
      meaning:
        'The reset state was overwritten. The checker compares every register that the pending operation writes.',
    },
  ],
  ending:
    'A hypercall, an MMIO or a port access that user space handles is completed when the vCPU is entered the next time: KVM copies the result into the registers. ' +
    'If user space resets the machine in between, the old result lands in the new state. The discussion went through several remedies: to enter once ' +
    'with a pending signal so that the operation completes before the reset, or to let the kernel forget it. Each is a variant of this scenario.',
  source: 'KVM mailing list, “Reset problem vs. MMIO emulation, hypercalls, etc...”',
};
