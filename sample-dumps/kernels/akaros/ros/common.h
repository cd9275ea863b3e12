/* Words that every Akaros header uses. Source: akaros, kern/include/ros/common.h, atomic.h, sys/queue.h (the same macros as BSD's). */
#ifndef ROS_COMMON_H
#define ROS_COMMON_H

#include "kernel.h"

typedef int		pid_t;
typedef uint64_t	physaddr_t;
typedef uint64_t	kpte_t;
typedef long		atomic_t;
typedef volatile uint32_t spinlock_t;

#define MAX_NUM_CORES	8
#define KERNBASE	0xffff800000000000ul
#define PADDR(kva)	((physaddr_t)(kva) - KERNBASE)
#define KADDR(pa)	((void *)((pa) + KERNBASE))
#define INVALID_VCOREID	0xdeadbeefu

/** Physical address of kernel text and data, which the loader put into the kernel window. */
#define WINDOW_PADDR(kva) ((physaddr_t)(kva) - KERNEL_WINDOW)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

/* Tail queues and singly linked tail queues: {first, address of the last next}; entries {next, address of the previous next} and {next}. */
#define TAILQ_HEAD(name, type)	struct name { struct type *tqh_first; struct type **tqh_last; }
#define TAILQ_ENTRY(type)	struct { struct type *tqe_next; struct type **tqe_prev; }
#define TAILQ_INIT(head)	do { (head)->tqh_first = NULL; (head)->tqh_last = &(head)->tqh_first; } while (0)
#define TAILQ_EMPTY(head)	((head)->tqh_first == NULL)
#define TAILQ_FIRST(head)	((head)->tqh_first)
#define TAILQ_NEXT(elm, field)	((elm)->field.tqe_next)
#define TAILQ_FOREACH(var, head, field) for ((var) = (head)->tqh_first; (var); (var) = (var)->field.tqe_next)
#define TAILQ_INSERT_TAIL(head, elm, field) do {	\
	(elm)->field.tqe_next = NULL;			\
	(elm)->field.tqe_prev = (head)->tqh_last;	\
	*(head)->tqh_last = (elm);			\
	(head)->tqh_last = &(elm)->field.tqe_next;	\
} while (0)
#define TAILQ_REMOVE(head, elm, field) do {		\
	if ((elm)->field.tqe_next)			\
		(elm)->field.tqe_next->field.tqe_prev = (elm)->field.tqe_prev; \
	else						\
		(head)->tqh_last = (elm)->field.tqe_prev; \
	*(elm)->field.tqe_prev = (elm)->field.tqe_next;	\
} while (0)

#define STAILQ_HEAD(name, type)	struct name { struct type *stqh_first; struct type **stqh_last; }
#define STAILQ_ENTRY(type)	struct { struct type *stqe_next; }
#define STAILQ_INIT(head)	do { (head)->stqh_first = NULL; (head)->stqh_last = &(head)->stqh_first; } while (0)
#define STAILQ_FIRST(head)	((head)->stqh_first)
#define STAILQ_INSERT_TAIL(head, elm, field) do {	\
	(elm)->field.stqe_next = NULL;			\
	*(head)->stqh_last = (elm);			\
	(head)->stqh_last = &(elm)->field.stqe_next;	\
} while (0)
#define STAILQ_REMOVE_HEAD(head, field) do {		\
	if (((head)->stqh_first = (head)->stqh_first->field.stqe_next) == NULL) \
		(head)->stqh_last = &(head)->stqh_first; \
} while (0)

static inline void spin_lock_init(spinlock_t *lock) { *lock = 0; }
static inline void spin_lock(spinlock_t *lock)
{
	while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0)
		cpu_pause();
}
static inline void spin_unlock(spinlock_t *lock) { __atomic_store_n(lock, 0, __ATOMIC_RELEASE); }

void _panic(const char *file, int line, const char *format, ...) __attribute__((noreturn, format(printf, 3, 4)));
#define panic(...)	_panic(__FILE__, __LINE__, __VA_ARGS__)
#undef assert
#define assert(x)	do { if (!(x)) panic("assertion failed: %s", #x); } while (0)

#endif
