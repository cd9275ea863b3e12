/*
 * The guest's processor: an interpreter of the few instructions that our guests have, in real mode, which the simulated machine's own
 * VMX can't run. What it does not know ends in a triple fault. Source: Intel SDM 2.
 */
#ifndef CONFIG_PPC64
#include "x86/x86.h"

static enum x86_step
load_from_absolute(struct kvm_vcpu *vcpu, const uint8_t *code, uint64_t next)
{
	uint32_t address, value;

	memcpy(&address, code, sizeof(address));
	if (!kvm_read_guest(vcpu->kvm, address, &value, sizeof(value)))
		return (emulator_read_mmio(vcpu, address, VCPU_REGS_RAX, next));
	vcpu->arch.regs[VCPU_REGS_RAX] = value;
	kvm_rip_write(vcpu, next);
	return (STEP_DONE);
}

static enum x86_step
jump_far(struct kvm_vcpu *vcpu, const uint8_t *code)
{
	kvm_rip_write(vcpu, (uint64_t)code[0] | (uint64_t)code[1] << 8);
	vcpu->arch.cs_selector = (uint32_t)code[2] | (uint32_t)code[3] << 8;
	vcpu->arch.cs_base = (uint64_t)vcpu->arch.cs_selector << 4;
	return (STEP_DONE);
}

static enum x86_step
jump_short(struct kvm_vcpu *vcpu, int8_t distance)
{
	kvm_rip_write(vcpu, kvm_rip_read(vcpu) + 2 + (uint64_t)(int64_t)distance);
	return (distance == -2 ? STEP_WAIT : STEP_DONE);
}

enum x86_step
x86_emulate_instruction(struct kvm_vcpu *vcpu)
{
	uint64_t rip = kvm_rip_read(vcpu);
	uint8_t code[8];

	if (!kvm_read_guest(vcpu->kvm, kvm_get_linear_rip(vcpu), code, sizeof(code)))
		return (STEP_TRIPLE_FAULT);
	vcpu->stat.guest_insns++;
	switch (code[0]) {
	case 0x66:	/* 66 67 a1: mov eax,[disp32] */
		return (code[1] == 0x67 && code[2] == 0xa1 ? load_from_absolute(vcpu, code + 3, rip + 7) : STEP_TRIPLE_FAULT);
	case 0xea:	/* ljmp ptr16:16 */
		return (jump_far(vcpu, code + 1));
	case 0xeb:	/* jmp rel8 */
		return (jump_short(vcpu, (int8_t)code[1]));
	case 0xec:	/* in al,dx */
		return (kvm_fast_pio(vcpu, 1));
	case 0xee:	/* out dx,al */
		return (kvm_fast_pio(vcpu, 0));
	default:
		vcpu->stat.guest_insns--;
		return (STEP_TRIPLE_FAULT);
	}
}
#else
typedef int not_x86;
#endif
