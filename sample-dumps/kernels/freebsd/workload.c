/* Processes that share an address space, lend it, and leave it. */
#include "workload.h"

int fork_threads;	/* knob: the child has two threads and takes a page away */

/** rfork(RFMEM): two processes in one address space, each on a CPU of its own, and a third that forks on another. */
void
workload_rfork(void)
{
	struct proc *a = proc_make(101, "a", NULL);
	struct proc *b = proc_make(102, "b", a->p_vmspace);
	struct proc *sh;

	if (fork_threads)
		map_page(a->p_vmspace, UDATA);
	lastpid = 102;
	thread_user(a, 100101, 1, fork_threads ? user_write_exit : user_exit, UDATA);
	thread_user(b, 100102, 2, user_exit, 0);
	sh = proc_make(100, "sh", NULL);
	if (fork_threads)
		map_page(sh->p_vmspace, UDATA);
	thread_user(sh, 100100, 3, fork_threads ? user_fork_threads : user_fork, UDATA);
}

/* ---- A borrower. ---- */

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

/* ---- One process alone in its address space. ---- */

int sole_cpu;		/* knob: where it exits */
int stray_write;	/* knob: something wrote over the links of its first chunk of mappings */

/** One process exits, and another reads its map. */
void
workload_sole(void)
{
	struct proc *sole = proc_make(105, "sole", NULL);
	struct proc *reader = proc_make(106, "procstat", NULL);

	map_page(sole->p_vmspace, UDATA);
	if (stray_write)
		TAILQ_FIRST(&sole->p_vmspace->vm_pmap.pm_pvchunk)->pc_list.tqe_prev = (struct pv_chunk **)0xfffff80fdead0000;
	thread_user(sole, 100105, sole_cpu, user_exit, 0);
	thread_user(reader, 100106, 2, user_procmap, 105);
}

/** One process exits on CPU 0, where another waits for its turn. */
void
workload_migrate(void)
{
	struct proc *cc = proc_make(120, "cc", NULL);
	struct proc *ld = proc_make(121, "ld", NULL);

	map_page(cc->p_vmspace, UDATA);
	thread_user(cc, 100212, 0, user_exit, 0);
	thread_user(ld, 100213, 0, user_spin, 0);
}

u_long fork_count = 100;	/* knob */

/** One process makes others, one after the other; each exits at once. */
void
workload_fork_loop(void)
{
	thread_user(proc_make(100, "make", NULL), 100100, 0, user_fork_loop, fork_count);
}

/* ---- Files. ---- */

static struct vnode ld_elf_vnode = { "/libexec/ld-elf.so.1", 1, 1 };
static struct vnode libc_vnode = { "/lib/libc.so.7", 1, 1 };

static void
map_file(struct vmspace *vm, struct vnode *vp, vm_offset_t start, vm_size_t size)
{
	struct vm_object *object = vm_object_allocate(OBJT_VNODE, size >> PAGE_SHIFT);

	object->handle = vp;
	vp->v_usecount++;
	vm_map_insert(&vm->vm_map, object, start, start + size, VM_PROT_READ | VM_PROT_EXECUTE);
}

/** A process that has three files mapped, its text among them, exits. */
void
workload_vnodes(void)
{
	struct proc *p = proc_make(130, "files", NULL);

	map_file(p->p_vmspace, &ld_elf_vnode, 0x800200000, 0x20000);
	map_file(p->p_vmspace, &libc_vnode, 0x800400000, 0x1c0000);
	thread_user(p, 100130, 0, user_exit, 0);
}
