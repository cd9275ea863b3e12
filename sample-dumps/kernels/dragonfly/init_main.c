/* Boot, and the making of processes. Source: DragonFly, kern/init_main.c, kern/kern_proc.c, platform/pc64/x86_64/vm_machdep.c. */
#include "workload.h"

void gdinit(int cpu);
void cpu_setregs(int cpu);

struct proclist allproc;

#ifdef COMMIT_95270B7E
#define COMMIT	"95270b7e"
#else
#define COMMIT	"95270b7e^"
#endif
const char kernel_info[] =
    "OSRELEASE=" COMMIT "\n"
    "SYMBOL(CPU_prvspace)\nSYMBOL(kernel_pmap)\nSYMBOL(vm_page_array)\nSYMBOL(allproc)\nSYMBOL(KPML4phys)\n";
const char osrelease[] = "4.7-DEVELOPMENT";
const char ostype[] = "DragonFly";
const char version[] = "DragonFly 4.7-DEVELOPMENT " COMMIT;

static volatile int cpus_may_go;

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

/* The lwps of a process hang on the root of what is a tree in life. */
static void
lwp_link(struct proc *p, struct lwp *lp)
{
	lp->u.le_next = p->p_lwp_tree.rbh_root;
	if (lp->u.le_next != NULL)
		lp->u.le_next->u.le_prev = &lp->u.le_next;
	lp->u.le_prev = &p->p_lwp_tree.rbh_root;
	p->p_lwp_tree.rbh_root = lp;
}

/** An lwp that begins at `entry` of the user text on a CPU, runnable. `argument` is in rdi then. */
struct lwp *
lwp_create(struct proc *p, int tid, int cpu, const void *entry, u64 argument)
{
	struct lwp *lp = heap_allocate(sizeof(*lp), 64);
	struct thread *td = heap_allocate(sizeof(*td), 64);
	struct trap_frame *frame;

	lwkt_thread_setup(td, cpu, p->p_comm);
	td->td_switch = cpu_heavy_switch;
	td->td_proc = p;
	td->td_lwp = lp;
	td->td_pcb = (struct pcb *)(td->td_kstack + td->td_kstack_size) - 1;
	td->td_savefpu = &td->td_pcb->pcb_save;
	lp->lwp_tid = tid;
	lp->lwp_stat = LSRUN;
	lp->lwp_proc = p;
	lp->lwp_thread = td;
	lp->lwp_vmspace = p->p_vmspace;
	lwp_link(p, lp);
	p->p_nthreads++;

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
kernel_main(void)
{
	heap_next = KvaStart + PAGE_SIZE;
	TAILQ_INIT(&lwkt_allq);
	pmap_bootstrap();
	for (int cpu = 0; cpu < (int)machine_cpus; cpu++)
		gdinit(cpu);
	cpu_setregs(0);
	vm_page_startup();
	vm_map_init(&kernel_vm_map, &kernel_pmap);
	vm_object_init(&kernel_object, OBJT_DEFAULT, 0x100000);
	slab_init();
	curthread_set(CPU_prvspace[0]->gd_idlethread);
	CPUMASK_ORBIT(smp_active_mask, 0);
	workloads[workload]();
	bsd_kprintf("%s, %d cpus\n", version, (int)machine_cpus);
	SCHEDULE_POINT(ready);
	cpus_release();
	while (smp_active_mask.ary[0] != smp_startup_mask.ary[0])
		cpu_pause();
	SCHEDULE_POINT(booted);
	cpus_may_go = 1;
	lwkt_boot(CPU_prvspace[0]->gd_idlethread);
}

void
kernel_ap_main(uint32_t cpu)
{
	cpu_setregs((int)cpu);
	curthread_set(CPU_prvspace[cpu]->gd_idlethread);
	ATOMIC_CPUMASK_ORBIT(smp_active_mask, cpu);
	while (!cpus_may_go)
		cpu_pause();
	lwkt_boot(CPU_prvspace[cpu]->gd_idlethread);
}
