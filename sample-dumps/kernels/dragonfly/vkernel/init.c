/* Boot of the vkernel, and the making of its guests' processes. Source: DragonFly, platform/vkernel64/platform/init.c, kern/kern_proc.c, platform/vkernel64/x86_64/vm_machdep.c. */
#include "vkernel.h"

void kthread_trampoline(void);

cpumask_t smp_active_mask, smp_startup_mask;
cpumask_t smp_idleinvl_mask, smp_idleinvl_reqs;

int workload;	/* knob: which of the table below */

static void (*const workloads[])(void) = {
	workload_fp, workload_kthread_fp, workload_exec, workload_protect, workload_remap,
	workload_launder, workload_hint, workload_token, workload_umtx, workload_shortage,
};

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

struct lwp *
guest_lwp(struct proc *p, int tid, int cpu, const void *entry, u64 argument)
{
	struct lwp *lp = lwp_alloc(p, tid, cpu);
	struct thread *td = lp->lwp_thread;
	struct trapframe registers = { .tf = {
		.rip = UTEXT + (u64)((const uint8_t *)entry - guest_text), .cs = SELECTOR_USER_CODE, .rflags = RFLAGS_IF | 2,
		.ss = SELECTOR_USER_DATA, .rdi = argument,
	} };

	td->td_savefpu->en_cw = 0x37f;
	td->td_savefpu->en_mxcsr = 0x1f80;
	lp->lwp_vkernel = heap_allocate(sizeof(*lp->lwp_vkernel), 64);
	lwp_stack(td, &registers);
	lwkt_schedule(td);
	return (lp);
}

void
mi_startup(void)
{
	/* Where buffers show pages that belong to others. */
	vm_map_insert(&kernel_vm_map, NULL, 0, KvaStart + 0x30000000ul, KvaStart + 0x30010000ul);
	workloads[workload]();
}
