/* Time charging: see time.h. */
#include "cpu.h"
#include "sim_cpu.h"
#include "time.h"

static struct cpu_clock {
	uint64_t	last_stamp;
	uint64_t	work_ends;	/* 0: nothing declared */
} cpu_clock[SIM_MAX_CPUS];

uint64_t
time_stamp(void)
{
	struct cpu_clock *clock = &cpu_clock[cpu_index()];
	uint64_t now = read_tsc();

	if (now < clock->work_ends) {
		write_msr(MSR_CHARGE_TICKS, clock->work_ends - now);
		now = clock->work_ends;
	}
	clock->work_ends = 0;
	clock->last_stamp = now;
	return (now);
}

void
time_work(uint64_t ticks)
{
	struct cpu_clock *clock = &cpu_clock[cpu_index()];

	if (clock->work_ends == 0)
		clock->work_ends = clock->last_stamp;
	clock->work_ends += ticks;
}

void
time_work_until(uint64_t tsc)
{
	cpu_clock[cpu_index()].work_ends = tsc;
}
