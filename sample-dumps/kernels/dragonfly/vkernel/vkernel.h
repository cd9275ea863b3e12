/* What the vkernel and the kernel below it tell each other, and the guests of the scenarios. Source: DragonFly, sys/vkernel.h, platform/vkernel64. */
#ifndef VKERNEL_H
#define VKERNEL_H

#include "vm/vm.h"
#include "fpu.h"

#define T_PAGEFLT	TRAP_PF
#define TRAP_VECTOR_CLOCK	32
#define T_SYSCALL80	0x80

/** A guest's registers as the kernel below returns them. */
struct trapframe {
	struct trap_frame tf;		/* vector: why the guest stopped */
	u64		tf_addr;	/* of a fault */
};

/* ---- The kernel below: host.c ---- */

/** An address space that the vkernel has made. The members behind `id` are ours: they lie in the real one's struct vmspace. */
struct vmspace_entry {
	RB_ENTRY(vmspace_entry) rb_entry;
	void		*vmspace;
	int		flags;
	int		refs;
	void		*id;		/* the vkernel's struct pmap */
	u64		cr3;		/* page tables of the hardware */
	vpte_t		master_pde;	/* root of the vkernel's */
	cpumask_t	cpus;		/* that are in guest code of it */
};

struct vkernel_proc {
	RB_HEAD(vmspace_rb_tree, vmspace_entry) root;
	struct spinlock	spin;
	int		refs;
};
extern struct vkernel_proc vkernel_proc;

#define VMSPACE_CTL_RUN	1
#define MADV_INVAL	10
#define MADV_SETMAP	11

int vmspace_create(void *id, u64 cr3);
int vmspace_destroy(void *id);
int vmspace_ctl(void *id, int cmd, struct trapframe *frame);
int vmspace_mcontrol(void *id, vm_offset_t va, size_t size, int behavior, vpte_t value);

void host_invalidate_kernel(vm_offset_t va);

/* guest.S */
void guest_enter(const struct trap_frame *frame, u64 cr3);
void guest_leave(void) __attribute__((noreturn));
/** libc's: through the registers of the FPU. A multiple of 64 bytes. */
void bcopy(const void *from, void *to, size_t size);

/* ---- The vkernel ---- */

/* trap.c */
void go_user(void *frame);
void npxsave(struct savexmm64 *area);
void npxdna(void);
void user_trap(struct trapframe *frame);
void lwkt_preempt(void);
extern struct thread *usched_waiting;

/* kern_exec.c */
int exec_new_vmspace(struct proc *p);
int sys_execve(struct trapframe *frame);
void vmspace_rel(struct vmspace *vm);

/* vm_fault.c */
extern int vm_page_count_severe;
#define P_LOWMEMKILL	0x1

/* copyio.c */
u32 swapu32(volatile u32 *address, u32 value);

/* What guests ask for: sys_guest.c, copyio.c, the workloads. @return an error number */
int sys_write(struct trapframe *frame);
int guest_canary(struct trapframe *frame);
int sys_munmap(struct trapframe *frame);
int sys_umtx_wakeup(struct trapframe *frame);
int sys_remap(struct trapframe *frame);

/* ---- Scenarios ---- */

#define UTEXT		0x400000ul
#define GUEST_DATA	0x7fff1000ul

extern const uint8_t guest_text[], guest_text_end[];
extern const uint8_t guest_counter[], guest_driver[], guest_exec[], guest_fp[], guest_remap[], guest_spin[], guest_umtx[], guest_unmapper[],
    guest_writer[];

/** A process with the common text and no lwp. `host_root` is physical. */
struct proc *guest_proc(int pid, const char *name, u64 host_root);
/** An lwp that begins at `entry` of the guest text, runnable on a CPU; `argument` is in rdi then. */
struct lwp *guest_lwp(struct proc *p, int tid, int cpu, const void *entry, u64 argument);
/** A page at a chosen physical address of a new object, mapped at `va` as `prot` says, or known to the map alone. */
struct vm_page *guest_page(struct proc *p, vm_offset_t va, vm_paddr_t pa, vm_pindex_t pindex, vm_prot_t prot);

void workload_fp(void);
void workload_kthread_fp(void);
void workload_exec(void);
void workload_protect(void);
void workload_remap(void);
void workload_launder(void);
void workload_hint(void);
void workload_token(void);
void workload_umtx(void);
void workload_shortage(void);

#endif
