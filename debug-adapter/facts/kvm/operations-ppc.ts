/** Operations of PowerPC vCPUs: hypercalls, MMIO, OSI calls, and what completing each does to the registers. */
import type { Value } from '../../target/value.ts';
import type { Operation, RegisterWrite } from './operation.ts';
import { exit, type Vcpu } from './vcpus.ts';

/** The operation that the next KVM_RUN would complete. */
export function pendingPpc(vcpu: Vcpu): Operation | undefined {
  const arch = vcpu.value.member('arch');
  const isSet = (record: Value, member: string): boolean =>
    record.hasMember(member) && record.member(member).unsigned() !== 0n;
  if (isSet(vcpu.value, 'mmio_needed')) return mmio(vcpu);
  if (isSet(arch, 'dcr_needed'))
    return { name: 'DCR access', short: 'dcr', payload: 'dcr', writes: [] };
  if (isSet(arch, 'osi_needed')) return osiCall(vcpu);
  if (isSet(arch, 'hcall_needed')) return hypercall(vcpu);
  return undefined;
}

/** Operations whose results the shared page may still hold, by the reason of the last exit. */
export function finishedPpc(vcpu: Vcpu): readonly Operation[] {
  switch (vcpu.exitReason) {
    case exit.papr:
      return [hypercall(vcpu)];
    case exit.osi:
      return [osiCall(vcpu)];
    case exit.mmio:
      return [mmio(vcpu)];
    // A signal leaves the union as the exit before it did.
    case exit.intr:
      return [hypercall(vcpu), osiCall(vcpu), ...(isAccess(vcpu) ? [mmio(vcpu)] : [])];
    default:
      return [];
  }
}

/** Source: linux, arch/powerpc/kvm/powerpc.c, kvm_arch_vcpu_ioctl_run. */
function hypercall({ run }: Vcpu): Operation {
  const call = run.member('papr_hcall');
  const writes = [
    { register: 'gpr3', value: call.member('ret').unsigned(), source: 'papr_hcall.ret' },
  ];
  for (let index = 0n; index < 9n; index++) {
    const value = call.member('args').index(index).unsigned();
    writes.push({ register: `gpr${index + 4n}`, value, source: `papr_hcall.args[${index}]` });
  }
  const rest = { registers: 'gpr4..gpr12', source: 'papr_hcall.args[0..8]' };
  return { name: 'hypercall', short: 'hcall', payload: 'papr_hcall', writes, rest };
}

function osiCall({ run }: Vcpu): Operation {
  const gprs = run.path('osi.gprs');
  const writes: RegisterWrite[] = [];
  for (let index = 0n; index < 32n; index++) {
    const value = gprs.index(index).unsigned();
    writes.push({ register: `gpr${index}`, value, source: `osi.gprs[${index}]` });
  }
  const told = writes.splice(3, 1);
  const rest = { registers: 'gpr0..gpr31', source: 'osi.gprs[0..31]' };
  return { name: 'OSI call', short: 'osi', payload: 'osi', writes: [...told, ...writes], rest };
}

/** The union can hold an MMIO access. */
function isAccess({ run }: Vcpu): boolean {
  return [1n, 2n, 4n, 8n].includes(run.path('mmio.len').unsigned());
}

/** A load brings the device's answer to the register that the instruction named; a store brings nothing. */
function mmio({ value, run }: Vcpu): Operation {
  const arch = value.member('arch');
  const access = run.member('mmio');
  if (access.member('is_write').unsigned() !== 0n)
    return { name: 'MMIO write', short: 'mmio', payload: 'mmio', writes: [] };
  const length = Number(access.member('len').unsigned());
  const bytes = access.member('data').bytes().slice(0, Math.min(length, 8));
  if (arch.member('mmio_is_bigendian').unsigned() !== 0n) bytes.reverse();
  let data = 0n;
  for (const [index, byte] of bytes.entries()) data |= BigInt(byte) << BigInt(8 * index);
  if (arch.member('mmio_sign_extend').unsigned() !== 0n && length < 8)
    data = BigInt.asUintN(64, BigInt.asIntN(8 * length, data));
  const register = `gpr${arch.member('io_gpr').unsigned()}`;
  return {
    name: 'MMIO read',
    short: 'mmio',
    payload: 'mmio',
    writes: [{ register, value: data, source: 'mmio.data' }],
  };
}
