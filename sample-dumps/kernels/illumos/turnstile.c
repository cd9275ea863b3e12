/* Turnstiles and sleep queues. Source of names: illumos-gate, usr/src/uts/common/os/{turnstile,condvar,sleepq}.c. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/turnstile.h"

turnstile_chain_t turnstile_table[TURNSTILE_HASH_SIZE];
sobj_ops_t mutex_sobj_ops = { SOBJ_MUTEX };
sobj_ops_t cv_sobj_ops = { SOBJ_CV };

/* Interrupt state of the CPU that holds a chain: one chain at a time, so the thread's word is enough. */
static uint64_t chain_flags[NCPU];

static turnstile_chain_t *
turnstile_chain(const void *sobj)
{
	return (&turnstile_table[(uintptr_t)sobj / 64 % TURNSTILE_HASH_SIZE]);
}

turnstile_t *
turnstile_lookup(void *sobj)
{
	turnstile_chain_t *tc = turnstile_chain(sobj);
	uint64_t flags = interrupts_save();
	turnstile_t *ts;

	disp_lock_enter(&tc->tc_lock);
	chain_flags[CPU->cpu_id] = flags;
	for (ts = tc->tc_first; ts != NULL && ts->ts_sobj != sobj; ts = ts->ts_next)
		continue;
	return (ts);
}

void
turnstile_exit(void *sobj)
{
	uint64_t flags = chain_flags[CPU->cpu_id];

	disp_lock_exit(&turnstile_chain(sobj)->tc_lock);
	interrupts_restore(flags);
}

static void
sleepq_insert(sleepq_t *sq, kthread_t *t)
{
	kthread_t **link = &sq->sq_first;

	while (*link != NULL && (*link)->t_pri >= t->t_pri)
		link = &(*link)->t_link;
	t->t_link = *link;
	*link = t;
}

void
turnstile_block(turnstile_t *ts, int qnum, void *sobj)
{
	kthread_t *t = curthread;
	turnstile_chain_t *tc = turnstile_chain(sobj);
	uint64_t flags = chain_flags[CPU->cpu_id];

	if (ts == NULL) {
		ts = t->t_ts;
		*ts = (turnstile_t){ .ts_next = tc->tc_first, .ts_sobj = sobj };
		tc->tc_first = ts;
	} else {
		t->t_ts->ts_free = ts->ts_free;
		ts->ts_free = t->t_ts;
		t->t_ts = ts;
	}
	ts->ts_waiters++;
	t->t_state = TS_SLEEP;
	t->t_wchan = sobj;
	t->t_sobj_ops = &mutex_sobj_ops;
	t->t_lockp = &tc->tc_lock;
	sleepq_insert(&ts->ts_sleepq[qnum], t);
	disp_lock_exit(&tc->tc_lock);
	SCHEDULE_POINT(turnstile_block);
	swtch();
	SCHEDULE_POINT(turnstile_woken);
	t->t_sobj_ops = NULL;
	interrupts_restore(flags);
}

/* Gives every waiter a turnstile back; the last one gets the lock's own. */
void
turnstile_wakeup(turnstile_t *ts, int qnum)
{
	turnstile_chain_t *tc;
	uint64_t flags = chain_flags[CPU->cpu_id];
	kthread_t *t;

	ASSERT(ts != NULL);
	tc = turnstile_chain(ts->ts_sobj);
	while ((t = ts->ts_sleepq[qnum].sq_first) != NULL) {
		ts->ts_sleepq[qnum].sq_first = t->t_link;
		if (--ts->ts_waiters > 0) {
			t->t_ts = ts->ts_free;
			ts->ts_free = t->t_ts->ts_free;
			t->t_ts->ts_free = NULL;
		} else {
			turnstile_t **link = &tc->tc_first;

			while (*link != ts)
				link = &(*link)->ts_next;
			*link = ts->ts_next;
			t->t_ts = ts;
			ts->ts_sobj = NULL;
		}
		setrun(t);
	}
	disp_lock_exit(&tc->tc_lock);
	interrupts_restore(flags);
}

/* Condition variables sleep on queues of their own, hashed by address. */
#define SLEEPQ_HASH_SIZE	16
typedef struct sleepq_head {
	sleepq_t	sq_queue;
	disp_lock_t	sq_lock;
} sleepq_head_t;
sleepq_head_t sleepq_head[SLEEPQ_HASH_SIZE];

static sleepq_head_t *
cv_queue(const kcondvar_t *cvp)
{
	return (&sleepq_head[(uintptr_t)cvp / 8 % SLEEPQ_HASH_SIZE]);
}

void
cv_wait(kcondvar_t *cvp, kmutex_t *mp)
{
	kthread_t *t = curthread;
	sleepq_head_t *sqh = cv_queue(cvp);
	uint64_t flags = interrupts_save();

	disp_lock_enter(&sqh->sq_lock);
	((condvar_impl_t *)cvp)->cv_waiters++;
	t->t_state = TS_SLEEP;
	t->t_wchan = (caddr_t)cvp;
	t->t_sobj_ops = &cv_sobj_ops;
	t->t_lockp = &sqh->sq_lock;
	sleepq_insert(&sqh->sq_queue, t);
	disp_lock_exit(&sqh->sq_lock);
	if (mp != NULL)
		mutex_exit(mp);
	swtch();
	t->t_sobj_ops = NULL;
	interrupts_restore(flags);
	if (mp != NULL)
		mutex_enter(mp);
}

static void
cv_wake(kcondvar_t *cvp, int count)
{
	sleepq_head_t *sqh = cv_queue(cvp);
	uint64_t flags = interrupts_save();
	kthread_t **link;

	disp_lock_enter(&sqh->sq_lock);
	for (link = &sqh->sq_queue.sq_first; *link != NULL && count > 0; ) {
		kthread_t *t = *link;

		if (t->t_wchan != (caddr_t)cvp) {
			link = &t->t_link;
			continue;
		}
		*link = t->t_link;
		((condvar_impl_t *)cvp)->cv_waiters--;
		count--;
		setrun(t);
	}
	disp_lock_exit(&sqh->sq_lock);
	interrupts_restore(flags);
}

void cv_signal(kcondvar_t *cvp) { cv_wake(cvp, 1); }
void cv_broadcast(kcondvar_t *cvp) { cv_wake(cvp, __INT32_MAX__); }
