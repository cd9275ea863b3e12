/* Address spaces of guests: entering and removing. Source: DragonFly, platform/vkernel64/platform/pmap.c. */
#include "vkernel.h"

void
pmap_pinit(struct pmap *pmap, u64 host_root)
{
	struct vm_page *m;

	pmap->pm_pteobj = vm_object_allocate(OBJT_DEFAULT, NUPT_TOTAL + NUPD_TOTAL + NUPDP_TOTAL + 1);
	pmap->pm_pdindex = NUPT_TOTAL + NUPD_TOTAL + NUPDP_TOTAL;
	m = vm_page_alloc(pmap->pm_pteobj, pmap->pm_pdindex);
	memset((void *)PHYS_TO_DMAP(m->phys_addr), 0, PAGE_SIZE);
	m->valid = VM_PAGE_BITS_ALL;
	m->wire_count = 1;
	vm_page_flag_set(m, PG_MAPPED);
	vm_page_wakeup(m);
	pmap->pm_pdirm = m;
	pmap->pm_pml4 = (vpte_t *)PHYS_TO_DMAP(m->phys_addr);
	pmap->pm_pdirpte = m->phys_addr | VPTE_V | VPTE_RW | VPTE_U | VPTE_A | VPTE_M;
	pmap->pm_count = 1;
	pmap->pm_stats.wired_count = 1;
	TAILQ_INSERT_TAIL(&pmap_list, pmap, pm_pmnode);
	vmspace_create(pmap, host_root);
	vmspace_mcontrol(pmap, 0, 0, MADV_SETMAP, pmap->pm_pdirpte);
}

/** Gives what an address space still has back, when nobody uses it. */
void
pmap_release(struct pmap *pmap)
{
	struct pv_entry *pv;

	if (CPUMASK_TESTNZERO(pmap->pm_active))
		panic("pmap %p still active! %016lx", (void *)pmap, (unsigned long)pmap->pm_active.ary[0]);
	while ((pv = pmap->pm_pvroot.rbh_root) != NULL)
		pmap_remove(pmap, pv->pv_va, pv->pv_va + PAGE_SIZE);
	TAILQ_REMOVE(&pmap_list, pmap, pm_pmnode);
	vmspace_destroy(pmap);
	vm_page_busy_wait(pmap->pm_pdirm, "pmaprl");
	vm_page_flag_clear(pmap->pm_pdirm, PG_MAPPED);
	vm_page_free(pmap->pm_pdirm);
	pmap->pm_pdirm = NULL;
}

/** @return where the entry of `va` is, or NULL without a page table */
vpte_t *
pmap_pte(struct pmap *pmap, vm_offset_t va)
{
	vpte_t entry = pmap->pm_pdirpte;

	for (int shift = PML4SHIFT; shift > PAGE_SHIFT; shift -= 9) {
		entry = ((vpte_t *)PHYS_TO_DMAP(entry & VPTE_FRAME))[va >> shift & 511];
		if (!(entry & VPTE_V))
			return (NULL);
	}
	return ((vpte_t *)PHYS_TO_DMAP(entry & VPTE_FRAME) + (va >> PAGE_SHIFT & 511));
}

/* ---- entering ---- */

static vpte_t
pte_prot(vm_prot_t prot)
{
	return (VPTE_V | VPTE_U | VPTE_MANAGED | (prot & VM_PROT_WRITE ? VPTE_RW : 0));
}

static void
pmap_remove_pte(struct pmap *pmap, vpte_t *ptep, vm_offset_t va)
{
	vpte_t opte = pmap_inval_loadandclear(ptep, pmap, va);
	struct vm_page *m;

	if (!(opte & VPTE_MANAGED)) {
		pmap_unuse_pt(pmap, va, NULL);
		return;
	}
	m = PHYS_TO_VM_PAGE(opte & VPTE_FRAME);
	if (opte & VPTE_M)
		m->dirty = VM_PAGE_BITS_ALL;
	pmap_remove_entry(pmap, m, va);
}

