/* Run queues, one for each CPU, and the switch. Source: FreeBSD, kern/sched_ule.c, kern_synch.c, kern_fork.c. */
#include "sys/ktr.h"
#include "vm/vm.h"

#define IPI_AST	0xf2

struct tdq tdq_cpu[MAXCPU];
int steal_idle;		/* knob: an idle CPU takes threads from the queues of others */

void
sched_init(void)
{
	for (int cpu = 0; cpu < MAXCPU; cpu++) {
		mtx_init(&tdq_cpu[cpu].tdq_lock, "sched lock");
		TAILQ_INIT(&tdq_cpu[cpu].tdq_runq);
	}
}

/** The queue of this CPU; its lock is held, so the thread stays here. */
static struct tdq *
tdq_self(void)
{
	return (&tdq_cpu[PCPU_CPUID()]);
}

static void
tdq_insert(struct tdq *tdq, struct thread *td)
{
	td->td_state = TDS_RUNQ;
	td->td_lock = &tdq->tdq_lock;
	TAILQ_INSERT_TAIL(&tdq->tdq_runq, td, td_runq);
	tdq->tdq_load++;
}

/* @return the first thread of a queue, taken off it, or NULL */
static struct thread *
tdq_take(struct tdq *tdq)
{
	struct thread *td = TAILQ_FIRST(&tdq->tdq_runq);

	if (td != NULL) {
		TAILQ_REMOVE(&tdq->tdq_runq, td, td_runq);
		tdq->tdq_load--;
	}
	return (td);
}

/** Makes a thread runnable on a CPU. */
void
sched_add(struct thread *td, int cpu)
{
	struct tdq *tdq = &tdq_cpu[cpu];

	mtx_lock_spin(&tdq->tdq_lock);
	tdq_insert(tdq, td);
	mtx_unlock_spin(&tdq->tdq_lock);
	if (cpu != PCPU_CPUID())
		ipi_send((uint32_t)cpu, IPI_AST);
}

static struct thread *
choosethread(void)
{
	struct thread *td = tdq_take(tdq_self());

	return (td != NULL ? td : PCPU_PTR()->pc_idlethread);
}

/* The books of the thread that comes and the one that goes. */
static void
sched_books(struct thread *old, struct thread *new)
{
	if (old->td_state == TDS_RUNNING)
		old->td_state = TDS_CAN_RUN;	/* an idle thread: it is on no queue */
	old->td_lastcpu = old->td_oncpu;
	old->td_oncpu = -1;
	new->td_oncpu = PCPU_CPUID();
	new->td_state = TDS_RUNNING;
	new->td_lock = &tdq_self()->tdq_lock;
}

/* Leaves the current thread with the lock of its queue held; the next one lets it go. Comes back with the lock of the CPU where it is then. */
static void
mi_switch(void)
{
	struct thread *td = curthread, *new = choosethread();

	if (new != td) {
		CTR2(KTR_PROC, "mi_switch: tid %d to %d", td->td_tid, new->td_tid);
		sched_books(td, new);
		SCHEDULE_POINT(switch);
		cpu_switch(td, new);
	} else
		td->td_state = TDS_RUNNING;
}

/* The queue of this CPU, locked. */
static struct tdq *
tdq_lock_self(void)
{
	struct tdq *tdq;

	critical_enter();	/* stays on this CPU until its queue is locked */
	tdq = tdq_self();
	mtx_lock_spin(&tdq->tdq_lock);
	critical_exit();
	return (tdq);
}

/** To the end of the queue. */
void
sched_relinquish(void)
{
	struct tdq *tdq = tdq_lock_self();

	if (curthread != PCPU_PTR()->pc_idlethread)
		tdq_insert(tdq, curthread);
	mi_switch();
	mtx_unlock_spin(&tdq_self()->tdq_lock);
}

void
sched_sleep(void)
{
	tdq_lock_self();
	curthread->td_state = TDS_INHIBITED;
	mi_switch();
	mtx_unlock_spin(&tdq_self()->tdq_lock);
}

/** From an interrupt: the thread makes room if it may be taken off and somebody waits. */
void
sched_preempt(void)
{
	if (curthread->td_critnest == 0 && TAILQ_FIRST(&tdq_self()->tdq_runq) != NULL)
		sched_relinquish();
}

void
sched_throw(struct thread *td)
{
	struct thread *new;

	critical_enter();
	mtx_lock_spin(&tdq_self()->tdq_lock);
	td->td_state = TDS_INACTIVE;
	PCPU_SET(deadthread, td);
	new = choosethread();
	CTR2(KTR_PROC, "sched_throw: tid %d to %d", td->td_tid, new->td_tid);
	sched_books(td, new);
	SCHEDULE_POINT(throw);
	cpu_throw(td, new);
}

/** The first thing that a thread does: lets the queue go that its predecessor locked. */
void
fork_exit(void (*callout)(void *), void *arg)
{
	mtx_unlock_spin(&tdq_self()->tdq_lock);
	if (callout != NULL)
		callout(arg);
}

/* A thread of another CPU's queue, or NULL. */
static struct thread *
tdq_steal(int self)
{
	struct thread *td = NULL;

	for (int cpu = 0; cpu < (int)machine_cpus && td == NULL; cpu++) {
		struct tdq *tdq = &tdq_cpu[cpu];

		if (cpu == self || TAILQ_FIRST(&tdq->tdq_runq) == NULL)
			continue;
		mtx_lock_spin(&tdq->tdq_lock);
		td = tdq_take(tdq);
		mtx_unlock_spin(&tdq->tdq_lock);
	}
	return (td);
}

/** The idle thread of a CPU. */
void
sched_idletd(void *arg)
{
	int cpu = PCPU_CPUID();	/* idle threads don't move */

	(void)arg;
	for (;;) {
		struct thread *td = steal_idle && TAILQ_FIRST(&tdq_cpu[cpu].tdq_runq) == NULL ? tdq_steal(cpu) : NULL;

		if (td != NULL)
			sched_add(td, cpu);
		cli();
		if (TAILQ_FIRST(&tdq_cpu[cpu].tdq_runq) != NULL) {
			sched_relinquish();
			sti();
			continue;
		}
		SCHEDULE_POINT(idle);
		sti_hlt();
	}
}
