/* The slow side of adaptive mutexes (lock_prim.S has the fast one): spin while the owner runs, sleep on a turnstile while it does not. Source of names: illumos-gate, uts/common/os/mutex.c. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/turnstile.h"

void
lock_set(lock_t *lp)
{
	while (__atomic_exchange_n(lp, 1, __ATOMIC_ACQUIRE) != 0)
		cpu_pause();
}

int
lock_try(lock_t *lp)
{
	return (__atomic_exchange_n(lp, 1, __ATOMIC_ACQUIRE) == 0);
}

void
lock_clear(lock_t *lp)
{
	__atomic_store_n(lp, 0, __ATOMIC_RELEASE);
}

/* Dispatcher locks: interrupts are off. */
void disp_lock_enter(disp_lock_t *lp) { lock_set(lp); }
void disp_lock_exit(disp_lock_t *lp) { lock_clear(lp); }

static boolean_t
mutex_try(mutex_impl_t *lp)
{
	uintptr_t free = 0;

	return (__atomic_compare_exchange_n(&lp->m_owner, &free, (uintptr_t)curthread, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED) ?
	    B_TRUE : B_FALSE);
}

kthread_t *
mutex_owner(const kmutex_t *lp)
{
	return ((kthread_t *)(((const mutex_impl_t *)lp)->m_owner & MUTEX_THREAD));
}

static boolean_t
mutex_owner_running(const kmutex_t *lp)
{
	kthread_t *owner = mutex_owner(lp);

	for (int id = 0; id < ncpus; id++) {
		if (owner != NULL && cpu[id]->cpu_thread == owner)
			return (B_TRUE);
	}
	return (B_FALSE);
}

void
mutex_vector_enter(kmutex_t *lp)
{
	mutex_impl_t *impl = (mutex_impl_t *)lp;

	if (mutex_owner(lp) == curthread)
		panic("recursive mutex_enter, lp=%p owner=%p", (void *)lp, (void *)curthread);
	while (!mutex_try(impl)) {
		turnstile_t *ts;
		uintptr_t owner;

		if (mutex_owner_running(lp)) {
			cpu_pause();
			continue;
		}
		/* The owner sleeps or waits for a CPU. Say that somebody waits, then look again: it may have gone meanwhile. */
		ts = turnstile_lookup(lp);
		owner = impl->m_owner;
		if (owner != 0 && !mutex_owner_running(lp) && __atomic_compare_exchange_n(&impl->m_owner, &owner,
		    owner | MUTEX_WAITERS, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			turnstile_block(ts, TS_WRITER_Q, lp);
		else
			turnstile_exit(lp);
	}
}

/* The owner word is not simply ours: somebody waits. */
void
mutex_vector_exit(kmutex_t *lp)
{
	turnstile_t *ts;

	if (mutex_owner(lp) != curthread)
		panic("mutex_exit: not owner, lp=%p owner=%p", (void *)lp, (void *)mutex_owner(lp));
	ts = turnstile_lookup(lp);
	__atomic_store_n(&((mutex_impl_t *)lp)->m_owner, 0, __ATOMIC_RELEASE);
	turnstile_wakeup(ts, TS_WRITER_Q);
}
