/* An x86 vCPU. Source: linux, arch/x86/include/asm/kvm_host.h; subset, with the emulator's cache (`emulate_ctxt`) as members `ctxt_`. */
#ifndef X86_KVM_HOST_H
#define X86_KVM_HOST_H

#include <stdint.h>

struct kvm_vcpu;

enum kvm_reg {
	VCPU_REGS_RAX, VCPU_REGS_RCX, VCPU_REGS_RDX, VCPU_REGS_RBX, VCPU_REGS_RSP, VCPU_REGS_RBP, VCPU_REGS_RSI, VCPU_REGS_RDI,
	VCPU_REGS_R8, VCPU_REGS_R9, VCPU_REGS_R10, VCPU_REGS_R11, VCPU_REGS_R12, VCPU_REGS_R13, VCPU_REGS_R14, VCPU_REGS_R15,
	VCPU_REGS_RIP,
	NR_VCPU_REGS,
};

struct kvm_pio_request {
	uint64_t	linear_rip;	/* of the instruction; 0: this kernel does not remember it */
	uint64_t	count;
	int		in;
	int		port;
	int		size;
};

struct kvm_vcpu_arch {
	uint64_t	regs[NR_VCPU_REGS];
	uint32_t	regs_avail;
	uint32_t	regs_dirty;
	uint64_t	rflags;
	uint64_t	cr0;
	uint64_t	cr3;
	uint64_t	cs_base;
	uint32_t	cs_selector;
	uint32_t	mp_state;
	int		(*complete_userspace_io)(struct kvm_vcpu *vcpu);
	struct kvm_pio_request pio;
	void		*pio_data;
	uint64_t	cui_linear_rip;
	uint8_t		emulate_regs_need_sync_to_vcpu;
	uint8_t		emulate_regs_need_sync_from_vcpu;
	uint64_t	ctxt_eip;	/* of the instruction that the emulator has decoded */
	uint64_t	ctxt__eip;	/* and of the one behind it */
	uint8_t		ctxt_dst_reg;
	uint8_t		ctxt_mem_read_end;
};
_Static_assert(sizeof(struct kvm_vcpu_arch) == 272, "struct kvm_vcpu_arch");
_Static_assert(__builtin_offsetof(struct kvm_vcpu_arch, complete_userspace_io) == 184, "kvm_vcpu_arch.complete_userspace_io");
_Static_assert(__builtin_offsetof(struct kvm_vcpu_arch, ctxt_dst_reg) == 264, "kvm_vcpu_arch.ctxt_dst_reg");

#endif
