/* What each CPU needs before it can run a thread. Source: DragonFly, platform/pc64/x86_64/machdep.c. */
#include "machine/asmacros.h"
#include "vm/vm.h"

OFFSET_IS(struct thread, td_lwp, TD_LWP);
OFFSET_IS(struct thread, td_pcb, TD_PCB);
OFFSET_IS(struct thread, td_sp, TD_SP);
OFFSET_IS(struct thread, td_savefpu, TD_SAVEFPU);
OFFSET_IS(struct lwp, lwp_vmspace, LWP_VMSPACE);
OFFSET_IS(struct vmspace, vm_pmap.pm_active, VM_ACTIVE);
OFFSET_IS(struct vmspace, vm_pmap.pm_active_lock, VM_ACTIVE_LOCK);
OFFSET_IS(struct pcb, pcb_rip, PCB_RIP);
OFFSET_IS(struct globaldata, gd_cpumask_simple, GD_SIMPLE);
OFFSET_IS(struct privatespace, rsp0, PRV_RSP0);
OFFSET_IS(struct privatespace, cnt_cr3_skip, PRV_CR3_SKIP);
SIZE_IS(struct tss, TSS_SIZE);
OFFSET_IS(struct tss, rsp0, TSS_RSP0);

const uint32_t sim_curctx_offset = GD_CURTHREAD;

struct privatespace *CPU_prvspace[MAXCPU];
static struct privatespace privatespaces[MAXCPU];

/** The books of a CPU and its idle thread. */
void
gdinit(int cpu)
{
	struct privatespace *prv = &privatespaces[cpu];
	struct globaldata *gd = &prv->mdglobaldata.mi;

	CPU_prvspace[cpu] = prv;
	gd->gd_prvspace = prv;
	gd->gd_cpuid = cpu;
	gd->gd_cpumask_simple = 1ul << (cpu & 63);
	gd->gd_cpumask_offset = (u64)(cpu >> 6) * 8;
	CPUMASK_ASSBIT(gd->gd_cpumask, cpu);
	for (int other = 0; other < (int)machine_cpus; other++)
		if (other != cpu)
			CPUMASK_ORBIT(gd->gd_other_cpus, other);
	TAILQ_INIT(&prv->gd_tdrunq);
	prv->gd_idlethread = lwkt_create(cpu_idle, NULL, cpu, "idle");
	CPUMASK_ORBIT(smp_startup_mask, cpu);
}

/** On the CPU itself: %gs and the registers of system calls. */
void
cpu_setregs(int cpu)
{
	write_msr(MSR_STAR, (u64)SELECTOR_USER_CODE32 << 48 | (u64)SELECTOR_KERNEL_CODE << 32);
	write_msr(MSR_LSTAR, (u64)Xfast_syscall);
	write_msr(MSR_SFMASK, RFLAGS_IF);
	write_msr(MSR_GS_BASE, (u64)CPU_prvspace[cpu]);
	write_msr(MSR_KERNEL_GS_BASE, 0);
}
