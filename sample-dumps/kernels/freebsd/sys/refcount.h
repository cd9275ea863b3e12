/* Reference counts that saturate and order what they guard. Source: FreeBSD, sys/refcount.h. */
#ifndef SYS_REFCOUNT_H
#define SYS_REFCOUNT_H

#include "sys/param.h"

#define REFCOUNT_SATURATED(value)	(((value) & (1u << 31)) != 0)
#define REFCOUNT_SATURATION_VALUE	(3u << 30)

static inline u_int
refcount_load(u_int *count)
{
	return (atomic_load_int(count));
}

/* An overflowed count stays where it is: a leak is better than a use after free. */
static inline void
refcount_update_saturated(u_int *count)
{
	__atomic_store_n(count, REFCOUNT_SATURATION_VALUE, __ATOMIC_RELAXED);
}

static inline void
refcount_acquire(u_int *count)
{
	if (REFCOUNT_SATURATED(atomic_fetchadd_int(count, 1)))
		refcount_update_saturated(count);
}

/** @return false when the count was 0: the object is on its way out and must not be used */
static inline bool
refcount_acquire_if_not_zero(u_int *count)
{
	u_int old = refcount_load(count);

	while (old != 0) {
		SCHEDULE_POINT(refcount_loaded);
		if (REFCOUNT_SATURATED(old) || atomic_fcmpset_int(count, &old, old + 1))
			return (true);
	}
	return (false);
}

/** Earlier stores are visible before the count drops. @return true for the last reference; later loads see what the others stored */
static inline bool
refcount_release(u_int *count)
{
	u_int old;

	atomic_thread_fence_rel();
	old = atomic_fetchadd_int(count, -1);
	if (old == 0 || REFCOUNT_SATURATED(old)) {
		refcount_update_saturated(count);
		return (false);
	}
	if (old > 1)
		return (false);
	atomic_thread_fence_acq();
	return (true);
}

/** Drops the reference only if it is the last one. @return whether it was */
static inline bool
refcount_release_if_last(u_int *count)
{
	u_int old = refcount_load(count);

	while (old == 1) {
		atomic_thread_fence_rel();
		if (atomic_fcmpset_int(count, &old, 0)) {
			atomic_thread_fence_acq();
			return (true);
		}
	}
	return (false);
}

#endif
