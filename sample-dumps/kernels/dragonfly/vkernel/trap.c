/* Guests run, stop, and are served. Source: DragonFly, platform/vkernel64/x86_64/trap.c, npx.c. */
#include "bsd/trap.h"
#include "vkernel.h"

#define EFAULT		14
#define PGEX_W		2

static const struct {
	int	number;
	int	(*call)(struct trapframe *frame);
} sysent[] = {
	{ 4, sys_write },
	{ 59, sys_execve },
	{ 73, sys_munmap },
	{ 470, sys_umtx_wakeup },
	{ 501, guest_canary },
	{ 502, sys_remap },
};

/** FPU state to memory: nobody owns the registers then. */
void
npxsave(struct savexmm64 *area)
{
	fpu_fxsave(area);
	mdcpu->gd_npxthread = NULL;
}

/** This thread's FPU state to the registers. */
void
npxdna(void)
{
	fpu_fxrstor(curthread->td_savefpu);
	mdcpu->gd_npxthread = curthread;
}

/** An lwp's life: it runs its guest and does what the guest asks for. */
void
go_user(void *arg)
{
	struct trapframe *frame = arg;

	for (;;) {
		crit_enter();
		if (mdcpu->gd_npxthread != curthread) {
			if (mdcpu->gd_npxthread != NULL)
				npxsave(mdcpu->gd_npxthread->td_savefpu);
			npxdna();
		}
		vmspace_ctl(&curproc->p_vmspace->vm_pmap, VMSPACE_CTL_RUN, frame);
#ifdef FIX_FPSAVE
		/* Whatever libc does with the registers, it does to nobody's. */
		if (mdcpu->gd_npxthread == curthread)
			npxsave(curthread->td_savefpu);
#endif
		crit_exit();
		SCHEDULE_POINT(user_stopped);
		user_trap(frame);
	}
}

static void
trap_pfault(struct trapframe *frame)
{
	vm_prot_t type = frame->tf.error & PGEX_W ? VM_PROT_READ | VM_PROT_WRITE : VM_PROT_READ;
	struct lwp *lp = curthread->td_lwp;
	int fault_flags = VM_FAULT_NORMAL, error;

#ifdef FIX_USERMODE
	if (trap_from_user(&frame->tf))
		fault_flags |= VM_FAULT_USERMODE;
#endif
	error = vm_fault(&lp->lwp_vmspace->vm_map, frame->tf_addr, type, fault_flags);
	if (error != 0)
		lwpsignal(lp, error == EFAULT ? SIGSEGV : SIGKILL);
}

/** What a guest stopped for. */
void
user_trap(struct trapframe *frame)
{
	int number = (int)frame->tf.rax, error;

	if (frame->tf.vector == T_PAGEFLT) {
		trap_pfault(frame);
		return;
	}
	SCHEDULE_POINT(syscall);
	frame->tf.rax = 0;
	error = SYSENT_CALL(sysent, number, frame);
	if (error != 0)
		frame->tf.rax = (u64)-error;
	SCHEDULE_POINT(syscall_done);
}

int usched_migrates;		/* knob: an lwp that is interrupted goes on where a CPU is free */
struct thread *usched_waiting;	/* that one */

/** Another thread of this CPU runs before the one that was interrupted, unless that one is in a critical section. */
void
lwkt_preempt(void)
{
	struct thread *td = curthread, *next;

	if (td->td_critcount != 0)
		return;
	lwkt_deschedule_self();
	next = TAILQ_FIRST(&td->td_gd->gd_tdrunq);
	if (next == NULL || !usched_migrates || td->td_lwp == NULL)
		lwkt_schedule(td);
	else
		usched_waiting = td;
	if (next == NULL)
		return;
	next->td_preempted = td;
	lwkt_switch();
	next->td_preempted = NULL;
}
