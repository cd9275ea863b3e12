/** KVM's machines and vCPUs, each with the page it shares with user space and the CPU that QEMU keeps for it. */
import { FaultError } from '../../../dump-format/errors.ts';
import { walkChain } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** vCPUs that are looked at in one machine. */
const vcpuLimit = 4096n;

export type Architecture = 'ppc' | 'x86';

export interface Vcpu {
  readonly id: number;
  /** `struct kvm_vcpu`. */
  readonly address: bigint;
  readonly value: Value;
  readonly architecture: Architecture;
  /** Host CPU on which an ioctl has it loaded; undefined when it is not. */
  readonly cpu: number | undefined;
  /** `struct kvm_run`. */
  readonly run: Value;
  /** Why it last left the guest; undefined when its shared page is absent. */
  readonly exitReason: bigint | undefined;
  /** `struct qemu_cpu`; undefined when user space is not in the dump. */
  readonly qemu: Value | undefined;
}

/** Numbers of the interface. Source: linux, include/uapi/linux/kvm.h. */
export const exit = {
  io: 2n,
  mmio: 6n,
  shutdown: 8n,
  intr: 10n,
  dcr: 15n,
  osi: 18n,
  papr: 19n,
} as const;

const exitNames = new Map<bigint, string>([
  [0n, 'KVM_EXIT_UNKNOWN'],
  [1n, 'KVM_EXIT_EXCEPTION'],
  [exit.io, 'KVM_EXIT_IO'],
  [3n, 'KVM_EXIT_HYPERCALL'],
  [4n, 'KVM_EXIT_DEBUG'],
  [5n, 'KVM_EXIT_HLT'],
  [exit.mmio, 'KVM_EXIT_MMIO'],
  [7n, 'KVM_EXIT_IRQ_WINDOW_OPEN'],
  [exit.shutdown, 'KVM_EXIT_SHUTDOWN'],
  [9n, 'KVM_EXIT_FAIL_ENTRY'],
  [exit.intr, 'KVM_EXIT_INTR'],
  [exit.dcr, 'KVM_EXIT_DCR'],
  [17n, 'KVM_EXIT_INTERNAL_ERROR'],
  [exit.osi, 'KVM_EXIT_OSI'],
  [exit.papr, 'KVM_EXIT_PAPR_HCALL'],
  [23n, 'KVM_EXIT_EPR'],
  [24n, 'KVM_EXIT_SYSTEM_EVENT'],
]);

export function exitName(reason: bigint | undefined): string {
  if (reason === undefined) return '-';
  return exitNames.get(reason) ?? `exit ${reason}`;
}

/** Addresses of all `struct kvm`. */
export function* machines(target: Target): Generator<bigint> {
  if (!target.hasGlobal('vm_list')) return;
  const first = target.global('vm_list').member('lh_first').unsigned();
  yield* walkChain(target.memory, { first, linkOffset: 0n }, 'vm_list');
}

/** Addresses of `struct kvm_vcpu`, of one machine or of all. */
export function* vcpuAddresses(target: Target, machine?: bigint): Generator<bigint> {
  for (const each of machine === undefined ? machines(target) : [machine]) {
    const kvm = target.value('struct kvm', each);
    const table = kvm.member('vcpus');
    const slots = table.type.kind === 'array' ? BigInt(table.type.count ?? 0) : 0n;
    for (let id = 0n; id < slots && id < vcpuLimit; id++) {
      const address = table.index(id).unsigned();
      if (address !== 0n) yield address;
    }
  }
}

/** @throws FaultError when the vCPU is absent */
export function vcpuAt(target: Target, address: bigint): Vcpu {
  const value = target.value('struct kvm_vcpu', address);
  const run = value.member('run').dereference();
  const cpu = Number(value.member('cpu').signed());
  return {
    id: Number(value.member('vcpu_id').unsigned()),
    address,
    value,
    architecture: value.member('arch').hasMember('gpr') ? 'ppc' : 'x86',
    cpu: cpu < 0 ? undefined : cpu,
    run,
    exitReason: readExitReason(run),
    qemu: qemuCpus(target).find((each) => each.member('kvm_run').unsigned() === run.address),
  };
}

function readExitReason(run: Value): bigint | undefined {
  try {
    return run.member('exit_reason').unsigned();
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}

export function vcpus(target: Target): readonly Vcpu[] {
  return [...vcpuAddresses(target)].map((address) => vcpuAt(target, address));
}

/** QEMU's CPUs, in its own order. */
export function qemuCpus(target: Target): readonly Value[] {
  if (!target.hasGlobal('first_cpu')) return [];
  const first = target.global('first_cpu').unsigned();
  return [...walkChain(target.memory, { first, linkOffset: 0n }, 'first_cpu')].map((address) =>
    target.value('struct qemu_cpu', address),
  );
}

/** What the thread of a vCPU is at: `in-run` inside an ioctl, else as QEMU has it. */
export function vcpuState({ cpu, qemu }: Vcpu): string {
  if (cpu !== undefined) return 'in-run';
  if (!qemu) return 'user';
  if (qemu.member('stopped').unsigned() !== 0n) return 'stopped';
  return qemu.member('halted').unsigned() === 0n ? 'user' : 'halted';
}
