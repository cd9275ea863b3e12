/* Which CPUs use which address space. Source: DragonFly, platform/vkernel64/platform/pmap.c: pmap_setlwpvm, pmap_replacevm. */
#include "vkernel.h"

/** An invalidation is in progress: waits until it is over. */
void
pmap_interlock_wait(struct vmspace *vm)
{
	while (vm->vm_pmap.pm_active_lock & CPULOCK_EXCL)
		cpu_pause();
}

/** Gives an lwp another address space. From one step to the next it may be on another CPU, unless the caller sees to it. */
void
pmap_setlwpvm(struct lwp *lp, struct vmspace *newvm)
{
	struct vmspace *oldvm = lp->lwp_vmspace;

	lp->lwp_vmspace = newvm;
	SCHEDULE_POINT(setlwpvm);
	if (curthread->td_lwp == lp) {
		ATOMIC_CPUMASK_ORBIT(newvm->vm_pmap.pm_active, mycpuid);
		if (newvm->vm_pmap.pm_active_lock & CPULOCK_EXCL)
			pmap_interlock_wait(newvm);
		ATOMIC_CPUMASK_NANDBIT(oldvm->vm_pmap.pm_active, mycpuid);
	}
}

/** Gives a process, with the one lwp that calls, another address space, and the old one back. */
void
pmap_replacevm(struct proc *p, struct vmspace *newvm)
{
	struct vmspace *oldvm = p->p_vmspace;

#ifdef FIX_REPLACEVM
	crit_enter();
#endif
	p->p_vmspace = newvm;
	pmap_setlwpvm(curthread->td_lwp, newvm);
#ifdef FIX_REPLACEVM
	crit_exit();
#endif
	SCHEDULE_POINT(replacevm);
	vmspace_rel(oldvm);
}
