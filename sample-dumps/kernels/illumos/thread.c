/* Kernel threads: making them, ending them, and the list of all. Source of names: illumos-gate, usr/src/uts/common/disp/thread.c. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/kmem.h"
#include "sys/proc.h"
#include "sys/turnstile.h"

kthread_t t0;
int nthread = 1;

static kmutex_t thread_list_lock;
static kt_did_t next_t_id = 1;

/* Threads that have exited and wait for thread_free. */
kthread_t *thread_deathrow, *lwp_deathrow;
static struct spin_lock reaplock;
static kcondvar_t reaper_cv;

void
thread_link(kthread_t *t, proc_t *pp)
{
	t->t_did = next_t_id++;
	if (t != &t0) {
		t->t_next = &t0;
		t->t_prev = t0.t_prev;
		t0.t_prev->t_next = t;
		t0.t_prev = t;
		nthread++;
	} else {
		t->t_next = t->t_prev = t;
	}
	t->t_procp = pp;
	if (pp->p_tlist == NULL) {
		pp->p_tlist = t;
		t->t_forw = t->t_back = t;
	} else {
		t->t_forw = pp->p_tlist;
		t->t_back = pp->p_tlist->t_back;
		pp->p_tlist->t_back->t_forw = t;
		pp->p_tlist->t_back = t;
	}
	pp->p_lwpcnt++;
}

static void
thread_unlink(kthread_t *t)
{
	proc_t *pp = ttoproc(t);

	t->t_next->t_prev = t->t_prev;
	t->t_prev->t_next = t->t_next;
	t->t_forw->t_back = t->t_back;
	t->t_back->t_forw = t->t_forw;
	if (pp->p_tlist == t)
		pp->p_tlist = t->t_forw == t ? NULL : t->t_forw;
	nthread--;
	if (--pp->p_lwpcnt == 0 && pp->p_parent != NULL)
		cv_broadcast(&pp->p_parent->p_cv);
}

/* What every new thread has, with or without an lwp. */
void
thread_init_fields(kthread_t *t, caddr_t stkbase, size_t stksize, proc_t *pp, pri_t pri)
{
	t->t_stkbase = stkbase;
	t->t_stksize = stksize;
	t->t_swap = stkbase - PAGE_SIZE;
	t->t_pri = pri;
	t->t_schedflag = TS_LOAD;
	t->t_bind_cpu = -1;
	t->t_cred = pp->p_cred;
	t->t_start = hrestime_seconds;
	t->t_ts = kmem_zalloc(sizeof (turnstile_t), KM_SLEEP);
	t->t_cpu = cpu[0];
}

/* A thread that begins in thread_start, on an empty stack. */
static void
thread_load(kthread_t *t, void (*start)(), void *arg)
{
	uintptr_t *sp = (uintptr_t *)t->t_stk;

	t->t_startpc = start;
	t->t_pcb = (label_t){ .val = { (long)thread_start, (long)sp, 0, 0, 0, 0, (long)start, (long)arg } };
}

kthread_t *
thread_create(caddr_t stk, size_t stksize, void (*proc)(void), void *arg, proc_t *pp, int state, pri_t pri)
{
	kthread_t *t = kmem_cache_alloc(thread_cache, KM_SLEEP);

	memset(t, 0, sizeof (*t));
	if (stk == NULL) {
		stksize = DEFAULTSTKSZ;
		stk = segkp_get(stksize);
		t->t_flag |= T_TALLOCSTK;
	}
	thread_init_fields(t, stk, stksize, pp, pri);
	t->t_stk = stk + stksize - 0x10;
	thread_load(t, proc, arg);
	mutex_enter(&thread_list_lock);
	thread_link(t, pp);
	mutex_exit(&thread_list_lock);
	if (state == TS_RUN)
		setbackdq(t);
	else
		t->t_state = state;
	return (t);
}

void
thread_exit(void)
{
	kthread_t *t = curthread;

	cli();
	if (t->t_ctx != NULL)
		exitctx(t);
	t->t_state = TS_ZOMB;
	spin_enter(&reaplock);
	if (t->t_lwp != NULL) {
		t->t_link = lwp_deathrow;
		lwp_deathrow = t;
	} else {
		t->t_link = thread_deathrow;
		thread_deathrow = t;
	}
	spin_exit(&reaplock);
	cv_signal(&reaper_cv);
	swtch();
	panic("thread_exit: zombie thread %p runs", (void *)t);
}

void
thread_free(kthread_t *t)
{
	/* The thread may still be on its way off its CPU. */
	lock_set(&t->t_lock);
	freectx(t, 0);
	mutex_enter(&thread_list_lock);
	thread_unlink(t);
	mutex_exit(&thread_list_lock);
	segkp_release(t->t_stkbase, t->t_stksize);
	if (t->t_lwp != NULL)
		kmem_cache_free(lwp_cache, t->t_lwp);
	kmem_free(t->t_ts, sizeof (turnstile_t));
	t->t_state = TS_FREE;
	kmem_cache_free(thread_cache, t);
}

/* The thread that frees what has exited. */
void
thread_reaper(void)
{
	for (;;) {
		kthread_t *t;
		uint64_t flags = interrupts_save();

		spin_enter(&reaplock);
		t = lwp_deathrow != NULL ? lwp_deathrow : thread_deathrow;
		if (t != NULL && t == lwp_deathrow)
			lwp_deathrow = t->t_link;
		else if (t != NULL)
			thread_deathrow = t->t_link;
		spin_exit(&reaplock);
		if (t == NULL)
			cv_wait(&reaper_cv, NULL);
		interrupts_restore(flags);
		if (t != NULL)
			thread_free(t);
	}
}
