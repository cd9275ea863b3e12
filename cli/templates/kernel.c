/* Two CPUs count together. Replace this by the code that you suspect. */
#include "kernel.h"

#define ROUNDS	2

/* Lines for the dump: what `::status` calls the operating system. */
const char kernel_info[] = "OSRELEASE=1.0\n";
/* No per-CPU data at %gs. */
const uint32_t sim_curctx_offset = 0xffffffff;

struct counter {
	struct spin_lock lock;
	uint32_t	value;
};

struct counter counter;
uint32_t finished;

/* Nothing should trap here. */
void
kernel_trap(struct trap_frame *frame)
{
	kprintf("panic: trap %ld at %lx\n", frame->vector, frame->rip);
	MACHINE_STOP_HERE(STOP_PANIC);
}

static void
count(struct counter *c)
{
	for (int round = 0; round < ROUNDS; round++) {
#ifdef COUNT_UNDER_LOCK
		spin_enter(&c->lock);
		c->value++;
		spin_exit(&c->lock);
#else
		c->value++;
#endif
	}
}

/* Both CPUs come here. The last one looks whether all is counted. */
static void
work(void)
{
	count(&counter);
	if (__atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST) == machine_cpus) {
		assert(counter.value == ROUNDS * machine_cpus);
		machine_stop(STOP_CLEAN);
	}
	for (;;)
		sti_hlt();
}

/* CPU 0, after the boot. */
void
kernel_main(void)
{
	cpus_release();
	work();
}

/* The other CPUs. */
void
kernel_ap_main(uint32_t cpu)
{
	work();
}
