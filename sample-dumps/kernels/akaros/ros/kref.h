/* Reference counts that free what they count. Source: akaros, kern/include/kref.h. */
#ifndef ROS_KREF_H
#define ROS_KREF_H

#include "ros/common.h"

struct kref {
	atomic_t	refcount;
	void		(*release)(struct kref *kref);
};
_Static_assert(sizeof(struct kref) == 0x10, "struct kref");

void kref_init(struct kref *kref, void (*release)(struct kref *kref), long init);
void kref_get(struct kref *kref, long inc);
/** @return false when the object is already on its way out */
bool kref_get_not_zero(struct kref *kref, long inc);
/** @return true when this put released the object, which has been done by then */
bool kref_put(struct kref *kref);
static inline long kref_refcnt(struct kref *kref) { return __atomic_load_n(&kref->refcount, __ATOMIC_RELAXED); }

#endif
