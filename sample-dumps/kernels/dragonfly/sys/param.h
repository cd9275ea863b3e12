/* Types, CPU masks, atomics and assertions that every file uses. Source: DragonFly, sys/param.h, cpu/x86_64/include/types.h, cpumask.h. */
#ifndef SYS_PARAM_H
#define SYS_PARAM_H

#include "kernel.h"
#include "bsd/queue.h"
#include "opt_commit.h"
#include "sys/tree.h"

typedef uint64_t u64;
typedef uint32_t u32;
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef uint64_t vm_offset_t, vm_paddr_t, vm_size_t, vm_pindex_t, vm_ooffset_t, pt_entry_t;
typedef int64_t off_t, segsz_t;
typedef u_char vm_prot_t;

#define MAXCPU		8
#define MAX_CPU_WORDS	4

typedef struct {
	u64	ary[MAX_CPU_WORDS];
} cpumask_t;

/* Eight CPUs live in word 0; the other words stay zero and are still compared, as the real macros do. */
#define CPUMASK_ASSZERO(m)		((m).ary[0] = (m).ary[1] = (m).ary[2] = (m).ary[3] = 0)
#define CPUMASK_ASSBIT(m, cpu)		(CPUMASK_ASSZERO(m), (m).ary[(cpu) >> 6] = 1ul << ((cpu) & 63))
#define CPUMASK_ORBIT(m, cpu)		((m).ary[(cpu) >> 6] |= 1ul << ((cpu) & 63))
#define CPUMASK_NANDBIT(m, cpu)		((m).ary[(cpu) >> 6] &= ~(1ul << ((cpu) & 63)))
#define CPUMASK_TESTBIT(m, cpu)		(((m).ary[(cpu) >> 6] >> ((cpu) & 63) & 1) != 0)
#define CPUMASK_TESTNZERO(m)		(((m).ary[0] | (m).ary[1] | (m).ary[2] | (m).ary[3]) != 0)
#define CPUMASK_CMPMASKEQ(a, b)		\
	((a).ary[0] == (b).ary[0] && (a).ary[1] == (b).ary[1] && (a).ary[2] == (b).ary[2] && (a).ary[3] == (b).ary[3])
#define CPUMASK_ANDMASK(m, b)		\
	((m).ary[0] &= (b).ary[0], (m).ary[1] &= (b).ary[1], (m).ary[2] &= (b).ary[2], (m).ary[3] &= (b).ary[3])
#define CPUMASK_ORMASK(m, b)		\
	((m).ary[0] |= (b).ary[0], (m).ary[1] |= (b).ary[1], (m).ary[2] |= (b).ary[2], (m).ary[3] |= (b).ary[3])
#define CPUMASK_NANDMASK(m, b)		\
	((m).ary[0] &= ~(b).ary[0], (m).ary[1] &= ~(b).ary[1], (m).ary[2] &= ~(b).ary[2], (m).ary[3] &= ~(b).ary[3])
#define ATOMIC_CPUMASK_ORBIT(m, cpu)	((void)__atomic_fetch_or(&(m).ary[(cpu) >> 6], 1ul << ((cpu) & 63), __ATOMIC_SEQ_CST))
#define ATOMIC_CPUMASK_NANDBIT(m, cpu)	((void)__atomic_fetch_and(&(m).ary[(cpu) >> 6], ~(1ul << ((cpu) & 63)), __ATOMIC_SEQ_CST))

#define atomic_set_int(p, v)		((void)__atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST))
#define atomic_clear_int(p, v)		((void)__atomic_fetch_and((p), ~(v), __ATOMIC_SEQ_CST))
#define atomic_add_int(p, v)		((void)__atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST))
#define atomic_add_acq_long(p, v)	((void)__atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST))
#define atomic_swap_long(p, v)		__atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)

static inline int
atomic_cmpset_int(u32 *place, u32 old, u32 new)
{
	return (__atomic_compare_exchange_n(place, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

static inline int
atomic_cmpset_long(u64 *place, u64 old, u64 new)
{
	return (__atomic_compare_exchange_n(place, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

/* The compiler's fence, and nothing for the processor. */
#define cpu_ccfence()	BARRIER()
#define cpu_mfence()	mfence()
#define cpu_lfence()	lfence()
#define cpu_sfence()	sfence()

/** The kernel's kprintf: shared code owns the plain name for its console. */
void bsd_kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/** panic with the caller as the only other frame, as the real macro has it. */
#define KKASSERT(e)		do { if (!(e)) panic("assertion \"%s\" failed in %s", #e, __func__); } while (0)
#define KASSERT(e, message)	do { if (!(e)) panic message; } while (0)

/** Words of a bit mask as the real macros make them. */
#define trunc_page(x)	((x) & ~(u64)(PAGE_SIZE - 1))
#define OFF_TO_IDX(x)	((vm_pindex_t)(x) >> PAGE_SHIFT)
#define SIZE_IS(type, bytes)	_Static_assert(sizeof(type) == (bytes), "size of " #type)
#define OFFSET_IS(type, member, bytes)	_Static_assert(offsetof(type, member) == (bytes), #type "." #member)

#endif
