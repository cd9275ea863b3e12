/* What the parts of x86 KVM need of one another. Source: linux, arch/x86/kvm/x86.h, emulate.c. */
#ifndef X86_X86_H
#define X86_X86_H

#include "linux/kvm_host.h"

enum x86_step {
	STEP_DONE,		/* the guest goes on */
	STEP_EXIT,		/* kvm_run request filled in: user space is asked */
	STEP_WAIT,		/* nothing changes any more until something happens outside */
	STEP_TRIPLE_FAULT,
};

static inline uint64_t kvm_rip_read(struct kvm_vcpu *vcpu) { return (vcpu->arch.regs[VCPU_REGS_RIP]); }
static inline void kvm_rip_write(struct kvm_vcpu *vcpu, uint64_t rip) { vcpu->arch.regs[VCPU_REGS_RIP] = rip; }
static inline uint64_t kvm_get_linear_rip(struct kvm_vcpu *vcpu) { return (vcpu->arch.cs_base + kvm_rip_read(vcpu)); }

/** Executes the instruction at rip. */
enum x86_step x86_emulate_instruction(struct kvm_vcpu *vcpu);
/** `in` or `out` of one byte, through dx; the instruction is one byte long. */
enum x86_step kvm_fast_pio(struct kvm_vcpu *vcpu, int in);
/** A load by the emulator from where no memory is. @param next rip behind the instruction */
enum x86_step emulator_read_mmio(struct kvm_vcpu *vcpu, gpa_t gpa, unsigned int reg, uint64_t next);

#endif
