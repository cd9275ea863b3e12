/*
 * The dispatcher: one queue per CPU and priority, real-time threads preempt the kernel. Threads do not move between CPUs by themselves.
 * Source of names: illumos-gate, usr/src/uts/common/disp/disp.c.
 */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/kmem.h"
#include "sys/proc.h"

/** Ticks that a switch takes between the last save and the first restore operator: page tables, t_lock, stacks. */
int hat_switch_ticks = 900;

void
disp_init(cpu_t *cp)
{
	disp_t *dp = &cp->cpu_disp_storage;

	dp->disp_npri = NGLOBPRIS;
	dp->disp_q = cp->cpu_dispq_storage;
	dp->disp_q_limit = dp->disp_q + NGLOBPRIS;
	dp->disp_maxrunpri = -1;
	dp->disp_max_unbound_pri = -1;
	dp->disp_cpu = cp;
	cp->cpu_disp = dp;
	cp->cpu_dispatch_pri = -1;
}

static void
setdq(kthread_t *t, boolean_t to_front)
{
	cpu_t *cp = t->t_bound_cpu != NULL ? t->t_bound_cpu : t->t_cpu;
	disp_t *dp = cp->cpu_disp;
	dispq_t *dq = &dp->disp_q[t->t_pri];
	uint64_t flags = interrupts_save();

	disp_lock_enter(&dp->disp_lock);
	t->t_state = TS_RUN;
	t->t_lockp = &dp->disp_lock;
	t->t_disp_queue = dp;
	t->t_link = NULL;
	if (dq->dq_first == NULL) {
		dq->dq_first = dq->dq_last = t;
	} else if (to_front) {
		t->t_link = dq->dq_first;
		dq->dq_first = t;
	} else {
		dq->dq_last->t_link = t;
		dq->dq_last = t;
	}
	dq->dq_sruncnt++;
	dp->disp_nrunnable++;
	if (t->t_pri > dp->disp_maxrunpri)
		dp->disp_maxrunpri = t->t_pri;
	disp_lock_exit(&dp->disp_lock);
	cpu_resched(cp, t->t_pri);
	interrupts_restore(flags);
}

void setbackdq(kthread_t *t) { setdq(t, B_FALSE); }
void setfrontdq(kthread_t *t) { setdq(t, B_TRUE); }

/* A thread that slept may run. */
void
setrun(kthread_t *t)
{
	ASSERT(t->t_state == TS_SLEEP);
	t->t_wchan = t->t_wchan0 = NULL;
	setbackdq(t);
}

/* A thread of priority tpri waits on cp: shall it have the CPU now? */
void
cpu_resched(cpu_t *cp, pri_t tpri)
{
	if (tpri <= cp->cpu_dispatch_pri)
		return;
	cp->cpu_runrun = 1;
	if (tpri >= kpreemptpri)
		cp->cpu_kprunrun = 1;
	if (cp != CPU)
		poke_cpu(cp->cpu_id);
}

void
poke_cpu(int cpun)
{
	ipi_send((uint32_t)cpun, VECTOR_POKE);
}

void
thread_onproc(kthread_t *t, cpu_t *cp)
{
	t->t_state = TS_ONPROC;
	t->t_lockp = &cp->cpu_thread_lock;
	t->t_cpu = cp;
	cp->cpu_dispthread = t;
	cp->cpu_dispatch_pri = t == cp->cpu_idle_thread ? -1 : t->t_pri;
	cp->cpu_runrun = cp->cpu_kprunrun = 0;
}

/* Takes the best thread off the queue; the idle thread when there is none. */
static kthread_t *
disp(cpu_t *cp)
{
	disp_t *dp = cp->cpu_disp;
	kthread_t *t = cp->cpu_idle_thread;
	pri_t pri;

	disp_lock_enter(&dp->disp_lock);
	pri = dp->disp_maxrunpri;
	if (pri >= 0) {
		dispq_t *dq = &dp->disp_q[pri];

		t = dq->dq_first;
		dq->dq_first = t->t_link;
		if (dq->dq_first == NULL)
			dq->dq_last = NULL;
		dq->dq_sruncnt--;
		dp->disp_nrunnable--;
		while (pri >= 0 && dp->disp_q[pri].dq_first == NULL)
			pri--;
		dp->disp_maxrunpri = pri;
		t->t_link = NULL;
	}
	disp_lock_exit(&dp->disp_lock);
	thread_onproc(t, cp);
	return (t);
}

/* The current thread gives its CPU away; it is on a queue already, or a zombie, or the idle thread. */
void
swtch(void)
{
	uint64_t flags = interrupts_save();
	kthread_t *t = curthread;
	kthread_t *next = disp(CPU);

	CPU->cpu_stats.pswitch++;
	if (next != t)
		resume(next);
	interrupts_restore(flags);
}

/* Called by resume, on the idle thread's stack, when the old thread is saved: page tables. */
void
hat_switch(kthread_t *t)
{
	struct as *as = ttoproc(t)->p_as;
	uint64_t root = as != NULL ? as->a_hat_root : kernel_root;

	if (read_cr3() != root)
		write_cr3(root);
	time_work(hat_switch_ticks);
}

/* Called by resume, on the idle thread's stack, when the new thread is the current one: the stack for traps from user mode. */
void
resume_onto(kthread_t *t)
{
	if (t->t_lwp != NULL)
		CPU->cpu_tss->rsp0 = (uint64_t)(t->t_lwp->lwp_regs + 1);
}

/* Gives the CPU to a better thread, from the boundary of user mode. */
void
preempt(void)
{
	kthread_t *t = curthread;
	uint64_t flags = interrupts_save();

	CPU->cpu_stats.inv_swtch++;
	setfrontdq(t);
	swtch();
	interrupts_restore(flags);
}

int
CPU_KPREEMPT_PENDING(void)
{
	return (CPU->cpu_kprunrun);
}

/* The same inside the kernel, unless the thread has forbidden it. */
void
kpreempt(int asyncspl)
{
	kthread_t *t = curthread;

	if (t == CPU->cpu_idle_thread || t->t_preempt != 0)
		return;
	SCHEDULE_POINT(kpreempt);
	preempt();
}

void
thread_affinity_set(kthread_t *t, int cpu_id)
{
	t->t_bound_cpu = cpu[cpu_id];
	t->t_affinitycnt++;
}

void
thread_affinity_clear(kthread_t *t)
{
	if (--t->t_affinitycnt == 0 && t->t_bind_cpu == -1)
		t->t_bound_cpu = NULL;
}

void
idle(void)
{
	cpu_t *cp = CPU;

	for (;;) {
		cli();
		if (cp->cpu_disp->disp_nrunnable > 0) {
			swtch();
			continue;
		}
		SCHEDULE_POINT(idle);
		sti_hlt();
	}
}
