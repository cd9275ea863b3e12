/* A process gets another program. Source: DragonFly, kern/kern_exec.c, vm/vm_map.c. */
#include "vkernel.h"

static void
vmspace_dtor(struct vmspace *vm)
{
	pmap_release(&vm->vm_pmap);
	vm->vm_refcnt = 0;
}

/** One reference less. */
void
vmspace_rel(struct vmspace *vm)
{
	if (__atomic_sub_fetch(&vm->vm_refcnt, 1, __ATOMIC_SEQ_CST) == 0)
		vmspace_dtor(vm);
}

/* A new address space that shows the same program at the same place. */
static void
vmspace_exec(struct proc *p)
{
	struct vm_map_entry *text = vm_map_lookup_entry(&p->p_vmspace->vm_map, UTEXT);
	struct vmspace *newvm = vmspace_alloc(frame_allocate());

	vm_map_insert(&newvm->vm_map, text->object, text->offset, text->start, text->end);
	pmap_replacevm(p, newvm);
}

int
exec_new_vmspace(struct proc *p)
{
	vmspace_exec(p);
	SCHEDULE_POINT(execed);
	return (0);
}

/** execve(2): the only program there is goes on with its next instruction. */
int
sys_execve(struct trapframe *frame)
{
	(void)frame;
	return (exec_new_vmspace(curproc));
}
