/* A PowerPC vCPU. Source: linux, arch/powerpc/include/asm/kvm_host.h of 2012; subset, the flag bytes in their order. */
#ifndef POWERPC_KVM_HOST_H
#define POWERPC_KVM_HOST_H

#include <stdint.h>

struct kvm_vcpu_arch {
	uint64_t	gpr[32];
	uint64_t	pc;
	uint64_t	ctr;
	uint64_t	lr;
	uint64_t	msr;
	uint32_t	cr;
	uint32_t	xer;
	uint64_t	paddr_accessed;
	uint64_t	vaddr_accessed;
	uint8_t		io_gpr;			/* where an MMIO load goes */
	uint8_t		mmio_is_bigendian;
	uint8_t		mmio_sign_extend;
	uint8_t		dcr_needed;
	uint8_t		dcr_is_write;
	uint8_t		osi_needed;
	uint8_t		osi_enabled;
	uint8_t		papr_enabled;
	uint8_t		watchdog_enabled;
	uint8_t		sane;
	uint8_t		cpu_type;
	uint8_t		hcall_needed;
	uint32_t	cpr0_cfgaddr;
	uint64_t	pending_exceptions;
	uint8_t		ceded;
	uint8_t		prodded;
	uint32_t	last_inst;
};
_Static_assert(sizeof(struct kvm_vcpu_arch) == 344, "struct kvm_vcpu_arch");
_Static_assert(__builtin_offsetof(struct kvm_vcpu_arch, io_gpr) == 312, "kvm_vcpu_arch.io_gpr");
_Static_assert(__builtin_offsetof(struct kvm_vcpu_arch, hcall_needed) == 323, "kvm_vcpu_arch.hcall_needed");

/* Magic in gpr 3 and 4 of an OSI call. Source: linux, arch/powerpc/include/asm/kvm_asm.h. */
#define OSI_SC_MAGIC_R3	0x113724fau
#define OSI_SC_MAGIC_R4	0x77810f9bu

#endif
