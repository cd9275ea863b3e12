/* Virtual machines: guest cores and their VMCSs. Source: akaros, kern/arch/x86/vmm/vmm.h, vmx.h at commits 5d17f489b91e and e11b3eb75680. */
#ifndef ROS_VMM_H
#define ROS_VMM_H

#include "ros/kthread.h"
#include "ros/trap.h"

struct proc;

struct vmcs {
	uint32_t	revision_id;
	uint32_t	abort_code;
	char		_impl_specific[PAGE_SIZE - 2 * sizeof(uint32_t)];
};
_Static_assert(sizeof(struct vmcs) == PAGE_SIZE, "struct vmcs");

/* A guest core ("GPC"). Its VMCS may stay loaded on a core after the guest has stopped: see gpc_to_clear_to. */
struct guest_pcore {
	int		cpu;		/* pcore that runs it now, -1 if none */
	struct proc	*proc;		/* weak: not counted */
	unsigned long	*posted_irq_desc;
	struct vmcs	*vmcs;
	int		vmcs_core_id;	/* core on which the VMCS is active, -1 if on none */
	uint64_t	xcr0;
	uint64_t	msr_kern_gs_base;
	uint64_t	msr_star;
	uint64_t	msr_lstar;
	uint64_t	msr_sfmask;
};
_Static_assert(sizeof(struct guest_pcore) == 0x50, "struct guest_pcore");

typedef struct semaphore qlock_t;

struct vmm {
	spinlock_t	lock;
	qlock_t		qlock;
	int		amd;
	bool		vmmcp;
	int		flags;
	int		nr_guest_pcores;
	union {
		void	*svm;
		struct guest_pcore **guest_pcores;
	};
	unsigned long	vmexits[65];
};
_Static_assert(sizeof(struct vmm) == 0x248, "struct vmm");

struct vmcs_config {
	int		size;
	uint32_t	revision_id;
	uint32_t	pin_based_exec_ctrl;
	uint32_t	cpu_based_exec_ctrl;
	uint32_t	cpu_based_2nd_exec_ctrl;
	uint32_t	vmexit_ctrl;
	uint32_t	vmentry_ctrl;
};
struct vmx_capability {
	uint32_t	ept;
	uint32_t	vpid;
};
extern struct vmcs_config vmcs_config;
extern struct vmx_capability vmx_capability;

#define VMX_EPT_EXTENT_CONTEXT	1
#define VMX_EPT_EXTENT_GLOBAL	2

/* VMCS field encodings. Source: Intel SDM 3, appendix B. */
#define EPT_POINTER		0x201a
#define VM_INSTRUCTION_ERROR	0x4400
#define VM_EXIT_REASON		0x4402
#define EXIT_QUALIFICATION	0x6400
#define GUEST_CR0		0x6800
#define GUEST_CR3		0x6802
#define GUEST_CR4		0x6804
#define GUEST_RSP		0x681c
#define GUEST_RIP		0x681e
#define GUEST_RFLAGS		0x6820
#define HOST_CR0		0x6c00
#define HOST_CR3		0x6c02
#define HOST_CR4		0x6c04
#define HOST_FS_BASE		0x6c06
#define HOST_GS_BASE		0x6c08
#define HOST_TR_BASE		0x6c0a
#define HOST_GDTR_BASE		0x6c0c
#define HOST_IDTR_BASE		0x6c0e
#define HOST_RSP		0x6c14
#define HOST_RIP		0x6c16

/* vmm.c */
void vmm_init(void);
void vmm_pcpu_init(void);
int vmm_struct_init(struct proc *p, unsigned int nr_guest_pcores);
void __vmm_struct_cleanup(struct proc *p);
struct guest_pcore *lookup_guest_pcore(struct proc *p, int guest_pcoreid);
struct guest_pcore *load_guest_pcore(struct proc *p, int guest_pcoreid, bool *should_vmresume);
void unload_guest_pcore(struct proc *p, int guest_pcoreid);

/* vmx.c */
struct guest_pcore *create_guest_pcore(struct proc *p, int id);
void destroy_guest_pcore(struct guest_pcore *gpc);
void vmx_load_guest_pcore(struct guest_pcore *gpc, bool *should_vmresume);
void vmx_unload_guest_pcore(struct guest_pcore *gpc);
void vmx_clear_vmcs(void);
void ept_flush(uint64_t eptp);

/* vmexit.c, vmx_asm.S */
void pop_vm_tf(struct vm_trapframe *tf) __attribute__((noreturn));
void handle_vmexit(struct vm_trapframe *tf) __attribute__((noreturn));
void vmexit_handler(void);
void vmx_enter(struct vm_trapframe *tf, int should_vmresume) __attribute__((noreturn));

#endif
