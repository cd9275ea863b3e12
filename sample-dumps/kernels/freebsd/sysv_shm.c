/* Shared memory segments of an address space: a member of vmspace that no lock guards. Source: FreeBSD, kern/sysv_shm.c; simplified. */
#include "vm/vm.h"

void
shm_attach(struct vmspace *vm, vm_offset_t va)
{
	struct shmmap_state *s = uma_zalloc_arg(shmmap_zone);

	s->va = va;
	s->shmid = 1;
	vm->vm_shm = s;
}

/** Gives the attachments up. */
void
kern_shmdt(struct vmspace *vm)
{
	struct shmmap_state *s = vm->vm_shm;

	uma_zfree(shmmap_zone, s);
	SCHEDULE_POINT(shmdt_freed);
	vm->vm_shm = NULL;
	SCHEDULE_POINT(shmdt_cleared);
}

/** What the end of an address space does with attachments that are left. */
void
shmexit(struct vmspace *vm)
{
	SCHEDULE_POINT(shmexit);
	if (vm->vm_shm != NULL)
		kern_shmdt(vm);
}
