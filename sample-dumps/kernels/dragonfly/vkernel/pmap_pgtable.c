/* Page table pages of a guest's address space, which count their entries. Source: DragonFly, platform/vkernel64/platform/pmap.c: pmap_allocpte, pmap_unuse_pt. */
#include "vkernel.h"

static const int shifts[] = { PDRSHIFT, PDPSHIFT, PML4SHIFT };

/* Place in pm_pteobj of the page that holds the entries of a level: 0 the page table, 3 the root. */
static vm_pindex_t
pgtable_pindex(vm_offset_t va, int level)
{
	static const vm_pindex_t bases[] = { 0, NUPT_TOTAL, NUPT_TOTAL + NUPD_TOTAL };

	if (level == 3)
		return (NUPT_TOTAL + NUPD_TOTAL + NUPDP_TOTAL);
	return (bases[level] + (va >> shifts[level]));
}

static vpte_t *
pgtable_entry(const struct vm_page *m, vm_offset_t va, int level)
{
	return ((vpte_t *)PHYS_TO_DMAP(m->phys_addr) + (va >> (PAGE_SHIFT + 9 * level) & 511));
}

/* The page of a level, made when there is none. */
static struct vm_page *
pgtable_get(struct pmap *pmap, vm_offset_t va, int level)
{
	vm_pindex_t pindex = pgtable_pindex(va, level);
	struct vm_page *m = vm_page_lookup(pmap->pm_pteobj, pindex), *parent;

	if (m != NULL)
		return (m);
	parent = pgtable_get(pmap, va, level + 1);
	m = vm_page_alloc(pmap->pm_pteobj, pindex);
	memset((void *)PHYS_TO_DMAP(m->phys_addr), 0, PAGE_SIZE);
	m->valid = VM_PAGE_BITS_ALL;
	vm_page_flag_set(m, PG_MAPPED);
	parent->wire_count++;
	*pgtable_entry(parent, va, level + 1) = m->phys_addr | VPTE_V | VPTE_RW | VPTE_U | VPTE_A;
	pmap->pm_count++;
	atomic_add_acq_long(&pmap->pm_stats.wired_count, 1);
#ifdef FIX_PTPHINT
	pmap->pm_ptphint = parent;
#else
	pmap->pm_ptphint = m;
#endif
	vm_page_wakeup(m);
	return (m);
}

/** The page table page of an address, with one entry more. */
struct vm_page *
pmap_allocpte(struct pmap *pmap, vm_offset_t va)
{
	struct vm_page *m = pgtable_get(pmap, va, 0);

	m->wire_count++;
	return (m);
}

/* One entry less; without any, the page goes, and with it its entry in the page above. */
static void
pmap_unwire_pgtable(struct pmap *pmap, vm_offset_t va, struct vm_page *m, int level)
{
	struct vm_page *parent;

	m->wire_count--;
	SCHEDULE_POINT(pgtable_unwired);
	if (m->wire_count > 0 || level == 3)
		return;
	parent = vm_page_lookup(pmap->pm_pteobj, pgtable_pindex(va, level + 1));
	*pgtable_entry(parent, va, level + 1) = 0;
	pmap->pm_count--;
	atomic_add_acq_long(&pmap->pm_stats.wired_count, -1);
#ifdef FIX_PTPHINT
	if (pmap->pm_ptphint == m)
		pmap->pm_ptphint = NULL;
#endif
	vm_page_busy_wait(m, "pmuwpt");
	vm_page_flag_clear(m, PG_MAPPED);
	vm_page_free(m);
	pmap_unwire_pgtable(pmap, va, parent, level + 1);
}

/** The entry of an address is gone. @param mpte its page table page, or NULL when nobody has noted it */
void
pmap_unuse_pt(struct pmap *pmap, vm_offset_t va, struct vm_page *mpte)
{
	if (mpte == NULL) {
		vm_pindex_t pindex = pgtable_pindex(va, 0);

#ifndef FIX_PTPHINT
		/* Whose page it is by now, the hint does not say. */
		if (pmap->pm_ptphint != NULL && pmap->pm_ptphint->pindex == pindex)
			mpte = pmap->pm_ptphint;
		else
#endif
			mpte = vm_page_lookup(pmap->pm_pteobj, pindex);
	}
	pmap_unwire_pgtable(pmap, va, mpte, 0);
}