#ifndef FIX_PVLOCK
/* The entry and the page's flag change outside the lock that guards the page's list. */
static void
pmap_enter_page(struct pmap *pmap, vm_offset_t va, vpte_t *ptep, struct vm_page *m, vm_prot_t prot)
{
	vpte_t origpte = pmap_clean_pte(ptep, pmap, va), newpte = m->phys_addr | pte_prot(prot);
	int is_new = !(origpte & VPTE_V) || (origpte & VPTE_FRAME) != m->phys_addr;

	if ((origpte & VPTE_V) && is_new)
		pmap_remove_pte(pmap, ptep, va);
	if (is_new) {
		struct vm_page *mpte = pmap_allocpte(pmap, va);

		vm_page_spin_lock(m);
		pmap_insert_entry(pmap, va, mpte, m);
		vm_page_flag_set(m, PG_MAPPED);
		vm_page_spin_unlock(m);
	}
	SCHEDULE_POINT(enter_listed);
	/* Whatever page the bits were about. */
	newpte |= origpte & (VPTE_M | VPTE_A);
	atomic_swap_long(ptep, newpte | VPTE_A);
	SCHEDULE_POINT(enter_stored);
	if (prot & VM_PROT_WRITE)
		vm_page_flag_set(m, PG_WRITEABLE);
	SCHEDULE_POINT(enter_flags_set);
}
#else
static void
pmap_enter_page(struct pmap *pmap, vm_offset_t va, vpte_t *ptep, struct vm_page *m, vm_prot_t prot)
{
	vpte_t origpte = pmap_inval_loadandclear(ptep, pmap, va);
	struct vm_page *mpte = NULL;

	if ((origpte & VPTE_M) && (origpte & VPTE_MANAGED))
		PHYS_TO_VM_PAGE(origpte & VPTE_FRAME)->dirty = VM_PAGE_BITS_ALL;
	if ((origpte & VPTE_V) && (origpte & VPTE_FRAME) != m->phys_addr) {
		pmap_remove_entry(pmap, PHYS_TO_VM_PAGE(origpte & VPTE_FRAME), va);
		origpte = 0;
	}
	if (!(origpte & VPTE_V))
		mpte = pmap_allocpte(pmap, va);
	vm_page_spin_lock(m);
	if (mpte != NULL)
		pmap_insert_entry(pmap, va, mpte, m);
	SCHEDULE_POINT(enter_listed);
	vm_page_flag_set(m, PG_MAPPED | (prot & VM_PROT_WRITE ? PG_WRITEABLE : 0));
	atomic_swap_long(ptep, m->phys_addr | pte_prot(prot) | VPTE_A);
	SCHEDULE_POINT(enter_stored);
	vm_page_spin_unlock(m);
	SCHEDULE_POINT(enter_flags_set);
}
#endif

/** Maps a managed page. */
void
pmap_enter(struct pmap *pmap, vm_offset_t va, struct vm_page *m, vm_prot_t prot)
{
	vpte_t *ptep;

	vm_object_hold(pmap->pm_pteobj);
	/* One entry too many, so that the page table stays while its entry changes. */
	pmap_allocpte(pmap, va);
	ptep = pmap_pte(pmap, va);
	pmap_enter_page(pmap, va, ptep, m, prot);
	pmap_unuse_pt(pmap, va, vm_page_lookup(pmap->pm_pteobj, va >> PDRSHIFT));
	vm_object_drop(pmap->pm_pteobj);
	ktr_log("pmap_enter", (u64)pmap, va, m->phys_addr, prot);
}

void
pmap_enter_device(struct pmap *pmap, vm_offset_t va, vm_paddr_t pa)
{
	vm_object_hold(pmap->pm_pteobj);
	pmap_allocpte(pmap, va);
	atomic_swap_long(pmap_pte(pmap, va), pa | VPTE_V | VPTE_U | VPTE_RW | VPTE_A);
	vm_object_drop(pmap->pm_pteobj);
}

/** Maps pages into the vkernel without pv entries, for a while. */
void
pmap_qenter(vm_offset_t va, struct vm_page **pages, int count)
{
	for (int index = 0; index < count; index++, va += PAGE_SIZE)
		table_map(kernel_root, va, pages[index]->phys_addr, PTE_W | PTE_A | PTE_D | PTE_NX);
}

void
pmap_qremove(vm_offset_t va, int count)
{
	for (int index = 0; index < count; index++, va += PAGE_SIZE) {
		table_unmap(kernel_root, va);
		host_invalidate_kernel(va);
	}
}

void
pmap_remove(struct pmap *pmap, vm_offset_t sva, vm_offset_t eva)
{
	vm_object_hold(pmap->pm_pteobj);
	for (vm_offset_t va = sva; va < eva; va += PAGE_SIZE) {
		vpte_t *ptep = pmap_pte(pmap, va);

		SCHEDULE_POINT(remove_page_entry);
		if (ptep != NULL && (*ptep & VPTE_V))
			pmap_remove_pte(pmap, ptep, va);
	}
	vm_object_drop(pmap->pm_pteobj);
}
