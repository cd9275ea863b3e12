/* What the parts of PowerPC KVM need of one another. Source: linux, arch/powerpc/include/asm/kvm_ppc.h. */
#ifndef POWERPC_KVM_PPC_H
#define POWERPC_KVM_PPC_H

#include "linux/kvm_host.h"

enum emulation_result {
	EMULATE_DONE,		/* the guest goes on */
	EMULATE_DO_MMIO,	/* kvm_run request filled in: user space is asked */
	EMULATE_EXIT_USER,	/* the same for a call */
	EMULATE_WAIT,		/* nothing changes any more until something happens outside */
	EMULATE_FAIL,
};

/** Runs the guest until user space is needed (0) or a signal is pending (-EINTR). */
int kvmppc_vcpu_run(struct kvm_run *run, struct kvm_vcpu *vcpu);
/** Executes the instruction at pc. */
enum emulation_result kvmppc_emulate_instruction(struct kvm_run *run, struct kvm_vcpu *vcpu);
enum emulation_result kvmppc_handle_load(struct kvm_run *run, struct kvm_vcpu *vcpu, unsigned int rt, uint64_t address, unsigned int bytes);
/** The same for a load that extends the sign. */
enum emulation_result kvmppc_handle_loads(struct kvm_run *run, struct kvm_vcpu *vcpu, unsigned int rt, uint64_t address, unsigned int bytes);
/** A value of that many bytes with its sign in the upper ones. */
uint64_t kvmppc_sign_extend(uint64_t value, unsigned int bytes);
enum emulation_result kvmppc_handle_sc(struct kvm_run *run, struct kvm_vcpu *vcpu, unsigned int level);

#endif
