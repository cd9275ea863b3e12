/** Has the completion of an old operation overwritten registers that a reset had set? */
import { mayHaveWritten } from '../facts/kvm/guest-memory.ts';
import {
  finishedOperations,
  pendingOperation,
  type Operation,
  type RegisterWrite,
} from '../facts/kvm/operations.ts';
import { isResetImage, kvmPc, kvmRegister, qemuPc, qemuRegister } from '../facts/kvm/registers.ts';
import { vcpus, type Vcpu } from '../facts/kvm/vcpus.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Evidence, Finding } from './check.ts';

const check = 'kvmclob';

/** A guest that is further from where the reset put it has run on, and its registers are its own. */
const nearBytes = 64n;

export const kvmclob: Check = {
  name: check,
  summary: 'registers that a reset has set are not overwritten by an operation of before',
  source: 'kvm-ppc list, August 2012; qemu 78e8fde2; linux 0967b7bf1c22 and 45def77ebf79 for x86',
  applies: (target) =>
    target.findType('struct kvm_vcpu') !== undefined && target.hasGlobal('vm_list'),
  *run(target) {
    for (const vcpu of vcpus(target)) {
      const { qemu } = vcpu;
      if (!qemu || pendingOperation(vcpu) || !isResetImage(target, qemu) || !isNear(vcpu, qemu))
        continue;
      const found =
        finishedOperations(vcpu)
          .map((operation) => judge(target, vcpu, qemu, operation))
          .find((each) => each !== undefined) ?? unharmed(vcpu);
      yield found;
    }
  },
};

function isNear(vcpu: Vcpu, qemu: Value): boolean {
  const distance = kvmPc(vcpu) - qemuPc(qemu);
  return distance >= 0n && distance < nearBytes;
}

/**
 * All that the completion writes is there, and some of it is not what QEMU wrote. The result in the shared page alone proves nothing: it stays there when the
 * completion came before the reset.
 */
function judge(target: Target, vcpu: Vcpu, qemu: Value, operation: Operation): Finding | undefined {
  const writes = operation.writes.filter((write) => !isOwnDoing(target, vcpu, qemu, write));
  if (writes.some(({ register, value }) => kvmRegister(vcpu, register) !== value)) return undefined;
  const lost = writes.filter(({ register, value }) => qemuRegister(vcpu, qemu, register) !== value);
  const told = lost.find(({ register }) => register === writes[0]?.register) ?? lost[0];
  if (!told) return undefined;
  const wanted = qemuRegister(vcpu, qemu, told.register);
  const rest = operation.rest
    ? `; also ${operation.rest.registers} = ${operation.rest.source}`
    : '';
  return {
    check,
    severity: 'BUG',
    verdict:
      `vcpu ${vcpu.id}: reset state overwritten by the pending ${operation.name}: ` +
      `${told.register} is ${told.value.toString(16)} (${told.source}), reset wanted ${wanted.toString(16)}${rest}`,
    evidence: evidenceOf(vcpu, qemu, operation),
  };
}

/** The guest has come past an instruction that can have written the register. */
function isOwnDoing(target: Target, vcpu: Vcpu, qemu: Value, { register }: RegisterWrite): boolean {
  const number = Number(register.replace('gpr', ''));
  return mayHaveWritten(target, vcpu, number, qemuPc(qemu), kvmPc(vcpu));
}

function unharmed(vcpu: Vcpu): Finding {
  const verdict = `vcpu ${vcpu.id}: nothing that a reset wrote is overwritten`;
  return { check, severity: 'OK', verdict, evidence: [] };
}

function evidenceOf(vcpu: Vcpu, qemu: Value, { payload }: Operation): readonly Evidence[] {
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
