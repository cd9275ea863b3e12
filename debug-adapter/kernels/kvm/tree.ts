/** What the machine tree shows of KVM: machines, their vCPUs, what each waits for, and QEMU's registers where they differ. */
import { pendingOperation } from '../../facts/kvm/operations.ts';
import {
  changedRegisters,
  kvmPc,
  kvmRegister,
  qemuPc,
  qemuRegister,
} from '../../facts/kvm/registers.ts';
import {
  exit,
  exitName,
  machines,
  vcpuAddresses,
  vcpuAt,
  vcpuState,
  type Vcpu,
} from '../../facts/kvm/vcpus.ts';
import type { Target } from '../../target/target.ts';
import type { TreeNode, TreePlace } from '../kernel.ts';

const hex = (value: bigint): string => value.toString(16);

export function* treeChildren(target: Target, place: TreePlace): Generator<TreeNode> {
  if (place.kind !== 'machine') return;
  yield {
    label: 'virtual machines',
    line: '::vcpus',
    icon: 'list',
    children: () => machineNodes(target),
  };
}

function* machineNodes(target: Target): Generator<TreeNode> {
  for (const address of machines(target)) {
    const count = target.value('struct kvm', address).member('online_vcpus').unsigned();
    yield {
      label: `machine ${hex(address)}`,
      description: `${count} vcpus`,
      line: `${hex(address)}::print struct kvm`,
      address,
      type: 'struct kvm',
      icon: 'machine',
      *children() {
        for (const each of vcpuAddresses(target, address))
          yield vcpuNode(target, vcpuAt(target, each));
      },
    };
  }
}

function vcpuNode(target: Target, vcpu: Vcpu): TreeNode {
  const pending = pendingOperation(target, vcpu);
  return {
    label: `vcpu ${vcpu.id}`,
    description: `${vcpuState(vcpu)}, ${exitName(vcpu.exitReason)}${pending ? `, ${pending.name} pending` : ''}`,
    line: `${hex(vcpu.address)}::vcpu`,
    address: vcpu.address,
    type: 'struct kvm_vcpu',
    icon: pending ? 'warning' : 'cpu',
    children: () => vcpuParts(vcpu),
  };
}

/** The member of kvm_run's union that an exit fills in. */
const payloads = new Map<bigint, string>([
  [exit.io, 'io'],
  [exit.mmio, 'mmio'],
  [exit.osi, 'osi'],
  [exit.papr, 'papr_hcall'],
]);

function* vcpuParts(vcpu: Vcpu): Generator<TreeNode> {
  const at = hex(vcpu.address);
  const payload = vcpu.exitReason === undefined ? undefined : payloads.get(vcpu.exitReason);
  yield {
    label: 'kvm_run',
    description: exitName(vcpu.exitReason),
    line: `${at}::print struct kvm_vcpu run->exit_reason${payload === undefined ? '' : ` run->${payload}`}`,
    address: vcpu.run.address ?? 0n,
    type: 'struct kvm_run',
    icon: 'memory',
  };
  const { qemu } = vcpu;
  if (!qemu) return;
  yield {
    label: 'QEMU',
    description: `next instruction ${hex(qemuPc(qemu))}, in KVM ${hex(kvmPc(vcpu))}`,
    line: `${hex(qemu.address ?? 0n)}::print struct qemu_cpu`,
    address: qemu.address ?? 0n,
    type: 'struct qemu_cpu',
    icon: 'object',
    *children() {
      for (const name of changedRegisters(vcpu, qemu)) {
        yield {
          label: name,
          description: `${hex(kvmRegister(vcpu, name))} in KVM, ${hex(qemuRegister(vcpu, qemu, name))} in QEMU`,
          line: `${at}::vcpu`,
          icon: 'register',
        };
      }
    },
  };
}
