/* Processes that share an address space, lend it, and leave it. */
#include "workload.h"

/** rfork(RFMEM): two processes in one address space, each on a CPU of its own, and a third that forks on another. */
void
workload_rfork(void)
{
	struct proc *a = proc_make(101, "a", NULL);
	struct proc *b = proc_make(102, "b", a->p_vmspace);
	struct proc *sh;

	map_page(a->p_vmspace, UDATA);
	lastpid = 102;
	thread_user(a, 100101, 1, user_write_exit, UDATA);
	thread_user(b, 100102, 2, user_exit, 0);
	sh = proc_make(100, "sh", NULL);
	map_page(sh->p_vmspace, UDATA);
	thread_user(sh, 100100, 3, user_fork_threads, UDATA);
}

int shmdt_locked;	/* knob: the borrower changes what the pmap lock guards, and not vm_shm */

/* Works in a process's address space that it has borrowed: takes something away, and gives its reference back. */
static void
borrower(void *arg)
{
	struct vmspace *vm = vmspace_acquire_ref(arg);

	SCHEDULE_POINT(borrowed);
	if (shmdt_locked)
		vm_map_remove(&vm->vm_map, UDATA, UDATA + PAGE_SIZE);
	else
		kern_shmdt(vm);
	vmspace_free(vm);
	SCHEDULE_POINT(given_back);
	kthread_exit();
}

/** A process with an attached segment, and a kernel process that detaches it on its behalf while it exits. */
void
workload_shmdt(void)
{
	struct proc *user = proc_make(110, "shmuser", NULL);
	struct proc *aiod = proc_make(111, "aiod1", &vmspace0);

	shm_attach(user->p_vmspace, UDATA);
	if (shmdt_locked)
		map_page(user->p_vmspace, UDATA);
	thread_kernel(aiod, 100111, 1, borrower, user, "aiod1");
	thread_user(user, 100110, 2, user_exit, 0);
}
