/*
 * bhyve. Source of names: illumos-joyent, usr/src/uts/i86pc/io/vmm/{vmm.c,intel/vmx.c} @ 7a9165194a1b and the later illumos-gate; a selection.
 * The kernel of the seed's dump is a little different from that commit: its vmm operator has no free_op.
 */
#ifndef _SYS_VMM_H
#define _SYS_VMM_H

#include "sys/hma.h"
#include "sys/mutex.h"
#include "sys/types.h"

#define VM_MAXCPU	4

struct vm;
struct cred;

/* vtc_status */
#define VTCS_FPU_RESTORED	1	/* the guest's FPU state is in the registers */
#define VTCS_FPU_CTX_CRITICAL	2	/* it has to be there whenever the thread runs */

/** What the vmm operator of a vCPU thread knows; lives on that thread's stack, in vm_run. */
typedef struct vm_thread_ctx {
	struct vm	*vtc_vm;
	int		vtc_vcpuid;
	uint_t		vtc_status;
} vm_thread_ctx_t;

enum vcpu_state { VCPU_IDLE, VCPU_FROZEN, VCPU_RUNNING, VCPU_SLEEPING };

struct vcpu {
	enum vcpu_state	state;
	int		hostcpu;	/* NOCPU when it runs on none */
	int		vcpuid;
	int		reqidle;
	hma_fpu_t	*guestfpu;
	uint64_t	guest_xcr0;
	uint64_t	nextrip;
	uint64_t	exits;
};
#define NOCPU	(-1)

/** What the guest's program has found out; in its memory, at GUEST_REPORT. */
struct guest_report {
	uint64_t	rounds;		/* looks at the FPU registers */
	uint64_t	mismatches;	/* words of them that were not what it had put there */
};

struct vm {
	void		*cookie;	/* struct vmx */
	struct vcpu	vcpu[VM_MAXCPU];
	char		name[32];
	uint64_t	guest_physical;	/* of its memory, in ours */
	size_t		guest_size;
	struct guest_report *guest_report;
};

/** Registers that the processor does not keep in the VMCS. vmx_support.S knows the order. */
struct vmxctx {
	uint64_t	guest_rdi, guest_rsi, guest_rdx, guest_rcx, guest_r8, guest_r9, guest_rax, guest_rbx;
	uint64_t	guest_rbp, guest_r10, guest_r11, guest_r12, guest_r13, guest_r14, guest_r15;
};

/** The control structure; its contents are the processor's business. */
struct vmcs {
	uint32_t	identifier;
	uint32_t	abort_code;
	char		_impl_specific[PAGE_SIZE - 8];
};

struct vmx_vcpu {
	struct vmcs	*vmcs;
	uint64_t	vmcs_pa;
	boolean_t	launched;
	boolean_t	initialised;
	uint64_t	eptgen;		/* of the translations that this CPU may have cached */
	struct vmxctx	ctx;
};

struct vmx {
	struct vm	*vm;
	uint64_t	eptp;
	uint64_t	ept_root;
	kmutex_t	ept_lock;	/* the guest's memory map is being changed */
	uint64_t	eptgen;		/* counts changes of it */
	struct vmx_vcpu	vcpus[VM_MAXCPU];
};

struct vm_exit {
	int		exitcode;
	uint64_t	rip;
	uint64_t	rax;		/* argument of the guest's vmcall */
};
/* exitcode */
#define VM_EXITCODE_BOGUS	0	/* nothing happened: ask again */
#define VM_EXITCODE_HLT		1
#define VM_EXITCODE_VMCALL	2
#define VM_EXITCODE_VMX		3	/* entry failed, or an exit that nobody expects */

/* ioctls */
#define VMMCTL_IOC_BASE	(('V' << 16) | ('M' << 8))
#define VM_RUN			(VMMCTL_IOC_BASE | 0x01)
#define VM_MMAP_MEMSEG		(VMMCTL_IOC_BASE | 0x02)

int vmm_ioctl(dev_t dev, int cmd, intptr_t arg, int mode, struct cred *cr, int *rvalp);

/* vmm.c */
extern struct vm *vmm_vm;
struct vm *vm_create(const char *name);
int vm_run(struct vm *vm, int vcpuid, struct vm_exit *vme);
int vm_mmap_memseg(struct vm *vm, int pages);
void vmm_savectx(void *arg);
void vmm_restorectx(void *arg);
void vcpu_notify_event(struct vm *vm, int vcpuid);
boolean_t vcpu_should_yield(struct vm *vm, int vcpuid);

/* intel/vmx.c */
struct vmx *vmx_vminit(struct vm *vm);
int vmx_run(void *arg, int vcpuid, struct vm_exit *vme);
void vmx_savectx(void *arg, int vcpuid);
void vmx_restorectx(void *arg, int vcpuid);
void vmx_ept_lock(struct vmx *vmx);
void vmx_ept_unlock_changed(struct vmx *vmx);
void vmx_vcpu_init(struct vmx *vmx, int vcpuid);
/* vmm_host.c */
uint64_t vmm_get_host_cr0(void);

/* vmx_support.S: 0 after a VM exit, else how the entry failed (cpu.h). */
int vmx_enter_guest(struct vmxctx *ctx, boolean_t launched);
extern const uint8_t vmx_exit_guest[];

/* guest.S */
extern const uint8_t guest_start[], guest_end[];
#define GUEST_ENTRY	0x8000ul
#define GUEST_REPORT	0x9000ul
#define GUEST_STACK	0xb000ul
#define GUEST_SIZE	0x10000ul

#endif
