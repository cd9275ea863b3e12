/* System calls, page faults, interrupts. Source: DragonFly, platform/pc64/x86_64/trap.c. */
#include "bsd/trap.h"
#include "sys/signalvar.h"

#define T_PAGEFLT	12	/* the number that the messages use */
#define PGEX_W		2

static const struct {
	int	number;
	int	(*call)(struct trap_frame *frame);
} sysent[] = {
	{ 6, sys_close },
	{ 26, sys_ptrace },
	{ 42, sys_pipe },
	{ 73, sys_munmap },
	{ 331, sys_sched_yield },
	{ 500, sys_bigmap },
	{ 501, sys_canary },
	{ 502, sys_user_canary },
};

int
sys_munmap(struct trap_frame *frame)
{
	return (vm_map_remove(&curproc->p_vmspace->vm_map, frame->rdi, frame->rdi + frame->rsi));
}

int
sys_sched_yield(struct trap_frame *frame)
{
	(void)frame;
	lwkt_yield();
	return (0);
}

/** Called by Xfast_syscall with interrupts on. The calls themselves set rax when they have more than an error to say. */
void
syscall2(struct trap_frame *frame)
{
	int number = (int)frame->rax, error;

	curthread->td_lwp->lwp_md_regs = frame;
	frame->rax = 0;
	SCHEDULE_POINT(syscall);
	error = SYSENT_CALL(sysent, number, frame);
	if (error != 0)
		frame->rax = (u64)-error;
	SCHEDULE_POINT(syscall_done);
	userret(curthread->td_lwp, frame);
}

static void
trap_fatal(struct trap_frame *frame, vm_offset_t eva)
{
	bsd_kprintf(FATAL_TRAP_FORMAT, T_PAGEFLT, "page fault", mycpuid, (unsigned long)eva, (unsigned long)frame->cs,
	    (unsigned long)frame->rip);
	panic("page fault");
}

static void
trap_pfault(struct trap_frame *frame, vm_offset_t eva)
{
	vm_prot_t type = frame->error & PGEX_W ? VM_PROT_READ | VM_PROT_WRITE : VM_PROT_READ;

	if (eva >= VM_MAX_USER_ADDRESS || curproc == NULL)
		trap_fatal(frame, eva);
	sti();
	if (vm_fault(&curthread->td_lwp->lwp_vmspace->vm_map, eva, type) != 0) {
		if (!trap_from_user(frame))
			trap_fatal(frame, eva);
		lwpsignal(curthread->td_lwp, SIGSEGV);
	}
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
	case XINVLTLB_OFFSET:
		interrupt_done();
		SCHEDULE_POINT(xinvltlb);
		smp_inval_intr();
		break;
	default:
		panic("trap %d at %lx", (int)frame->vector, (unsigned long)frame->rip);
	}
}
