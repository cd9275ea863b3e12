/* /proc/PID/map: reads another process's address space with a reference of its own. Source: FreeBSD, fs/procfs/procfs_map.c. */
#include "vm/vm.h"

/** @return 0, or 3 (ESRCH) when the process is on its way out */
int
procfs_doprocmap(struct proc *p)
{
	struct vmspace *vm = vmspace_acquire_ref(p);
	struct vm_map_entry *entry;
	int entries = 0;

	if (vm == NULL) {
		SCHEDULE_POINT(procfs_none);
		return (3);
	}
	SCHEDULE_POINT(procfs_reading);
	vm_map_lock(&vm->vm_map);
	for (entry = vm->vm_map.header.next; entry != NULL; entry = entry->next)
		entries++;
	vm_map_unlock(&vm->vm_map);
	SCHEDULE_POINT(procfs_read);
	vmspace_free(vm);
	SCHEDULE_POINT(procfs_done);
	return (0);
}
