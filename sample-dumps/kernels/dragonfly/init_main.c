/* Boot, and the making of processes. Source: DragonFly, kern/init_main.c, kern/kern_proc.c, platform/pc64/x86_64/vm_machdep.c. */
#include "workload.h"

int workload;	/* knob: which of the table below */

static void (*const workloads[])(void) = {
	workload_mtmunmap, workload_bigmap, workload_pageout, workload_swap_error, workload_pteobj,
	workload_slow_target, workload_scan_wrap, workload_fences, workload_unmanaged, workload_bulk, workload_swap_meta,
	workload_growstack, workload_postsig, workload_upgrade, workload_window,
};

/** A process with an address space and the common text, and no lwp yet. */
struct proc *
proc_create(int pid, const char *name, u64 pml4)
{
	struct proc *p = heap_allocate(sizeof(*p), 64);
	u64 frame = frame_allocate();

	p->p_pid = pid;
	strlcpy(p->p_comm, name, sizeof(p->p_comm));
	p->p_vmspace = vmspace_alloc(pml4);
	memcpy(physical_pointer(frame), user_text, (size_t)(user_text_end - user_text));
	table_map(pml4, UTEXT, frame, PTE_U | PG_A);
	LIST_INSERT_HEAD(&allproc, p, p_list);
	return (p);
}

/** An lwp that begins at `entry` of the user text on a CPU, runnable. `argument` is in rdi then. */
struct lwp *
lwp_create(struct proc *p, int tid, int cpu, const void *entry, u64 argument)
{
	struct lwp *lp = lwp_alloc(p, tid, cpu);
	struct thread *td = lp->lwp_thread;
	struct trap_frame *frame;

	frame = (struct trap_frame *)td->td_pcb - 1;
	lp->lwp_md_regs = frame;
	*frame = (struct trap_frame){
		.rip = UTEXT + (u64)((const uint8_t *)entry - user_text), .cs = SELECTOR_USER_CODE, .rflags = RFLAGS_IF | 2,
		.rsp = USTACK - 0x1000 * (u64)tid, .ss = SELECTOR_USER_DATA, .rdi = argument,
	};
	td->td_pcb->pcb_cr3 = (u64)p->p_vmspace->vm_pmap.pm_pml4 - DMAP_MIN_ADDRESS;
	td->td_pcb->pcb_rip = (u64)fork_trampoline;
	td->td_pcb->pcb_rsp = (u64)frame - 8;
	td->td_sp = (char *)frame - 24;
	((u64 *)td->td_sp)[0] = (u64)cpu_heavy_restore;
	((u64 *)td->td_sp)[1] = RFLAGS_IF | 2;	/* who waits for an invalidation here has to answer others */
	lwkt_schedule(td);
	return (lp);
}

void
mi_startup(void)
{
	pmap_init();
	slab_init();
	workloads[workload]();
}
