/** Does KVM still wait to complete an operation of a vCPU, although its registers are those of a reset? */
import type { Operation } from '../facts/kvm/operation.ts';
import { pendingOperation } from '../facts/kvm/operations.ts';
import { hasOwnRegisters } from '../facts/kvm/operations-x86.ts';
import { changedRegisters, isAtResetVector, isSynchronized } from '../facts/kvm/registers.ts';
import { vcpus, type Vcpu } from '../facts/kvm/vcpus.ts';
import type { Target } from '../target/target.ts';
import type { Check, Evidence, Finding } from './check.ts';

const check = 'kvmpend';

export const kvmpend: Check = {
  name: check,
  summary: 'no operation of a vCPU waits for its completion across a reset',
  source:
    'linux, Documentation/virt/kvm/api.rst, KVM_RUN: re-enter to complete; qemu 78e8fde2; kvm-ppc list, August 2012',
  applies: (target) =>
    target.findType('struct kvm_vcpu') !== undefined && target.hasGlobal('vm_list'),
  *run(target) {
    for (const vcpu of vcpus(target)) {
      // While an ioctl has it, it is on its way through the very code that completes.
      const operation = vcpu.cpu === undefined ? pendingOperation(target, vcpu) : undefined;
      if (operation) yield judge(target, vcpu, operation);
    }
  },
};

function judge(target: Target, vcpu: Vcpu, operation: Operation): Finding {
  const evidence = evidenceOf(vcpu, operation);
  const bug = operation.writes.length === 0 ? undefined : lossOf(target, vcpu, operation);
  const text =
    bug ?? `operation ${operation.short} pending (normal while user space handles the exit)`;
  const verdict = `vcpu ${vcpu.id}: ${text}`;
  return { check, severity: bug === undefined ? 'NOTE' : 'BUG', verdict, evidence };
}

/** What goes wrong when the operation is completed as it is, or never. */
function lossOf(target: Target, vcpu: Vcpu, operation: Operation): string | undefined {
  if (isAfterReset(target, vcpu))
    return `${operation.name} still pending after the reset: next KVM_RUN will overwrite ${overwritten(operation)}`;
  if (isSaved(target, vcpu))
    return `state captured with an operation pending: ${operation.name}; what goes on from it will not have ${overwritten(operation)}`;
  return undefined;
}

/** QEMU saves the machine, and has read the registers already. */
function isSaved(target: Target, { qemu }: Vcpu): boolean {
  if (!qemu || isSynchronized(qemu) || !target.hasGlobal('runstate')) return false;
  const { type } = target.global('runstate');
  if (type.kind !== 'enum') return false;
  const state = target.global('runstate').unsigned();
  return type.enumerators.some(
    ({ name, value }) => name === 'RUN_STATE_SAVE_VM' && value === state,
  );
}

/**
 * The reset has written the registers: KVM's are those that QEMU wrote, and stand at the reset vector. On PowerPC the pc of a pending
 * operation is behind its instruction, so it can't be there by itself; on x86 it may be, and then the other registers have to tell.
 */
function isAfterReset(target: Target, vcpu: Vcpu): boolean {
  const { qemu } = vcpu;
  if (!qemu || !isSynchronized(qemu) || !isAtResetVector(target, vcpu)) return false;
  if (changedRegisters(vcpu, qemu).length > 0) return false;
  return vcpu.architecture === 'ppc' || !hasOwnRegisters(target, vcpu);
}

function overwritten({ writes, rest }: Operation): string {
  if (writes.some(({ register }) => register === 'rip'))
    return writes.map(({ register }) => register).join(', ');
  const [first] = writes;
  const told = first ? `${first.register}=${first.value.toString(16)}` : '';
  return rest ? `${told} ${rest.registers}` : told;
}

function evidenceOf(vcpu: Vcpu, { payload }: Operation): readonly Evidence[] {
  const at = vcpu.address.toString(16);
  return [
    {
      spans: [
        { kind: 'text', text: 'vcpu ' },
        { kind: 'address', text: at, address: vcpu.address },
      ],
      line: `${at}::vcpu`,
      address: vcpu.address,
    },
    {
      spans: [{ kind: 'text', text: 'what user space has answered' }],
      line: `${at}::print struct kvm_vcpu run->exit_reason run->${payload}`,
    },
  ];
}
