/* System calls. Source: akaros, kern/src/syscall.c; those that the life of a VM and its parent need. */
#include "ros/smp.h"

static int
sys_proc_destroy(struct proc *p, pid_t pid, int exitcode)
{
	struct proc *p_to_die = pid == 0 ? pid2proc(p->pid) : pid2proc(pid);

	if (p_to_die == NULL)
		return (-1);
	p_to_die->exitcode = exitcode;
	proc_destroy(p_to_die);
	proc_decref(p_to_die);
	return (0);
}

/* @return the child's pid when one was reaped, 0 when there is nothing yet, -ECHILD when there is none to wait for */
static pid_t
try_wait(struct proc *parent, pid_t pid)
{
	struct proc *child;
	bool has_child = false;

	TAILQ_FOREACH(child, &parent->children, sibling_link) {
		pid_t child_pid = child->pid;

		if (pid != -1 && pid != child_pid)
			continue;
		has_child = true;
		if (child->state == PROC_DYING || child->state == PROC_DYING_ABORT) {
			__proc_disown_child(parent, child);
			return (child_pid);
		}
	}
	return (has_child ? 0 : -ECHILD);
}

static pid_t
sys_waitpid(struct proc *parent, pid_t pid, int options)
{
	struct proc *held = pid == -1 ? NULL : pid2proc(pid);
	pid_t result;

	cv_lock(&parent->child_wait);
	while ((result = try_wait(parent, pid)) == 0 && !(options & WNOHANG))
		cv_wait(&parent->child_wait);
	cv_unlock(&parent->child_wait);
	if (held != NULL)
		proc_decref(held);
	return (result);
}

/* Sleeps until aborted, as a read from a pipe would. */
static int
sys_block_abortable(struct proc *p)
{
	struct abort_sleeper sleeper = { .kth = current_kthread };

	sem_init(&sleeper.sem, 0);
	spin_lock(&p->abort_list_lock);
	TAILQ_INSERT_TAIL(&p->abortable_sleepers, &sleeper, link);
	spin_unlock(&p->abort_list_lock);
	sem_down(&sleeper.sem);
	return (-EINTR);
}

/* A new process, ready to run; nobody runs it yet. */
static pid_t
sys_proc_create(struct proc *parent)
{
	struct proc *p;

	SCHEDULE_POINT(proc_create);
	p = proc_alloc(parent, "hello", CHILD_PID, NULL, CHILD_PGDIR);
	__proc_ready(p);
	__proc_set_state(p, PROC_RUNNABLE_S);
	proc_decref(p);		/* the creator's */
	return (CHILD_PID);
}

/** Every system call of `p` that sleeps is woken, on this core. */
void
abort_all_sysc(struct proc *p)
{
	struct abort_sleeper *sleeper;

	spin_lock(&p->abort_list_lock);
	while ((sleeper = TAILQ_FIRST(&p->abortable_sleepers)) != NULL) {
		TAILQ_REMOVE(&p->abortable_sleepers, sleeper, link);
		sem_up(&sleeper->sem);
	}
	spin_unlock(&p->abort_list_lock);
}

/* The process's own context becomes the guest's. */
static int
sys_vmm_run(struct proc *p, uintptr_t rip)
{
	struct user_context *ctx = current_ctx;

	(void)p;
	memset(ctx, 0, sizeof(*ctx));
	ctx->type = ROS_VM_CTX;
	ctx->tf.vm_tf.tf_rip = rip;
	ctx->tf.vm_tf.tf_cr3 = 0x1000;
	ctx->tf.vm_tf.tf_rsp = 0x8000;
	ctx->tf.vm_tf.tf_guest_pcoreid = 0;
	return (0);
}

/** Delivers a signal: an event for the process, which handles it on its own core. */
void
send_posix_signal(pid_t pid, int signal)
{
	struct proc *p = pid2proc(pid);
	struct vcore *vc;

	(void)signal;
	if (p == NULL)
		return;
	spin_lock(&p->proc_lock);
	p->procdata->vcore_preempt_data[0].notif_pending = true;
	vc = TAILQ_FIRST(&p->online_vcs);
	if (p->state == PROC_RUNNING_M && vc != NULL)
		send_kernel_message(vc->pcoreid, __notify, (long)p, 0, 0, KMSG_ROUTINE);
	spin_unlock(&p->proc_lock);
	proc_wakeup_mcp(p, p->procinfo->vcoremap[0].pcoreid);
	proc_decref(p);
}

long
syscall(struct proc *p, uintptr_t sc_num, long a0, long a1, long a2)
{
	(void)a2;
	switch (sc_num) {
	case SYS_proc_destroy:
		return (sys_proc_destroy(p, (pid_t)a0, (int)a1));
	case SYS_waitpid:
		return (sys_waitpid(p, (pid_t)a0, (int)a1));
	case SYS_block_abortable:
		return (sys_block_abortable(p));
	case SYS_proc_yield:
		proc_yield(p);
		return (0);
	case SYS_vmm_run:
		return (sys_vmm_run(p, (uintptr_t)a0));
	case SYS_kill:
		send_posix_signal((pid_t)a0, (int)a1);
		return (0);
	case SYS_proc_create:
		return (sys_proc_create(p));
	default:
		return (-1);
	}
}

static void
run_local_syscall(struct syscall *sysc)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();

	pcpui->cur_kthread->sysc = sysc;
	sysc->retval = syscall(pcpui->cur_proc, sysc->num, sysc->arg0, sysc->arg1, sysc->arg2);
	/* It may be another core by now, with another per_cpu_info. */
	this_pcpui_ptr()->cur_kthread->sysc = NULL;
}

/** Called by sysenter_handler, on the top of the kernel stack, with the context that the process has after the call. */
void
sysenter_callwrapper(struct sw_trapframe *sw_tf, uintptr_t num, long a0, long a1, long a2)
{
	struct per_cpu_info *pcpui = this_pcpui_ptr();
	struct syscall sysc = { .num = (unsigned int)num, .arg0 = a0, .arg1 = a1, .arg2 = a2 };

	pcpui->cpu_state = CPU_STATE_KERNEL;
	pcpui->actual_ctx.type = ROS_SW_CTX;
	pcpui->actual_ctx.tf.sw_tf = *sw_tf;
	pcpui->cur_ctx = &pcpui->actual_ctx;
	sti();
	run_local_syscall(&sysc);
	SCHEDULE_POINT(syscall_done);
	proc_restartcore();
}
