/* Words that every Akaros header uses. Source: akaros, kern/include/ros/common.h, atomic.h. */
#ifndef ROS_COMMON_H
#define ROS_COMMON_H

#include "kernel.h"
#include "bsd/queue.h"

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
