/* From boot code to the idle thread of every CPU, and how the kernel calls itself. Source: DragonFly, kern/init_main.c, platform/pc64/x86_64/mp_machdep.c. */
#include "vm/vm.h"

#ifdef COMMIT_95270B7E
#define COMMIT	"95270b7e"
#else
#define COMMIT	"95270b7e^"
#endif
#ifdef VKERNEL
#define PLATFORM	" vkernel64"
#define OWN_SYMBOLS	"SYMBOL(vkernel_proc)\n"
#else
#define PLATFORM
#define OWN_SYMBOLS
#endif
const char kernel_info[] =
    "OSRELEASE=" COMMIT "\n"
    "SYMBOL(CPU_prvspace)\nSYMBOL(kernel_pmap)\nSYMBOL(vm_page_array)\nSYMBOL(allproc)\nSYMBOL(KPML4phys)\n" OWN_SYMBOLS;
const char osrelease[] = "4.7-DEVELOPMENT";
const char ostype[] = "DragonFly";
const char version[] = "DragonFly 4.7-DEVELOPMENT " COMMIT PLATFORM;

static volatile int cpus_may_go;

void
kernel_main(void)
{
	heap_next = KvaStart + PAGE_SIZE;
	TAILQ_INIT(&lwkt_allq);
	pmap_bootstrap();
	for (int cpu = 0; cpu < (int)machine_cpus; cpu++)
		gdinit(cpu);
	cpu_setregs(0);
	vm_page_startup();
	vm_map_init(&kernel_vm_map, &kernel_pmap);
	vm_object_init(&kernel_object, OBJT_DEFAULT, 0x100000);
	curthread_set(CPU_prvspace[0]->gd_idlethread);
	CPUMASK_ORBIT(smp_active_mask, 0);
	mi_startup();
	bsd_kprintf("%s, %d cpus\n", version, (int)machine_cpus);
	SCHEDULE_POINT(ready);
	cpus_release();
	while (smp_active_mask.ary[0] != smp_startup_mask.ary[0])
		cpu_pause();
	SCHEDULE_POINT(booted);
	cpus_may_go = 1;
	lwkt_boot(CPU_prvspace[0]->gd_idlethread);
}

void
kernel_ap_main(uint32_t cpu)
{
	cpu_setregs((int)cpu);
	curthread_set(CPU_prvspace[cpu]->gd_idlethread);
	ATOMIC_CPUMASK_ORBIT(smp_active_mask, cpu);
	while (!cpus_may_go)
		cpu_pause();
	lwkt_boot(CPU_prvspace[cpu]->gd_idlethread);
}
