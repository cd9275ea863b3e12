/* Mutexes: all spin here, and those for interrupt handlers keep interrupts off. Source: FreeBSD, kern/kern_mutex.c, amd64/amd64/machdep.c. */
#include "sys/proc.h"

void
mtx_init(struct mtx *m, const char *name)
{
	m->lock_object.lo_name = name;
	m->mtx_lock = MTX_UNOWNED;
}

void
mtx_lock(struct mtx *m)
{
	u_long free;

	for (free = MTX_UNOWNED; !__atomic_compare_exchange_n(&m->mtx_lock, &free, (u_long)curthread, false,
	    __ATOMIC_RELAXED, __ATOMIC_RELAXED); free = MTX_UNOWNED)
		cpu_pause();
	atomic_thread_fence_acq();
}

/** What was stored under the lock is visible before the lock is free. */
void
mtx_unlock(struct mtx *m)
{
	atomic_thread_fence_rel();
	__atomic_exchange_n(&m->mtx_lock, MTX_UNOWNED, __ATOMIC_RELAXED);
}

/** A thread may hold several; interrupts come back with the last. */
static void
spinlock_enter(void)
{
	u_long flags = interrupts_save();
	struct thread *td = curthread;

	if (td->td_spinlock_count++ == 0)
		td->td_saved_flags = flags;
	critical_enter();
}

static void
spinlock_exit(void)
{
	struct thread *td = curthread;

	critical_exit();
	if (--td->td_spinlock_count == 0)
		interrupts_restore(td->td_saved_flags);
}

void
mtx_lock_spin(struct mtx *m)
{
	spinlock_enter();
	mtx_lock(m);
}

void
mtx_unlock_spin(struct mtx *m)
{
	mtx_unlock(m);
	spinlock_exit();
}
