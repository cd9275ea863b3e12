/** Registers of a vCPU as KVM has them, and as QEMU last wrote or read them. */
import type { Value } from '../../target/value.ts';
import type { Target } from '../../target/target.ts';
import type { Vcpu } from './vcpus.ts';

/** `regs[]` of x86. Source: linux, arch/x86/include/asm/kvm_host.h, enum kvm_reg. */
const x86Names = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');

const ppcNames = Array.from({ length: 32 }, (_, index) => `gpr${index}`);

/** Names of the general registers, in the order of both sides' arrays. */
export function registerNames(vcpu: Vcpu): readonly string[] {
  return vcpu.architecture === 'ppc' ? ppcNames : x86Names;
}

/** A general register in KVM. */
export function kvmRegister(vcpu: Vcpu, name: string): bigint {
  const array = vcpu.value.member('arch').member(vcpu.architecture === 'ppc' ? 'gpr' : 'regs');
  return array.index(BigInt(registerNames(vcpu).indexOf(name))).unsigned();
}

/** The same in QEMU. */
export function qemuRegister(vcpu: Vcpu, qemu: Value, name: string): bigint {
  return qemu
    .member('env_gpr')
    .index(BigInt(registerNames(vcpu).indexOf(name)))
    .unsigned();
}

/** The guest's next instruction: pc, or rip without the base of its segment. */
export function kvmPc(vcpu: Vcpu): bigint {
  const arch = vcpu.value.member('arch');
  return vcpu.architecture === 'ppc'
    ? arch.member('pc').unsigned()
    : arch.member('regs').index(16n).unsigned();
}

export function qemuPc(qemu: Value): bigint {
  return qemu.member('env_nip').unsigned();
}

/** QEMU's copy is what it last wrote to KVM or read from there, and nobody has changed it since. */
export function isSynchronized(qemu: Value): boolean {
  return qemu.member('vcpu_dirty').unsigned() === 0n;
}

/** General registers that differ between KVM and QEMU. */
export function changedRegisters(vcpu: Vcpu, qemu: Value): readonly string[] {
  return registerNames(vcpu).filter(
    (name) => kvmRegister(vcpu, name) !== qemuRegister(vcpu, qemu, name),
  );
}

/** The guest's next instruction is the first one after a reset. Source: qemu, hw/spapr.c, entry_point; Intel SDM 3, 10.1.4. */
export function isAtResetVector(target: Target, vcpu: Vcpu): boolean {
  return isResetVector(target, kvmPc(vcpu), codeBase(vcpu.value.member('arch'), 'cs_base'));
}

/** What QEMU last wrote to KVM is the state of a reset. */
export function isResetImage(target: Target, qemu: Value): boolean {
  return isSynchronized(qemu) && isResetVector(target, qemuPc(qemu), codeBase(qemu, 'env_cs_base'));
}

/** Undefined on a machine without segments. */
function codeBase(record: Value, member: string): bigint | undefined {
  return record.hasMember(member) ? record.member(member).unsigned() : undefined;
}

function isResetVector(target: Target, pc: bigint, base: bigint | undefined): boolean {
  if (base !== undefined) return pc === 0xfff0n && base === 0xffff0000n;
  if (!target.hasGlobal('spapr')) return false;
  const board = target.global('spapr');
  return ['entry_point', 'secondary_entry'].some(
    (member) => board.hasMember(member) && board.member(member).unsigned() === pc,
  );
}
