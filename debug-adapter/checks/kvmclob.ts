/** Has the completion of an old operation overwritten registers that a reset had set? */
import type { Overwritten } from '../facts/kvm/operation.ts';
import { pendingOperation } from '../facts/kvm/operations.ts';
import { overwrittenPpc } from '../facts/kvm/overwritten-ppc.ts';
import { overwrittenX86 } from '../facts/kvm/overwritten-x86.ts';
import { hasGuestMemory } from '../facts/kvm/guest-memory.ts';
import { isResetImage } from '../facts/kvm/registers.ts';
import { vcpus, type Vcpu } from '../facts/kvm/vcpus.ts';
import type { Value } from '../target/value.ts';
import type { Check, Evidence, Finding } from './check.ts';

const check = 'kvmclob';

export const kvmclob: Check = {
  name: check,
  summary: 'registers that a reset has set are not overwritten by an operation of before',
  source: 'kvm-ppc list, August 2012; qemu 78e8fde2; linux 0967b7bf1c22 and 45def77ebf79 for x86',
  applies: (target) =>
    target.findType('struct kvm_vcpu') !== undefined && target.hasGlobal('vm_list'),
  *run(target) {
    for (const vcpu of vcpus(target)) {
      const { qemu } = vcpu;
      if (!qemu || !isResetImage(target, qemu) || pendingOperation(target, vcpu)) continue;
      const judge = vcpu.architecture === 'ppc' ? overwrittenPpc : overwrittenX86;
      const found = judge(target, vcpu, qemu);
      for (const each of found) yield finding(vcpu, qemu, each);
      if (found.length === 0) yield hasGuestMemory(target, vcpu) ? unharmed(vcpu) : undecided(vcpu);
    }
  },
};

function finding(vcpu: Vcpu, qemu: Value, { text, payload }: Overwritten): Finding {
  const verdict = `vcpu ${vcpu.id}: ${text}`;
  return { check, severity: 'BUG', verdict, evidence: evidenceOf(vcpu, qemu, payload) };
}

function unharmed(vcpu: Vcpu): Finding {
  const verdict = `vcpu ${vcpu.id}: nothing that a reset wrote is overwritten`;
  return { check, severity: 'OK', verdict, evidence: [] };
}

/** The guest may have changed its registers itself: its code would tell. */
function undecided(vcpu: Vcpu): Finding {
  const verdict = `vcpu ${vcpu.id}: no guest memory in this dump: what the guest has changed itself is not known`;
  return { check, severity: 'SKIPPED', verdict, evidence: [] };
}

function evidenceOf(vcpu: Vcpu, qemu: Value, payload: string): readonly Evidence[] {
  const place = (label: string, address: bigint, line: string): Evidence => {
    const text = address.toString(16);
    return {
      spans: [
        { kind: 'text', text: `${label} ` },
        { kind: 'address', text, address },
      ],
      line: `${text}::${line}`,
      address,
    };
  };
  return [
    place('registers in KVM and in QEMU', vcpu.address, 'vcpu'),
    place(
      'what the reset wrote',
      qemu.address ?? 0n,
      'print struct qemu_cpu env_gpr env_nip vcpu_dirty',
    ),
    place(
      'what user space had answered',
      vcpu.address,
      `print struct kvm_vcpu run->exit_reason run->${payload}`,
    ),
  ];
}
