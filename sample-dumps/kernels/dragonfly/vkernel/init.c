/* Boot of the vkernel, and the making of its guests' processes. Source: DragonFly, platform/vkernel64/platform/init.c, kern/kern_proc.c, platform/vkernel64/x86_64/vm_machdep.c. */
#include "vkernel.h"

void gdinit(int cpu);
void cpu_setregs(int cpu);
void kthread_trampoline(void);

struct proclist allproc;
cpumask_t smp_active_mask, smp_startup_mask;
cpumask_t smp_idleinvl_mask, smp_idleinvl_reqs;

#ifdef COMMIT_95270B7E
#define COMMIT	"95270b7e"
#else
#define COMMIT	"95270b7e^"
#endif
const char kernel_info[] =
    "OSRELEASE=" COMMIT "\n"
    "SYMBOL(CPU_prvspace)\nSYMBOL(kernel_pmap)\nSYMBOL(vm_page_array)\nSYMBOL(allproc)\nSYMBOL(KPML4phys)\nSYMBOL(vkernel_proc)\n";
const char osrelease[] = "4.7-DEVELOPMENT";
const char ostype[] = "DragonFly";
const char version[] = "DragonFly 4.7-DEVELOPMENT " COMMIT " vkernel64";

static volatile int cpus_may_go;

int workload;	/* knob: which of the table below */

static void (*const workloads[])(void) = {
	workload_fp, workload_kthread_fp, workload_exec, workload_protect, workload_remap,
	workload_launder, workload_hint, workload_token, workload_umtx, workload_shortage,
};

static inline void
curthread_set(struct thread *td)
{
	__asm__ volatile("movq %0, %%gs:8" :: "r"(td) : "memory");
}

/** What an idle CPU does when it wakes up: everything it knows may be old. */
void
cpu_invltlb(void)
{
	write_cr3(read_cr3());
}

struct proc *
guest_proc(int pid, const char *name, u64 host_root)
{
	struct proc *p = heap_allocate(sizeof(*p), 64);
	struct vm_page *m;

	p->p_pid = pid;
	strlcpy(p->p_comm, name, sizeof(p->p_comm));
	p->p_vmspace = vmspace_alloc(host_root);
	LIST_INSERT_HEAD(&allproc, p, p_list);
	m = guest_page(p, UTEXT, 0x1a80000 + ((u64)(pid - 40) << PAGE_SHIFT), 0, VM_PROT_READ);
	memcpy((void *)PHYS_TO_DMAP(m->phys_addr), guest_text, (size_t)(guest_text_end - guest_text));
	return (p);
}

struct vm_page *
guest_page(struct proc *p, vm_offset_t va, vm_paddr_t pa, vm_pindex_t pindex, vm_prot_t prot)
{
	struct vm_object *object = vm_object_allocate(OBJT_DEFAULT, pindex + 1);
	struct vm_page *m = vm_page_alloc_at(object, pindex, pa);

	m->valid = VM_PAGE_BITS_ALL;
	vm_map_insert(&p->p_vmspace->vm_map, object, pindex << PAGE_SHIFT, va, va + PAGE_SIZE);
	if (prot != VM_PROT_NONE)
		pmap_enter(&p->p_vmspace->vm_pmap, va, m, prot);
	vm_page_wakeup(m);
	return (m);
}

/* The stack of a thread that begins in go_user: what cpu_heavy_restore pops, below the guest's registers. */
static void
lwp_stack(struct thread *td, const struct trapframe *registers)
{
	struct trapframe *frame = (struct trapframe *)td->td_pcb - 1;
	u64 *sp = (u64 *)(((u64)frame & ~15ul) - 16);

	*frame = *registers;
	td->td_lwp->lwp_md_regs = &frame->tf;
	td->td_pcb->pcb_cr3 = KPML4phys;
	td->td_pcb->pcb_rip = (u64)kthread_trampoline;
	td->td_pcb->pcb_r12 = (u64)go_user;
	td->td_pcb->pcb_r13 = (u64)frame;
	td->td_pcb->pcb_rsp = (u64)sp;
	sp -= 2;
	sp[0] = (u64)cpu_heavy_restore;
	sp[1] = RFLAGS_IF | 2;
	td->td_sp = (char *)sp;
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

struct lwp *
guest_lwp(struct proc *p, int tid, int cpu, const void *entry, u64 argument)
{
	struct lwp *lp = heap_allocate(sizeof(*lp), 64);
	struct thread *td = heap_allocate(sizeof(*td), 64);
	struct trapframe registers = { .tf = {
		.rip = UTEXT + (u64)((const uint8_t *)entry - guest_text), .cs = SELECTOR_USER_CODE, .rflags = RFLAGS_IF | 2,
		.ss = SELECTOR_USER_DATA, .rdi = argument,
	} };

	lwkt_thread_setup(td, cpu, p->p_comm);
	td->td_switch = cpu_heavy_switch;
	td->td_proc = p;
	td->td_lwp = lp;
	td->td_pcb = (struct pcb *)(td->td_kstack + td->td_kstack_size) - 1;
	td->td_savefpu = &td->td_pcb->pcb_save;
	td->td_savefpu->en_cw = 0x37f;
	td->td_savefpu->en_mxcsr = 0x1f80;
	lp->lwp_tid = tid;
	lp->lwp_stat = LSRUN;
	lp->lwp_proc = p;
	lp->lwp_thread = td;
	lp->lwp_vmspace = p->p_vmspace;
	lp->lwp_vkernel = heap_allocate(sizeof(*lp->lwp_vkernel), 64);
	lwp_link(p, lp);
	p->p_nthreads++;
	lwp_stack(td, &registers);
	lwkt_schedule(td);
	return (lp);
}

void
thread_on(int cpu, void (*func)(void *), const char *name)
{
	lwkt_schedule(lwkt_create(func, NULL, cpu, name));
}

/* Nothing more to do: the CPU is idle. */
void
thread_exit(void)
{
	lwkt_deschedule_self();
	lwkt_switch();
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
	/* Where buffers show pages that belong to others. */
	vm_map_insert(&kernel_vm_map, NULL, 0, KvaStart + 0x30000000ul, KvaStart + 0x30010000ul);
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
