/* Mutexes and conditions of user space, on futexes. Source: qemu, qemu-thread-posix.c; the mutex is Drepper's ("Futexes are tricky", 2011). */
#include "qemu/sysemu.h"

#define FREE		0
#define HELD		1
#define CONTENDED	2

void
qemu_mutex_lock(volatile uint32_t *mutex)
{
	uint32_t seen = FREE;

	if (__atomic_compare_exchange_n(mutex, &seen, HELD, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	while (__atomic_exchange_n(mutex, CONTENDED, __ATOMIC_SEQ_CST) != FREE)
		futex_wait(mutex, CONTENDED);
}

void
qemu_mutex_unlock(volatile uint32_t *mutex)
{
	if (__atomic_exchange_n(mutex, FREE, __ATOMIC_SEQ_CST) == CONTENDED)
		futex_wake(mutex);
}

/* The word counts broadcasts: one between the unlock and the sleep is not missed. */
void
qemu_cond_wait(volatile uint32_t *cond, volatile uint32_t *mutex)
{
	uint32_t seen = *cond;

	qemu_mutex_unlock(mutex);
	futex_wait(cond, seen);
	qemu_mutex_lock(mutex);
}

void
qemu_cond_broadcast(volatile uint32_t *cond)
{
	__atomic_fetch_add(cond, 1, __ATOMIC_SEQ_CST);
	futex_wake(cond);
}
