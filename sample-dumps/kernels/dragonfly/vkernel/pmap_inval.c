/* Changing an entry that the kernel below may have copied into the tables of the hardware. Source: DragonFly, platform/vkernel64/platform/pmap_inval.c. */
#include "vkernel.h"

static void
pmap_inval_cpu(struct pmap *pmap, vm_offset_t va, size_t size)
{
	if (pmap != &kernel_pmap)
		vmspace_mcontrol(pmap, va, size, MADV_INVAL, 0);
}

/** @return the entry that is gone */
vpte_t
pmap_inval_loadandclear(vpte_t *ptep, struct pmap *pmap, vm_offset_t va)
{
	vpte_t pte = atomic_swap_long(ptep, 0);

	if (pte & VPTE_V)
		pmap_inval_cpu(pmap, va, PAGE_SIZE);
	return (pte);
}

/** The entry may not be written through any more; the next write faults. @return what it was */
vpte_t
pmap_setro_pte(vpte_t *ptep, struct pmap *pmap, vm_offset_t va)
{
	vpte_t pte;

	do {
		pte = *ptep;
		cpu_ccfence();
		if (!(pte & VPTE_V) || !(pte & VPTE_RW))
			break;
	} while (!atomic_cmpset_long(ptep, pte, pte & ~(VPTE_RW | VPTE_M)));
	if (pte & VPTE_V)
		pmap_inval_cpu(pmap, va, PAGE_SIZE);
	return (pte);
}

/** The entry is not modified. @return what it was */
vpte_t
pmap_clean_pte(vpte_t *ptep, struct pmap *pmap, vm_offset_t va)
{
#ifdef FIX_VPTE_M
	return (pmap_setro_pte(ptep, pmap, va));
#else
	/* A modified bit that the kernel below has copied stays there, and so does the right to write. */
	(void)pmap, (void)va;
	return (__atomic_fetch_and(ptep, ~VPTE_M, __ATOMIC_SEQ_CST));
#endif
}
