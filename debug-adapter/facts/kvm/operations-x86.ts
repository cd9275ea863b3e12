/** Operations of x86 vCPUs: port accesses and MMIO reads, and what completing each does to the registers. */
import type { Target } from '../../target/target.ts';
import type { Operation, RegisterWrite } from './operation.ts';
import { kvmPc, kvmRegister, registerNames } from './registers.ts';
import type { Vcpu } from './vcpus.ts';

/** Bytes of `in al,dx` and `out dx,al`. */
export const portInstructionSize = 1n;

/**
 * The operation that the next KVM_RUN would complete. Its function tells how: one with a guard drops what it finds stale, one without a skip writes data alone.
 *
 * Source: linux, arch/x86/kvm/x86.c; 0967b7bf1c22 (2007), 45def77ebf79 (2019).
 */
export function pendingX86(target: Target, vcpu: Vcpu): Operation | undefined {
  const arch = vcpu.value.member('arch');
  if (vcpu.value.member('mmio_needed').unsigned() !== 0n) return emulatedRead(vcpu);
  const completion = arch.member('complete_userspace_io').unsigned();
  if (completion === 0n && arch.path('pio.count').unsigned() === 0n) return undefined;
  const isRead = arch.path('pio.in').unsigned() !== 0n;
  const guard = arch.path('pio.linear_rip').unsigned();
  const isStale = guard !== 0n && guard !== arch.member('cs_base').unsigned() + kvmPc(vcpu);
  const skips = guard !== 0n || target.symbolize(completion) === 'complete_pio';
  const writes: RegisterWrite[] = [];
  if (completion !== 0n && !isStale) {
    if (isRead) writes.push(portData(target, vcpu, kvmRegister(vcpu, 'rax')));
    if (skips)
      writes.push({ register: 'rip', value: kvmPc(vcpu) + portInstructionSize, source: 'skip' });
  }
  return { name: isRead ? 'port read' : 'port write', short: 'pio', payload: 'io', writes };
}

/**
 * The registers are still those with which the pending instruction left the guest: its own port and data, its own rip. After a reset they are not,
 * wherever the instruction stood.
 */
export function hasOwnRegisters(target: Target, vcpu: Vcpu): boolean {
  const arch = vcpu.value.member('arch');
  if (vcpu.value.member('mmio_needed').unsigned() !== 0n)
    return arch.member('ctxt_eip').unsigned() === kvmPc(vcpu);
  const port = BigInt.asUintN(16, kvmRegister(vcpu, 'rdx'));
  if (port !== arch.path('pio.port').unsigned()) return false;
  const rax = kvmRegister(vcpu, 'rax');
  return arch.path('pio.in').unsigned() !== 0n || portData(target, vcpu, rax).value === rax;
}

/**
 * What a byte read from a port makes of rax.
 *
 * @param rax its value before; the upper bytes stay
 * @throws FaultError when the page of port data is absent
 */
export function portData(target: Target, { value }: Vcpu, rax: bigint): RegisterWrite {
  const data = BigInt(target.memory.readU8(value.path('arch.pio_data').unsigned()));
  return { register: 'rax', value: (rax & ~0xffn) | data, source: 'pio data' };
}

/** The emulator goes on with the instruction that it has decoded: its target, and the instruction behind it. */
export function emulatedRead(vcpu: Vcpu): Operation {
  const arch = vcpu.value.member('arch');
  const bytes = vcpu.run.path('mmio.data').bytes();
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0, true);
  const register = registerNames(vcpu)[Number(arch.member('ctxt_dst_reg').unsigned())] ?? 'rax';
  return {
    name: 'MMIO read',
    short: 'mmio',
    payload: 'mmio',
    writes: [
      { register, value: BigInt(data), source: 'mmio.data' },
      { register: 'rip', value: arch.member('ctxt__eip').unsigned(), source: 'ctxt._eip' },
    ],
  };
}
