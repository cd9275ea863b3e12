/* From the boot stack to the kernel's own main function. */
#include "kernel.h"
#include "segments.h"

uint32_t machine_cpus;
uint64_t machine_memory;

static uint32_t cpus_released;

/* Called by boot.S on every CPU. */
void common_start(uint32_t cpu, uint32_t cpus, uint64_t memory) __attribute__((noreturn));

void
common_start(uint32_t cpu, uint32_t cpus, uint64_t memory)
{
	if (cpu == 0) {
		machine_cpus = cpus;
		machine_memory = memory;
		paging_init();
		idt_init();
		segments_load(cpu);
		apic_enable();
		kernel_main();
	} else {
		while (!__atomic_load_n(&cpus_released, __ATOMIC_ACQUIRE))
			cpu_pause();
		write_cr3(kernel_root);
		segments_load(cpu);
		apic_enable();
		kernel_ap_main(cpu);
	}
	machine_stop(STOP_CLEAN);
}

void
cpus_release(void)
{
	__atomic_store_n(&cpus_released, 1, __ATOMIC_RELEASE);
}

void
machine_stop(enum stop_code code)
{
	MACHINE_STOP_HERE(code);
}

void
assertion_failed(const char *expression, const char *file, int line)
{
	kprintf("assertion failed: %s, file: %s, line: %d\n", expression, file, line);
	machine_stop(STOP_ASSERTION);
}
