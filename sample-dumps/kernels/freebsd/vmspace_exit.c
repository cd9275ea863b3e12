/* vmspace_exit in the forms of opt_vm.h. Source: FreeBSD, vm/vm_map.c before and after r367334; review D26923 and its comments. */
#include "vm/vm.h"
#include "sys/refcount.h"

/* Makes `vm` the process's address space and this CPU's. */
static void
vmspace_switch(struct thread *td, struct vmspace *vm)
{
	td->td_proc->p_vmspace = vm;
	SCHEDULE_POINT(vmspace_switch);
	pmap_activate(td);
}

#if VMSPACE_EXIT != ANYPMAP

/* The last reference was this thread's: takes down what is left. Inlined: stacks name vmspace_exit, as the real ones do. */
static inline __attribute__((always_inline)) void
vmspace_exit_last(struct thread *td, struct vmspace *vm)
{
	if (td->td_proc->p_vmspace != vm)
		vmspace_switch(td, vm);
	SCHEDULE_POINT(rundown);
	pmap_remove_pages(vmspace_pmap(vm));
	vmspace_switch(td, &vmspace0);
	vmspace_dofree(vm);
}

#endif

#if VMSPACE_EXIT == ORIG || VMSPACE_EXIT == FENCED

void
vmspace_exit(struct thread *td)
{
	struct proc *p = td->td_proc;
	struct vmspace *vm = p->p_vmspace;
	int refcnt;

	PCPU_INC(exit_cnt);
	atomic_add_int(&vmspace0.vm_refcnt, 1);
	refcnt = vm->vm_refcnt;
	do {
		SCHEDULE_POINT(exit_loaded);
		if (refcnt > 1 && p->p_vmspace != &vmspace0)
			vmspace_switch(td, &vmspace0);
		if (VMSPACE_EXIT == FENCED)
			atomic_thread_fence_rel();
	} while (!atomic_fcmpset_int(&vm->vm_refcnt, &refcnt, refcnt - 1));
	SCHEDULE_POINT(exit_released);
	if (refcnt == 1) {
		if (VMSPACE_EXIT == FENCED)
			atomic_thread_fence_acq();
		vmspace_exit_last(td, vm);
	}
}

#elif VMSPACE_EXIT == LANDED

void
vmspace_exit(struct thread *td)
{
	struct proc *p = td->td_proc;
	struct vmspace *vm = p->p_vmspace;
	bool released;

	PCPU_INC(exit_cnt);
	refcount_acquire(&vmspace0.vm_refcnt);
	released = refcount_release_if_last(&vm->vm_refcnt);
	SCHEDULE_POINT(exit_loaded);
	if (!released) {
		if (p->p_vmspace != &vmspace0)
			vmspace_switch(td, &vmspace0);
		released = refcount_release(&vm->vm_refcnt);
	}
	SCHEDULE_POINT(exit_released);
	if (released)
		vmspace_exit_last(td, vm);
}

#elif VMSPACE_EXIT == UNCOND

void
vmspace_exit(struct thread *td)
{
	struct vmspace *vm = td->td_proc->p_vmspace;
	bool released;

	PCPU_INC(exit_cnt);
	refcount_acquire(&vmspace0.vm_refcnt);
	vmspace_switch(td, &vmspace0);
	released = refcount_release(&vm->vm_refcnt);
	SCHEDULE_POINT(exit_released);
	if (released)
		vmspace_exit_last(td, vm);
}

#elif VMSPACE_EXIT == NAIVE

void
vmspace_exit(struct thread *td)
{
	struct proc *p = td->td_proc;
	struct vmspace *vm = p->p_vmspace;
	bool released;

	PCPU_INC(exit_cnt);
	refcount_acquire(&vmspace0.vm_refcnt);
	released = refcount_release(&vm->vm_refcnt);
	SCHEDULE_POINT(exit_released);
	if (released)
		vmspace_exit_last(td, vm);
	else
		p->p_vmspace = &vmspace0;	/* and curpmap stays what it is */
}

#elif VMSPACE_EXIT == ANYPMAP

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

void
vmspace_exit(struct thread *td)
{
	struct vmspace *vm = td->td_proc->p_vmspace;
	bool released;

	PCPU_INC(exit_cnt);
	refcount_acquire(&vmspace0.vm_refcnt);
	vmspace_switch(td, &vmspace0);
	released = refcount_release(&vm->vm_refcnt);
	SCHEDULE_POINT(exit_released);
	if (released) {
		SCHEDULE_POINT(rundown);
		remove_pages_inactive(vm);
		vmspace_dofree(vm);
	}
}

#endif
