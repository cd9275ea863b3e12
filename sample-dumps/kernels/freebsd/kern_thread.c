/* The making of threads and processes. Source: FreeBSD, kern/kern_thread.c, kern_fork.c, kern_thr.c, amd64/amd64/vm_machdep.c. */
#include "vm/vm.h"
#include "workload.h"

struct proclist allproc;
int lastpid = 100;

static vm_offset_t next_kstack = KVA_START + 0x10000000ul;

/** A thread of a process with a stack, an unmapped page below it; not runnable yet. A reused one keeps its stack. */
struct thread *
thread_alloc(struct proc *p, int tid, const char *name)
{
	struct thread *td = uma_zalloc_arg(thread_zone);
	char *kstack = td->td_kstack;

	if (kstack == NULL) {
		kstack = (char *)next_kstack;
		kernel_map(next_kstack, KSTACK_PAGES * PAGE_SIZE);
		next_kstack += (KSTACK_PAGES + 1) * PAGE_SIZE;
	}
	memset(td, 0, sizeof(*td));
	td->td_proc = p;
	td->td_tid = tid;
	td->td_oncpu = td->td_lastcpu = -1;
	td->td_kstack = kstack;
	td->td_kstack_pages = KSTACK_PAGES;
	td->td_pcb = (struct pcb *)((u_long)(kstack + KSTACK_PAGES * PAGE_SIZE - sizeof(struct pcb)) & ~15ul);
	td->td_frame = (struct trap_frame *)td->td_pcb - 1;
	strlcpy(td->td_name, name, sizeof(td->td_name));
	TAILQ_INSERT_TAIL(&p->p_threads, td, td_plist);
	return (td);
}

/** Where the thread begins. With no function it goes to user mode as its trap frame says. */
void
cpu_fork_kthread_handler(struct thread *td, void (*func)(void *), void *arg)
{
	struct pcb *pcb = td->td_pcb;

	memset(pcb, 0, sizeof(*pcb));
	pcb->pcb_r12 = (register_t)func;
	pcb->pcb_rbx = (register_t)arg;
	pcb->pcb_rip = (register_t)fork_trampoline;
	pcb->pcb_rsp = (register_t)td->td_frame - 8;
	/* As if it had locked its queue and switched away. */
	td->td_spinlock_count = td->td_critnest = 1;
	td->td_saved_flags = RFLAGS_IF;
}

void
proc_linkup(struct proc *p, int pid, const char *name, struct vmspace *vm)
{
	p->p_pid = pid;
	p->p_state = PRS_NORMAL;
	p->p_vmspace = vm;
	mtx_init(&p->p_mtx, "process lock");
	strlcpy(p->p_comm, name, sizeof(p->p_comm));
	TAILQ_INIT(&p->p_threads);
	LIST_INSERT_HEAD(&allproc, p, p_list);
}

/** Copies the calling process: its address space first. The child is runnable on this CPU. */
struct proc *
fork1(struct thread *td, int pid)
{
	struct vmspace *vm2 = vmspace_fork(td->td_proc->p_vmspace);
	struct proc *p2 = uma_zalloc_arg(proc_zone);
	struct thread *td2;

	proc_linkup(p2, pid, td->td_proc->p_comm, vm2);
	td2 = thread_alloc(p2, 100000 + pid, p2->p_comm);
	*td2->td_frame = *td->td_frame;
	td2->td_frame->rax = 0;
	cpu_fork_kthread_handler(td2, NULL, NULL);
	sched_add(td2, PCPU_CPUID());
	return (p2);
}

int
sys_fork(struct trap_frame *frame)
{
	frame->rax = (u_long)fork1(curthread, ++lastpid)->p_pid;
	SCHEDULE_POINT(forked);
	return (0);
}

/** Another thread of this process, on a CPU of the caller's choice (ours: the real call has no such argument). */
int
sys_thr_new(struct trap_frame *frame)
{
	struct thread *td = thread_alloc(curproc, curthread->td_tid + 100, curproc->p_comm);

	*td->td_frame = *frame;
	td->td_frame->rip = frame->rdi;
	td->td_frame->rdi = frame->rsi;
	cpu_fork_kthread_handler(td, NULL, NULL);
	sched_add(td, (int)frame->rdx);
	SCHEDULE_POINT(thr_new);
	return (0);
}

/** Waits for a signal; none comes here. */
int
sys_sigsuspend(struct trap_frame *frame)
{
	(void)frame;
	sched_sleep();
	return (4);
}

int
sys_sched_yield(struct trap_frame *frame)
{
	(void)frame;
	sched_relinquish();
	return (0);
}
