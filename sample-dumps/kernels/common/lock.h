/* Spin locks: one word, xchg to take, a release store to drop. */
#ifndef COMMON_LOCK_H
#define COMMON_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct spin_lock {
	uint32_t	held;
};

static inline bool spin_try(struct spin_lock *lock)
{
	return (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE) == 0);
}

static inline void spin_enter(struct spin_lock *lock)
{
	while (!spin_try(lock)) {
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED) != 0)
			__asm__ volatile("pause" ::: "memory");
	}
}

static inline void spin_exit(struct spin_lock *lock)
{
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

#endif
