/* Types, CPU sets, atomics and assertions that every file uses. Source: FreeBSD, sys/param.h, sys/_cpuset.h, amd64/include/atomic.h. */
#ifndef SYS_PARAM_H
#define SYS_PARAM_H

#include "kernel.h"
#include "bsd/queue.h"
#include "opt_vm.h"

typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef uint64_t vm_offset_t, vm_paddr_t, vm_size_t, vm_pindex_t, vm_ooffset_t, pt_entry_t, register_t;
typedef int64_t segsz_t;
typedef u_char vm_prot_t;

#define MAXCPU		8

#define SIZE_IS(type, bytes)	_Static_assert(sizeof(type) == (bytes), "size of " #type)
#define OFFSET_IS(type, member, bytes)	_Static_assert(offsetof(type, member) == (bytes), #type "." #member)

typedef struct _cpuset {
	long	__bits[4];
} cpuset_t;

/* Eight CPUs live in word 0; the other words stay zero. */
#define CPU_ISSET(cpu, set)		(((set)->__bits[0] >> (cpu) & 1) != 0)
#define CPU_EMPTY(set)			(((set)->__bits[0] | (set)->__bits[1] | (set)->__bits[2] | (set)->__bits[3]) == 0)
#define CPU_SET(cpu, set)		((set)->__bits[0] |= 1l << (cpu))
#define CPU_CLR(cpu, set)		((set)->__bits[0] &= ~(1l << (cpu)))
#define CPU_SET_ATOMIC(cpu, set)	((void)__atomic_fetch_or(&(set)->__bits[0], 1l << (cpu), __ATOMIC_RELAXED))
#define CPU_CLR_ATOMIC(cpu, set)	((void)__atomic_fetch_and(&(set)->__bits[0], ~(1l << (cpu)), __ATOMIC_RELAXED))

/*
 * LOCKed operations order nothing under the machine's weak memory model: the fences do. On a real amd64 the fences are the compiler's
 * alone; on the arm64 that the review is about they are dmb.
 */
#define atomic_thread_fence_rel()	sfence()
#define atomic_thread_fence_acq()	lfence()
#define atomic_load_int(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_add_int(p, v)		((void)__atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define atomic_fetchadd_int(p, v)	((u_int)__atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
/** On failure `*expected` is what was found. */
#define atomic_fcmpset_int(p, expected, v)	\
	__atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

extern const char *panicstr;
void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void kassert_panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#ifdef INVARIANTS
#define KASSERT(e, message)	do { if (!(e)) kassert_panic message; } while (0)
#else
#define KASSERT(e, message)	((void)0)
#endif

#endif
