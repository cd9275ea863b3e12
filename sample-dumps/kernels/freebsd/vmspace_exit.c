/*
 * vmspace_exit: what its forms in opt_vm.h share stands at the end; before it, what differs. The hooks are inlined: stacks name
 * vmspace_exit, as the real ones do.
 *
 * vmspace_leave drops the thread's reference, @return whether it was the last one.
 * vmspace_rundown takes down the address space of a last reference.
 *
 * Source: FreeBSD, vm/vm_map.c before and after r367334; review D26923 and its comments.
 */
#include "sys/ktr.h"
#include "vm/vm.h"
#include "sys/refcount.h"

#define HOOK	static inline __attribute__((always_inline))

/* Makes `vm` the process's address space and this CPU's. */
static void
vmspace_switch(struct thread *td, struct vmspace *vm)
{
	td->td_proc->p_vmspace = vm;
	SCHEDULE_POINT(vmspace_switch);
	pmap_activate(td);
}

#if VMSPACE_EXIT == ORIG || VMSPACE_EXIT == FENCED

/* A relaxed compare-and-set; vm.h has its fences. */
HOOK bool
vmspace_leave(struct thread *td, struct vmspace *vm)
{
	int refcnt = vm->vm_refcnt;

	do {
		SCHEDULE_POINT(exit_loaded);
		if (refcnt > 1 && td->td_proc->p_vmspace != &vmspace0)
			vmspace_switch(td, &vmspace0);
		vmspace_fence_rel();
	} while (!atomic_fcmpset_int(&vm->vm_refcnt, &refcnt, refcnt - 1));
	SCHEDULE_POINT(exit_released);
	if (refcnt != 1)
		return (false);
	vmspace_fence_acq();
	return (true);
}

#elif VMSPACE_EXIT == LANDED

/* The last one keeps the address space; whoever is not leaves it first. */
HOOK bool
vmspace_leave(struct thread *td, struct vmspace *vm)
{
	bool released = refcount_release_if_last(&vm->vm_refcnt);

	SCHEDULE_POINT(exit_loaded);
	if (!released) {
		if (td->td_proc->p_vmspace != &vmspace0)
			vmspace_switch(td, &vmspace0);
		released = refcount_release(&vm->vm_refcnt);
	}
	SCHEDULE_POINT(exit_released);
	return (released);
}

#elif VMSPACE_EXIT == UNCOND || VMSPACE_EXIT == ANYPMAP

/* Whoever it is leaves first. */
HOOK bool
vmspace_leave(struct thread *td, struct vmspace *vm)
{
	bool released;

	vmspace_switch(td, &vmspace0);
	released = refcount_release(&vm->vm_refcnt);
	SCHEDULE_POINT(exit_released);
	return (released);
}

#elif VMSPACE_EXIT == NAIVE

/* Nobody leaves: curpmap stays what it is. */
HOOK bool
vmspace_leave(struct thread *td, struct vmspace *vm)
{
	bool released = refcount_release(&vm->vm_refcnt);

	SCHEDULE_POINT(exit_released);
	if (!released)
		td->td_proc->p_vmspace = &vmspace0;
	return (released);
}

#endif

#if VMSPACE_EXIT == ANYPMAP

/* pmap_remove_pages looks at curpmap alone: no preemption while it lies, and no translation of the user's when it ends. */
static void
remove_pages_inactive(struct vmspace *vm)
{
	struct pmap *current;

	critical_enter();
	current = PCPU_PTR()->pc_curpmap;
	PCPU_SET(curpmap, vmspace_pmap(vm));
	pmap_remove_pages(vmspace_pmap(vm));
	invltlb();
	PCPU_SET(curpmap, current);
	critical_exit();
}

HOOK void
vmspace_rundown(struct thread *td, struct vmspace *vm)
{
	(void)td;
	SCHEDULE_POINT(rundown);
	remove_pages_inactive(vm);
	vmspace_dofree(vm);
}

#else

HOOK void
vmspace_rundown(struct thread *td, struct vmspace *vm)
{
	if (td->td_proc->p_vmspace != vm)
		vmspace_switch(td, vm);
	SCHEDULE_POINT(rundown);
	pmap_remove_pages(vmspace_pmap(vm));
	vmspace_switch(td, &vmspace0);
	vmspace_dofree(vm);
}

#endif

void
vmspace_exit(struct thread *td)
{
	struct vmspace *vm = td->td_proc->p_vmspace;

	PCPU_INC(exit_cnt);
	CTR3(KTR_VM, "vmspace_exit: pid %d leaves %p refs %d", td->td_proc->p_pid, vm, vm->vm_refcnt);
	vmspace_hold(&vmspace0);
	if (vmspace_leave(td, vm))
		vmspace_rundown(td, vm);
}
