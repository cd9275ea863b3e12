/* A process changes its program while its CPU has something more urgent to do. */
#include "vkernel.h"

/* The scheduler of user threads, for a CPU that has none: takes the one that waits. */
static void
usched(void *arg)
{
	struct thread *td;

	(void)arg;
	while ((td = __atomic_load_n(&usched_waiting, __ATOMIC_ACQUIRE)) == NULL || (td->td_flags & TDF_RUNNING))
		cpu_pause();
	usched_waiting = NULL;
	td->td_gd = mycpu_prv();
	lwkt_schedule(td);
	SCHEDULE_POINT(migrated);
	thread_exit();
}

void
workload_exec(void)
{
	guest_lwp(guest_proc(40, "sh", 0x1200000), 1, 1, guest_exec, 0);
	guest_lwp(guest_proc(41, "cron", 0x1201000), 1, 1, guest_spin, 0);
	thread_on(2, usched, "usched 2");
}
