/* The end of a process. Source: FreeBSD, kern/kern_exit.c. */
#include "vm/vm.h"
#include "workload.h"

void
exit1(struct thread *td, int status)
{
	struct proc *p = td->td_proc;

	(void)status;
	SCHEDULE_POINT(exit1);
	vmspace_exit(td);
	SCHEDULE_POINT(vmspace_exited);
	p->p_state = PRS_ZOMBIE;
	sched_throw(td);
}

int
sys_sys_exit(struct trap_frame *frame)
{
	exit1(curthread, (int)frame->rdi);
}

/** The end by a signal. With other threads in the process, this one waits for them to end: nobody tells them to, here. */
void
sigexit(struct thread *td, int signal)
{
	kprintf("pid %d (%s), jid 0, uid 0: exited on signal %d\n", td->td_proc->p_pid, td->td_proc->p_comm, signal);
	SCHEDULE_POINT(signalled);
	if (TAILQ_NEXT(TAILQ_FIRST(&td->td_proc->p_threads), td_plist) != NULL)
		sched_sleep();
	exit1(td, signal);
}

static struct proc *
pfind(int pid)
{
	struct proc *p;

	LIST_FOREACH(p, &allproc, p_list)
		if (p->p_pid == pid)
			return (p);
	return (NULL);
}

/** Waits for the process to end, and buries it. */
int
sys_wait4(struct trap_frame *frame)
{
	struct proc *p = pfind((int)frame->rdi);
	struct thread *td;

	if (p == NULL)
		return (10);
	while (p->p_state != PRS_ZOMBIE || TAILQ_FIRST(&p->p_threads)->td_oncpu != -1)
		sched_relinquish();
	td = TAILQ_FIRST(&p->p_threads);
	LIST_REMOVE(p, p_list);
	vmspace_free(p->p_vmspace);
	uma_zfree(thread_zone, td);
	uma_zfree(proc_zone, p);
	SCHEDULE_POINT(waited);
	return (0);
}

/** Reads /proc/PID/map. */
int
sys_read(struct trap_frame *frame)
{
	struct proc *p = pfind((int)frame->rdi);

	return (p == NULL ? 2 : procfs_doprocmap(p));
}
