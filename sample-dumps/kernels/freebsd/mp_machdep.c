/* Telling other CPUs that a translation is gone. Source: FreeBSD, x86/x86/mp_x86.c, amd64/amd64/pmap.c: pmap_invalidate_*. */
#include "sys/ktr.h"
#include "vm/vm.h"

static struct mtx smp_ipi_mtx = { .lock_object = { .lo_name = "smp rendezvous" }, .mtx_lock = MTX_UNOWNED };
u_int smp_tlb_wait;			/* CPUs that have not answered */
static vm_offset_t smp_tlb_addr;	/* a page, or ~0 for everything */
#define EVERYTHING	(~0ul)

/** All translations of this CPU but the global ones. */
void
invltlb(void)
{
	write_cr3(read_cr3());
}

static void
invalidate_here(vm_offset_t va)
{
	if (va == EVERYTHING)
		invltlb();
	else
		invlpg(va);
}

void
invlop_handler(void)
{
	CTR1(KTR_SMP, "invlop: address %p", smp_tlb_addr);
	invalidate_here(smp_tlb_addr);
	__atomic_fetch_sub(&smp_tlb_wait, 1, __ATOMIC_RELAXED);
}

/* The CPUs of pm_active beside this one, and this one when the pmap is its current. Waits until all have answered. */
static void
smp_targeted_tlb_shootdown(pmap_t pmap, vm_offset_t va)
{
	cpuset_t mask;
	int self;

	critical_enter();
	self = PCPU_CPUID();
	mask = pmap->pm_active;
	if (CPU_ISSET(self, &mask) || PCPU_FIELD(pc_curpmap, struct pmap *) == pmap)
		invalidate_here(va);
	CPU_CLR(self, &mask);
	if (!CPU_EMPTY(&mask)) {
		CTR3(KTR_SMP, "shootdown: pmap %p address %p cpus %#lx", pmap, va, mask.__bits[0]);
		mtx_lock(&smp_ipi_mtx);
		smp_tlb_addr = va;
		smp_tlb_wait = (u_int)__builtin_popcountl((u_long)mask.__bits[0] & (u_long)all_cpus.__bits[0]);
		atomic_thread_fence_rel();
		for (int cpu = 0; cpu < (int)machine_cpus; cpu++)
			if (CPU_ISSET(cpu, &mask))
				ipi_send((uint32_t)cpu, IPI_INVLOP);
		SCHEDULE_POINT(shootdown_sent);
		while (atomic_load_int(&smp_tlb_wait) != 0)
			cpu_pause();
		mtx_unlock(&smp_ipi_mtx);
	}
	critical_exit();
}

void
pmap_invalidate_page(pmap_t pmap, vm_offset_t va)
{
	smp_targeted_tlb_shootdown(pmap, va);
}

void
pmap_invalidate_all(pmap_t pmap)
{
	smp_targeted_tlb_shootdown(pmap, EVERYTHING);
}
