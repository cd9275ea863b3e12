/* The invalidation IPI. Source: DragonFly, platform/pc64/x86_64/mp_machdep.c. */
#include "vm/vm.h"

cpumask_t smp_active_mask, smp_startup_mask;
cpumask_t smp_smurf_mask, smp_invltlb_mask, smp_idleinvl_mask, smp_idleinvl_reqs;
int optimized_invltlb;

/*
 * The bit says that an IPI is on its way. Where atomic operations order nothing (the what-if of df04-fences), a load behind this
 * one may have been made before it; a LOCKed operation of the machine at hand lets no load pass.
 */
#ifdef RELAXED_ATOMICS
#define SMURF_CLEAR(cpu)	CPUMASK_NANDBIT(smp_smurf_mask, (cpu))
#else
#define SMURF_CLEAR(cpu)	ATOMIC_CPUMASK_NANDBIT(smp_smurf_mask, (cpu))
#endif

void
cpu_invltlb(void)
{
	write_cr3(read_cr3());
}

/** Takes idle CPUs out of `mask`: they will flush everything when they wake up. */
void
smp_smurf_idleinvlclr(cpumask_t *mask)
{
	cpumask_t idle = smp_idleinvl_mask;

	CPUMASK_ANDMASK(idle, *mask);
	for (int cpu = 0; cpu < (int)machine_cpus; cpu++)
		if (CPUMASK_TESTBIT(idle, cpu))
			ATOMIC_CPUMASK_ORBIT(smp_idleinvl_reqs, cpu);
	/* One that woke up meanwhile may have missed the request. */
	CPUMASK_ANDMASK(idle, smp_idleinvl_mask);
	CPUMASK_NANDMASK(*mask, idle);
}

/* Adds `mask` to smp_smurf_mask. @return in `mask` the bits that were not there: CPUs without an IPI on its way */
static void
smp_smurf_fetchset(cpumask_t *mask)
{
	u64 old = __atomic_fetch_or(&smp_smurf_mask.ary[0], mask->ary[0], __ATOMIC_SEQ_CST);

	mask->ary[0] &= ~old;
}

/** Calls the CPUs of `cmdmask` to their commands and works on this CPU's own. Interrupts are off. */
void
smp_invlpg(cpumask_t *cmdmask)
{
	cpumask_t mask = *cmdmask;
	int cpu = mycpuid;

	CPUMASK_ANDMASK(mask, smp_active_mask);
	CPUMASK_ORBIT(mask, cpu);
	smp_smurf_fetchset(&mask);
	CPUMASK_NANDBIT(mask, cpu);
	for (int to = 0; to < (int)machine_cpus; to++)
		if (CPUMASK_TESTBIT(mask, to))
			ipi_send((uint32_t)to, XINVLTLB_OFFSET);
	SCHEDULE_POINT(inval_sent);
	smp_inval_intr();
}

/** The handler of Xinvltlb; also called by the originator. Enters and leaves with interrupts off; they are on while it waits. */
void
smp_inval_intr(void)
{
	struct mdglobaldata *md = mdcpu;
	int cpu = mycpuid;
	cpumask_t cpumask;

	if (md->gd_xinvaltlb) {
		md->gd_xinvaltlb = 2;
		return;
	}
	md->gd_xinvaltlb = 1;
	do {
		md->gd_xinvaltlb = 1;
		sti();
		CPUMASK_ASSZERO(cpumask);
		SCHEDULE_POINT(inval_round);
		SMURF_CLEAR(cpu);
		do {
			if (CPUMASK_TESTBIT(smp_invltlb_mask, cpu)) {
				ATOMIC_CPUMASK_NANDBIT(smp_invltlb_mask, cpu);
				cpu_invltlb();
				cpu_mfence();
			}
#ifdef FIX_INVAL
			cpu_lfence();
#endif
			SCHEDULE_POINT(inval_intr_mask);
			CPUMASK_ORMASK(cpumask, smp_invmask);
#ifdef FIX_INVAL
			cpu_lfence();
#endif
		} while (pmap_inval_intr(&cpumask));
		cli();
	} while (md->gd_xinvaltlb == 2);
	md->gd_xinvaltlb = 0;
}
