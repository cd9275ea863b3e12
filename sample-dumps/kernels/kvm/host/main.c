/* Boot of the host, and the threads of its one process: QEMU. */
#include "linux/kvm_host.h"
#include "host/operator.h"
#include "qemu/sysemu.h"

const uint32_t sim_curctx_offset = offsetof(struct percpu, current_task);

#ifdef CONFIG_PPC64
#define ARCH	"pseries"
#else
#define ARCH	"pc"
#endif
const char kernel_info[] =
    "OSRELEASE=3.6.0-rc1-" VARIANT "\n"
    "SYMBOL(vm_list)\nSYMBOL(tasks)\nSYMBOL(percpu)\nSYMBOL(first_cpu)\n";
const char linux_banner[] = "Linux version 3.6.0-rc1-" VARIANT " (kvm, " ARCH " guest)";

#define OPERATOR_CPU	1

static int
cpu_idle(void *arg)
{
	if (arg != NULL)
		operator_start();
	for (;;)
		sti_hlt();
	return (0);
}

void
kernel_main(void)
{
	sched_init_cpu(0);
	qemu_start();
	for (int cpu = 1; cpu < (int)machine_cpus; cpu++)
		if (percpu[cpu].current_task == NULL)
			create_thread(cpu, 0, 0, "swapper", cpu_idle, cpu == OPERATOR_CPU ? &dump_reason : NULL);
	kprintf("%s\n", linux_banner);
	cpus_release();
	schedule_first();
}

void
kernel_ap_main(uint32_t cpu)
{
	sched_init_cpu((int)cpu);
	schedule_first();
}
