/* Light weight kernel threads: run queues, switching, tokens, spin locks. Source: DragonFly, kern/lwkt_thread.c, lwkt_token.c, kern_spinlock.c. */
#include "vm/vm.h"

#define KSTACK_SIZE	(2 * PAGE_SIZE)

struct lwkt_queue lwkt_allq;

void lwkt_switch_return(struct thread *old);
void kthread_trampoline(void);
void lwkt_boot_on(struct thread *td, void *stack, void (*func)(void *)) __attribute__((noreturn));

static vm_offset_t next_kstack = KvaStart + 0x10000000ul;

/** Gives a thread its stack, with an unmapped page below, and puts it on the list of all. */
void
lwkt_thread_setup(struct thread *td, int cpu, const char *name)
{
	td->td_kstack = (char *)next_kstack;
	td->td_kstack_size = KSTACK_SIZE;
	kernel_map(next_kstack, KSTACK_SIZE);
	next_kstack += KSTACK_SIZE + PAGE_SIZE;
	td->td_gd = CPU_prvspace[cpu];
	strlcpy(td->td_comm, name, sizeof(td->td_comm));
	TAILQ_INSERT_TAIL(&lwkt_allq, td, td_allq);
}

/** A kernel thread, not scheduled yet. */
struct thread *
lwkt_create(void (*func)(void *), void *arg, int cpu, const char *name)
{
	struct thread *td = heap_allocate(sizeof(*td), 64);
	u64 *sp;

	lwkt_thread_setup(td, cpu, name);
	td->td_switch = cpu_lwkt_switch;
	sp = (u64 *)(td->td_kstack + KSTACK_SIZE) - 2;
	*sp = 0;
	*--sp = (u64)kthread_trampoline;
	*--sp = 0;			/* rbp */
	*--sp = 0;			/* rbx */
	*--sp = (u64)func;		/* r12 */
	*--sp = (u64)arg;		/* r13 */
	*--sp = 0;			/* r14 */
	*--sp = 0;			/* r15 */
	*--sp = RFLAGS_IF | 2;
	*--sp = (u64)cpu_lwkt_restore;
	td->td_sp = (char *)sp;
	return (td);
}

/** From boot code to a CPU's idle thread. */
void
lwkt_boot(struct thread *td)
{
	lwkt_boot_on(td, td->td_kstack + KSTACK_SIZE - 16, cpu_idle);
}

/** Makes a thread of this CPU (or, while it boots, of any) runnable. */
void
lwkt_schedule(struct thread *td)
{
	uint64_t flags = interrupts_save();

	if (!(td->td_flags & TDF_RUNQ)) {
		td->td_flags |= TDF_RUNQ;
		TAILQ_INSERT_TAIL(&td->td_gd->gd_tdrunq, td, td_threadq);
	}
	interrupts_restore(flags);
}

void
lwkt_deschedule_self(void)
{
	struct thread *td = curthread;
	uint64_t flags = interrupts_save();

	if (td->td_flags & TDF_RUNQ) {
		td->td_flags &= ~TDF_RUNQ;
		TAILQ_REMOVE(&td->td_gd->gd_tdrunq, td, td_threadq);
	}
	interrupts_restore(flags);
}

/** Called in the new thread: the old one's registers are saved, so that others may take it. */
void
lwkt_switch_return(struct thread *old)
{
	old->td_flags &= ~TDF_RUNNING;
}

/** To the first thread of the queue, or the idle thread. A running thread stays on the queue unless descheduled. */
void
lwkt_switch(void)
{
	struct thread *td = curthread, *next;

	crit_enter();
	next = TAILQ_FIRST(&td->td_gd->gd_tdrunq);
	if (next == NULL)
		next = td->td_gd->gd_idlethread;
	if (next != td) {
		next->td_flags |= TDF_RUNNING;
		lwkt_switch_return(td->td_switch(next));
	}
	crit_exit();
}

void
lwkt_yield(void)
{
	struct thread *td = curthread;

	lwkt_deschedule_self();
	lwkt_schedule(td);
	lwkt_switch();
}

/** Idle CPUs are not told about invalidations; they are asked to flush when they wake up. */
void
cpu_idle(void *arg)
{
	int cpu = mycpuid;

	(void)arg;
	for (;;) {
		cli();
		if (TAILQ_FIRST(&mycpu_prv()->gd_tdrunq) != NULL) {
			lwkt_switch();
			continue;
		}
		ATOMIC_CPUMASK_ORBIT(smp_idleinvl_mask, cpu);
		SCHEDULE_POINT(idle);
		sti_hlt();
		ATOMIC_CPUMASK_NANDBIT(smp_idleinvl_mask, cpu);
		if (CPUMASK_TESTBIT(smp_idleinvl_reqs, cpu)) {
			ATOMIC_CPUMASK_NANDBIT(smp_idleinvl_reqs, cpu);
			cpu_invltlb();
		}
	}
}

int
lwkt_trytoken(struct lwkt_token *tok)
{
	u64 none = 0;

	if (tok->t_ref == curthread)
		return (tok->t_count++, 1);
	if (!__atomic_compare_exchange_n((u64 *)&tok->t_ref, &none, (u64)curthread, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return (tok->t_collisions++, 0);
	tok->t_count = 1;
	return (1);
}

void
lwkt_gettoken(struct lwkt_token *tok)
{
	while (!lwkt_trytoken(tok))
		cpu_pause();
}

void
lwkt_reltoken(struct lwkt_token *tok)
{
	if (--tok->t_count == 0)
		__atomic_store_n(&tok->t_ref, NULL, __ATOMIC_RELEASE);
}

void
thread_on(int cpu, void (*func)(void *), const char *name)
{
	lwkt_schedule(lwkt_create(func, NULL, cpu, name));
}

/* Nothing more to do: the CPU is idle. */
void
thread_exit(void)
{
	lwkt_deschedule_self();
	lwkt_switch();
}

void
spin_lock(struct spinlock *spin)
{
	while (__atomic_exchange_n(&spin->counta, 1, __ATOMIC_ACQUIRE) != 0)
		cpu_pause();
}

void
spin_unlock(struct spinlock *spin)
{
	__atomic_store_n(&spin->counta, 0, __ATOMIC_RELEASE);
}
