/* Reference counts. Source: akaros, kern/src/kref.c. */
#include "ros/kref.h"

void
kref_init(struct kref *kref, void (*release)(struct kref *kref), long init)
{
	kref->refcount = init;
	kref->release = release;
}

void
kref_get(struct kref *kref, long inc)
{
	long old = __atomic_fetch_add(&kref->refcount, inc, __ATOMIC_RELAXED);

	if (old < 1)
		panic("kref_get: refcount is %ld", old);
}

bool
kref_get_not_zero(struct kref *kref, long inc)
{
	long old = kref_refcnt(kref);

	do {
		if (old < 1)
			return (false);
	} while (!__atomic_compare_exchange_n(&kref->refcount, &old, old + inc, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return (true);
}

bool
kref_put(struct kref *kref)
{
	long old = __atomic_fetch_sub(&kref->refcount, 1, __ATOMIC_RELEASE);

	if (old < 1)
		panic("kref_put: refcount is %ld", old);
	if (old > 1)
		return (false);
	kref->release(kref);
	return (true);
}
