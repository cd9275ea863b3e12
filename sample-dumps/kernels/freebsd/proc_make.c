/* Processes out of nothing, for workloads. The real kernel has one such process and forks the others. */
#include "workload.h"

static struct vm_object *text_object;
static struct vnode text_vnode = { "/usr/local/bin/program", 1, 1 };

/* The common text, in one object for all. */
static struct vm_object *
text_of_all(void)
{
	if (text_object == NULL) {
		struct vm_page *m;

		text_object = vm_object_allocate(OBJT_VNODE, 1);
		text_object->handle = &text_vnode;
		text_vnode.v_usecount++;
		m = vm_page_alloc(text_object, 0);
		memcpy((void *)PHYS_TO_DMAP(m->phys_addr), user_text, (size_t)(user_text_end - user_text));
	} else
		text_object->ref_count++;
	return (text_object);
}

struct proc *
proc_make(int pid, const char *name, struct vmspace *shared)
{
	struct proc *p = uma_zalloc_arg(proc_zone);
	struct vmspace *vm = shared;

	if (vm == NULL) {
		struct vm_object *text;

		vm = vmspace_alloc();
		text = text_of_all();
		vm_map_insert(&vm->vm_map, text, UTEXT, UTEXT + PAGE_SIZE, VM_PROT_READ | VM_PROT_EXECUTE);
		pmap_enter(vmspace_pmap(vm), UTEXT, vm_object_page(text, 0), VM_PROT_READ);
	} else
		vm->vm_refcnt++;
	proc_linkup(p, pid, name, vm);
	return (p);
}

struct thread *
thread_user(struct proc *p, int tid, int cpu, const void *entry, u_long argument)
{
	struct thread *td = thread_alloc(p, tid, p->p_comm);

	*td->td_frame = (struct trap_frame){
		.rip = UTEXT + (u_long)((const uint8_t *)entry - user_text), .cs = SELECTOR_USER_CODE, .rflags = RFLAGS_IF | 2,
		.ss = SELECTOR_USER_DATA, .rdi = argument,
	};
	cpu_fork_kthread_handler(td, NULL, NULL);
	sched_add(td, cpu);
	return (td);
}

struct thread *
thread_kernel(struct proc *p, int tid, int cpu, void (*func)(void *), void *arg, const char *name)
{
	struct thread *td = thread_alloc(p, tid, name);

	cpu_fork_kthread_handler(td, func, arg);
	sched_add(td, cpu);
	return (td);
}

struct vm_page *
map_page(struct vmspace *vm, vm_offset_t va)
{
	struct vm_object *object = vm_object_allocate(OBJT_DEFAULT, 1);
	struct vm_page *m = vm_page_alloc(object, 0);

	vm_map_insert(&vm->vm_map, object, va, va + PAGE_SIZE, VM_PROT_READ | VM_PROT_WRITE);
	pmap_enter(vmspace_pmap(vm), va, m, VM_PROT_READ | VM_PROT_WRITE);
	return (m);
}

void
kthread_exit(void)
{
	SCHEDULE_POINT(kthread_exit);
	sched_throw(curthread);
}
