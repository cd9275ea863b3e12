/* The lwps of a process: made, linked, stopped. Source: DragonFly, kern/kern_proc.c, kern/kern_fork.c, kern/kern_sig.c. */
#include "vm/vm.h"

struct proclist allproc;

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

/** An lwp and its thread on a CPU, with neither registers nor a stack to return to; the caller adds both and schedules the thread. */
struct lwp *
lwp_alloc(struct proc *p, int tid, int cpu)
{
	struct lwp *lp = heap_allocate(sizeof(*lp), 64);
	struct thread *td = heap_allocate(sizeof(*td), 64);

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
	return (lp);
}

/** The default action: the lwp stops for good. */
void
lwpsignal(struct lwp *lp, int signal)
{
	bsd_kprintf("pid %d (%s), uid 0: exited on signal %d\n", lp->lwp_proc->p_pid, lp->lwp_proc->p_comm, signal);
	lp->lwp_stat = LSSTOP;
	SCHEDULE_POINT(signalled);
	lwkt_deschedule_self();
	lwkt_switch();
}
