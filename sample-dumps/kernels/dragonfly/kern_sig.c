/* Delivering a signal on the way back to user mode. Source: DragonFly, kern/kern_sig.c, kern/kern_event.c, vm/vm_vmspace.c, pc64/x86_64/trap.c. */
#include "sys/signalvar.h"

struct klist proc_klist;	/* p_klist of the one process that has one */
int lwp_sigpend;		/* the signal that waits for it */

/** Tells who waits for events of a process. */
void
knote(struct klist *list, long hint)
{
	for (struct knote *kn = list->slh_first; kn != NULL; kn = kn->kn_next) {
		kn->kn_data++;
		lwkt_schedule(kn->kn_waiter);
		SCHEDULE_POINT(knote);
	}
	(void)hint;
}

/** Out of the guest that a vkernel's thread runs, back to the vkernel's own address space and registers. */
void
vkernel_trap(struct lwp *lp, struct trap_frame *frame)
{
	struct vkernel_lwp *vklp = lp->lwp_vkernel;

	memcpy(frame, vklp->user_trapframe, sizeof(*frame));
	pmap_setlwpvm(lp, lp->lwp_proc->p_vmspace);
	vklp->ve = NULL;
	SCHEDULE_POINT(vkernel_trapped);
}

/** The default action of the signals that this kernel sends is none: only those who listen hear of them. */
void
postsig(int sig, struct trap_frame *frame)
{
	struct lwp *lp = curthread->td_lwp;

#ifdef FIX_POSTSIG
	if (lp->lwp_vkernel != NULL && lp->lwp_vkernel->ve != NULL)
		vkernel_trap(lp, frame);
	KNOTE(&proc_klist, NOTE_SIGNAL | sig);
#else
	KNOTE(&proc_klist, NOTE_SIGNAL | sig);
	if (lp->lwp_vkernel != NULL && lp->lwp_vkernel->ve != NULL)
		vkernel_trap(lp, frame);
#endif
	SCHEDULE_POINT(signal_posted);
}

/** Signals that wait are delivered before user mode is entered again. */
void
userret(struct lwp *lp, struct trap_frame *frame)
{
	int sig = lwp_sigpend;

	if (lp->lwp_vkernel == NULL || sig == 0)
		return;
	lwp_sigpend = 0;
	postsig(sig, frame);
}
