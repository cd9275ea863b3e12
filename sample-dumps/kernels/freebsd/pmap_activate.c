/* Which address space a CPU uses. Source: FreeBSD, amd64/amd64/pmap.c: pmap_activate_sw, pmap_activate; the order is the kernel's. */
#include "sys/ktr.h"
#include "vm/vm.h"

/** Makes the address space of a thread's process this CPU's. Preemption is off. */
void
pmap_activate_sw(struct thread *td)
{
	struct pmap *pmap = vmspace_pmap(td->td_proc->p_vmspace);
	struct pmap *oldpmap = PCPU_FIELD(pc_curpmap, struct pmap *);
	int cpu = PCPU_CPUID();

	if (oldpmap == pmap)
		return;
	CTR3(KTR_PMAP, "pmap_activate_sw: %p to %p cr3 %#lx", oldpmap, pmap, pmap->pm_cr3);
	CPU_SET_ATOMIC(cpu, &pmap->pm_active);
	SCHEDULE_POINT(activate_set);
	write_cr3(pmap->pm_cr3);
	PCPU_SET(curpmap, pmap);
	SCHEDULE_POINT(activate_clear);
	CPU_CLR_ATOMIC(cpu, &oldpmap->pm_active);
}

void
pmap_activate(struct thread *td)
{
	critical_enter();
	PCPU_INC(pmap_activate_cnt);
	pmap_activate_sw(td);
	critical_exit();
}
