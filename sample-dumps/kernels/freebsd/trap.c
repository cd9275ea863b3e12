/* System calls, faults, interrupts. Source: FreeBSD, amd64/amd64/trap.c. */
#include "bsd/trap.h"
#include "sys/ktr.h"
#include "vm/vm.h"
#include "workload.h"

#define SIGSEGV		11
#define PGEX_W		2
#define IPI_AST		0xf2
#define TIMER_VECTOR	32

/* Numbers of the messages. */
#define T_PROTFLT	9
#define T_PAGEFLT	12

static const struct {
	int	number;
	int	(*call)(struct trap_frame *frame);
} sysent[] = {
	{ 1, sys_sys_exit },
	{ 2, sys_fork },
	{ 3, sys_read },
	{ 7, sys_wait4 },
	{ 73, sys_munmap },
	{ 331, sys_sched_yield },
	{ 341, sys_sigsuspend },
	{ 455, sys_thr_new },
};

int
sys_munmap(struct trap_frame *frame)
{
	vm_map_remove(&curproc->p_vmspace->vm_map, frame->rdi, frame->rdi + frame->rsi);
	return (0);
}

/** Called by fast_syscall with interrupts on. */
void
amd64_syscall(struct trap_frame *frame)
{
	int number = (int)frame->rax, error;

	curthread->td_frame = frame;
	frame->rax = 0;
	CTR3(KTR_SYSC, "syscall: pid %d number %d argument %#lx", curproc->p_pid, number, frame->rdi);
	SCHEDULE_POINT(syscall);
	error = SYSENT_CALL(sysent, number, frame);
	if (error != 0)
		frame->rax = (u_long)-error;
	SCHEDULE_POINT(syscall_done);
}

static void
trap_fatal(struct trap_frame *frame, vm_offset_t eva)
{
	int type = frame->vector == TRAP_PF ? T_PAGEFLT : T_PROTFLT;
	const char *name = type == T_PAGEFLT ? "page fault" : "general protection fault";

	save_context_for_dump();
	kprintf(FATAL_TRAP_FORMAT, type, name, PCPU_CPUID(), (unsigned long)eva, (unsigned long)frame->cs,
	    (unsigned long)frame->rip);
	panic("%s", name);
}

static void
trap_pfault(struct trap_frame *frame, vm_offset_t eva)
{
	vm_prot_t type = frame->error & PGEX_W ? VM_PROT_READ | VM_PROT_WRITE : VM_PROT_READ;

	CTR3(KTR_TRAP, "trap_pfault: address %p at %p error %#lx", eva, frame->rip, frame->error);
	if (eva >= VM_MAXUSER_ADDRESS || !trap_from_user(frame))
		trap_fatal(frame, eva);
	sti();
	if (vm_fault(&curproc->p_vmspace->vm_map, eva, type) != 0)
		sigexit(curthread, SIGSEGV);
	cli();
}

/** Called by the shared entry code with interrupts off. */
void
kernel_trap(struct trap_frame *frame)
{
	switch (frame->vector) {
	case TRAP_PF:
		trap_pfault(frame, read_cr2());
		break;
	case TIMER_VECTOR:
	case IPI_AST:
		interrupt_done();
		sched_preempt();
		break;
	case IPI_INVLOP:
		interrupt_done();
		SCHEDULE_POINT(invlop);
		invlop_handler();
		break;
	default:
		trap_fatal(frame, 0);
	}
}
