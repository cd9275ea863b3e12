/* A process that reaches into another, and one that runs a guest. */
#include "sys/signalvar.h"
#include "workload.h"

#define STACK_END	0x7fffff100000ul
#define STACK_PAGES	8

/* ---- A debugger writes below the stack of another process. ---- */

int debugger_has_stack;	/* knob: at the same addresses, as processes do */

/* A stack of one page that may grow to eight; `pa` is its page. */
static void
give_stack(struct proc *p, vm_paddr_t pa)
{
	vm_offset_t start = STACK_END - PAGE_SIZE;
	struct vm_object *object = vm_object_allocate(OBJT_DEFAULT, STACK_PAGES);
	struct vm_page *m = vm_page_alloc_at(object, STACK_PAGES - 1, pa);
	struct vm_map_entry *entry;

	m->valid = VM_PAGE_BITS_ALL;
	entry = vm_map_insert(&p->p_vmspace->vm_map, object, (STACK_PAGES - 1) << PAGE_SHIFT, start, STACK_END);
	entry->eflags = MAP_ENTRY_STACK;
	entry->id = VM_SUBSYS_STACK;
	entry->aux.avail_ssize = (STACK_PAGES - 1) * PAGE_SIZE;
	pmap_enter(&p->p_vmspace->vm_pmap, start, m, VM_PROT_READ | VM_PROT_WRITE);
	vm_page_wakeup(m);
}

/* Writes a word of another process, as its own store would. */
static int
proc_rwmem(struct proc *p, vm_offset_t va, u64 value)
{
	pt_entry_t *ptep;
	int error = vm_fault(&p->p_vmspace->vm_map, va, VM_PROT_READ | VM_PROT_WRITE);

	if (error != 0)
		return (error);
	ptep = pmap_pte(&p->p_vmspace->vm_pmap, va);
	*(u64 *)PHYS_TO_DMAP((*ptep & PTE_FRAME) + (va & (PAGE_SIZE - 1))) = value;
	return (0);
}

/** PT_WRITE_D: rdi the pid, rsi the address, rdx the word. */
int
sys_ptrace(struct trap_frame *frame)
{
	int error = 3;	/* ESRCH */

	for (struct proc *p = allproc.lh_first; p != NULL; p = p->p_list.le_next)
		if (p->p_pid == (int)frame->rdi)
			error = proc_rwmem(p, frame->rsi, frame->rdx);
	if (error != 0)
		bsd_kprintf("ptrace: write to pid %d at %lx: error %d\n", (int)frame->rdi, (unsigned long)frame->rsi, error);
	SCHEDULE_POINT(ptraced);
	return (error);
}

void
workload_growstack(void)
{
	struct proc *debugger = proc_create(821, "debugger", 0x1200000);
	struct proc *debugged = proc_create(822, "debugged", 0x1201000);
	struct lwp *lp;

	if (debugger_has_stack)
		give_stack(debugger, 0x1a39000);
	give_stack(debugged, 0x1a3a000);
	lp = lwp_create(debugger, 1, 0, user_debugger, 822);
	lp->lwp_md_regs->rsi = STACK_END - 2 * PAGE_SIZE + 0xff0;
	lp = lwp_create(debugged, 1, 1, user_spin, 0);
	lp->lwp_md_regs->rsp = STACK_END - PAGE_SIZE;
}

/* ---- A vkernel's thread is in its guest when a signal comes. ---- */

static struct vkernel_lwp vkernel_lwp;
static struct knote sigio_note;

static void
kevent_waiter(void *arg)
{
	(void)arg;
	for (;;) {
		lwkt_deschedule_self();
		lwkt_switch();
		SCHEDULE_POINT(kevent_returned);
	}
}

void
workload_postsig(void)
{
	struct proc *p = proc_create(823, "vkernel", 0x1200000);
	struct vmspace *guest = vmspace_alloc(0x1202000);
	struct lwp *lp;
	struct thread *waiter = lwkt_create(kevent_waiter, NULL, 0, "kevent");

	table_map(0x1202000, UTEXT, table_translate(0x1200000, UTEXT), PTE_U | PG_A);
	lp = lwp_create(p, 1, 0, user_guest, 0);
	vkernel_lwp.ve = guest;
	vkernel_lwp.user_trapframe = heap_allocate(sizeof(struct trap_frame), 16);
	*vkernel_lwp.user_trapframe = *lp->lwp_md_regs;
	vkernel_lwp.user_trapframe->rip = UTEXT + (u64)(user_spin - user_text);
	lp->lwp_vkernel = &vkernel_lwp;
	pmap_setlwpvm(lp, guest);
	sigio_note = (struct knote){ .kn_filter = -6, .kn_waiter = waiter };
	proc_klist.slh_first = &sigio_note;
	waiter->td_wmesg = "kevent";
	lwp_sigpend = SIGIO;
}
