/* Page tables and who maps what. Source: DragonFly, platform/pc64/x86_64/pmap.c. */
#include "vm/vm.h"

#define PV_ENTRIES	256

static struct pv_entry pv_zone[PV_ENTRIES];
static struct pv_entry *pv_free;	/* through pv_m */
static struct spinlock pv_zone_spin;

/** The pool of pv entries. */
void
pmap_init(void)
{
	for (int index = PV_ENTRIES - 1; index >= 0; index--) {
		pv_zone[index].pv_m = (struct vm_page *)pv_free;
		pv_free = &pv_zone[index];
	}
}

/** A user's pmap whose top table lies at a physical address of the caller's choice. */
void
pmap_pinit(struct pmap *pmap, u64 pml4)
{
	memcpy((u64 *)physical_pointer(pml4) + 256, (u64 *)physical_pointer(kernel_root) + 256, PAGE_SIZE / 2);
	pmap->pm_pml4 = (pt_entry_t *)PHYS_TO_DMAP(pml4);
	pmap->pm_count = 1;
	for (int index = 0; index < 16; index++)
		pmap->pm_placemarks[index] = (vm_pindex_t)-1;
	TAILQ_INSERT_TAIL(&pmap_list, pmap, pm_pmnode);
}

static u64 pmap_root(const struct pmap *pmap) { return ((u64)pmap->pm_pml4 - DMAP_MIN_ADDRESS); }

/** @return where the PTE of `va` is, or NULL without a page table */
pt_entry_t *
pmap_pte(struct pmap *pmap, vm_offset_t va)
{
	return (table_entry(pmap_root(pmap), va, 0));
}

/* ---- pv entries ---- */

/* Waits for the lock. */
static void
pv_lock(struct pv_entry *pv)
{
	while (!atomic_cmpset_int(&pv->pv_hold, pv->pv_hold & ~PV_HOLD_LOCKED, pv->pv_hold | PV_HOLD_LOCKED))
		cpu_pause();
}

/* @return whether this CPU has the lock now */
static int
pv_hold_try(struct pv_entry *pv)
{
	u32 hold = pv->pv_hold;

	return (!(hold & PV_HOLD_LOCKED) && atomic_cmpset_int(&pv->pv_hold, hold, hold | PV_HOLD_LOCKED));
}

static void
pv_put(struct pv_entry *pv)
{
	atomic_clear_int(&pv->pv_hold, PV_HOLD_LOCKED);
}

/* The pv entry of a mapping, locked; made when there is none. */
static struct pv_entry *
pv_get(struct pmap *pmap, vm_pindex_t pindex)
{
	struct pv_entry *pv;

	spin_lock(&pmap->pm_spin);
	pv = RB_LOOKUP(pv_entry, &pmap->pm_pvroot, pindex, pv_entry, pv_pindex);
	if (pv == NULL) {
		spin_lock(&pv_zone_spin);
		pv = pv_free;
		KASSERT(pv != NULL, ("pv entries used up"));
		pv_free = (struct pv_entry *)pv->pv_m;
		spin_unlock(&pv_zone_spin);
		*pv = (struct pv_entry){ .pv_pmap = pmap, .pv_pindex = pindex, .pv_hold = 1 };
		RB_INSERT(&pmap->pm_pvroot, pv, pv_entry, pv_pindex);
	}
	spin_unlock(&pmap->pm_spin);
	pv_lock(pv);
	return (pv);
}

static void
pv_insert(struct pv_entry *pv, struct vm_page *m, vm_prot_t prot)
{
	vm_page_spin_lock(m);
	if (pv->pv_m == NULL) {
		pv->pv_m = m;
		TAILQ_INSERT_TAIL(&m->md.pv_list, pv, pv_list);
		atomic_add_acq_long(&pv->pv_pmap->pm_stats.resident_count, 1);
	}
	vm_page_flag_set(m, PG_MAPPED | (prot & VM_PROT_WRITE ? PG_WRITEABLE : 0));
	vm_page_spin_unlock(m);
}

/* The mapping is gone: so is its pv entry. */
static void
pv_free_entry(struct pv_entry *pv)
{
	struct vm_page *m = pv->pv_m;

	vm_page_spin_lock(m);
	TAILQ_REMOVE(&m->md.pv_list, pv, pv_list);
	if (TAILQ_FIRST(&m->md.pv_list) == NULL)
		vm_page_flag_clear(m, PG_MAPPED | PG_WRITEABLE);
	vm_page_spin_unlock(m);
	spin_lock(&pv->pv_pmap->pm_spin);
	RB_REMOVE(&pv->pv_pmap->pm_pvroot, pv, pv_entry);
	spin_unlock(&pv->pv_pmap->pm_spin);
	atomic_add_acq_long(&pv->pv_pmap->pm_stats.resident_count, -1);
	spin_lock(&pv_zone_spin);
	pv->pv_pmap = NULL;
	pv->pv_m = (struct vm_page *)pv_free;
	pv->pv_hold = 0;
	pv_free = pv;
	spin_unlock(&pv_zone_spin);
}

/* ---- entering ---- */

/** Maps a managed page. */
void
pmap_enter(struct pmap *pmap, vm_offset_t va, struct vm_page *m, vm_prot_t prot)
{
	pt_entry_t npte = m->phys_addr | PG_V | PG_A | PG_MANAGED;
	pt_entry_t *ptep = table_entry(pmap_root(pmap), va, 1);
	struct pv_entry *pv = pv_get(pmap, va >> PAGE_SHIFT);

	npte |= pmap == &kernel_pmap ? PTE_NX : PG_U;
	if (prot & VM_PROT_WRITE)
		npte |= PG_RW;
	pv_insert(pv, m, prot);
	SCHEDULE_POINT(enter_flags_set);
	if (*ptep & PG_V)
		pmap_inval_smp(pmap, va, 1, ptep, npte);
	else
		atomic_swap_long(ptep, npte);
	SCHEDULE_POINT(enter_stored);
	pv_put(pv);
	ktr_log("pmap_enter", (u64)pmap, va, m->phys_addr, prot);
}

/* ---- removing ---- */

/** Index of the page directory of an address among all the page table pages of a pmap. */
vm_pindex_t
pmap_pd_pindex(vm_offset_t va)
{
	return (NUPTE_TOTAL + NUPT_TOTAL + (va >> 30));
}

/* The page tables of one page directory, cut to the range. */
static void
pmap_scan_pd(struct pmap_scan_info *info, vm_offset_t first, vm_offset_t last)
{
	for (vm_offset_t va = first;; va += PAGE_SIZE) {
		pt_entry_t *ptep = pmap_pte(info->pmap, va);

		if (ptep == NULL) {
			va |= LARGE_PAGE_SIZE - PAGE_SIZE;
		} else if (*ptep & PG_V) {
			info->func(info->pmap, info, RB_LOOKUP(pv_entry, &info->pmap->pm_pvroot, va >> PAGE_SHIFT, pv_entry, pv_pindex),
			    va, ptep, info->arg);
			info->count++;
		}
		if (va >= last)
			break;
	}
}

/** Calls `info->func` for each PTE from `sva` up to, not including, `eva`. */
void
pmap_scan(struct pmap_scan_info *info, int smp_inval)
{
	vm_pindex_t pd;

	if (smp_inval) {
		info->bulk = &info->bulk_core;
		pmap_inval_bulk_init(&info->bulk_core, info->pmap);
	} else {
		info->bulk = NULL;
	}
	info->sva_pd_pindex = pmap_pd_pindex(info->sva);
#ifdef FIX_SCAN
	info->eva_pd_pindex = pmap_pd_pindex(info->eva - PAGE_SIZE);
	for (pd = info->sva_pd_pindex; pd <= info->eva_pd_pindex && !info->stop; pd++) {
#else
	info->eva_pd_pindex = pmap_pd_pindex(info->eva + NBPDP - 1);
	for (pd = info->sva_pd_pindex; pd < info->eva_pd_pindex && !info->stop; pd++) {
#endif
		vm_offset_t base = (pd - NUPTE_TOTAL - NUPT_TOTAL) << 30;
		vm_offset_t first = base < info->sva ? info->sva : base;
		vm_offset_t last = base + NBPDP - 1 > info->eva - PAGE_SIZE ? info->eva - PAGE_SIZE : base + NBPDP - PAGE_SIZE;

		pmap_scan_pd(info, first, last);
	}
	SCHEDULE_POINT(scan_done);
	pmap_inval_bulk_flush(info->bulk);
}

static void
pmap_remove_callback(struct pmap *pmap, struct pmap_scan_info *info, struct pv_entry *pv, vm_offset_t va, pt_entry_t *ptep, void *arg)
{
	(void)pmap, (void)arg;
	if (pv != NULL)
		pv_lock(pv);
	pmap_inval_bulk(info->bulk, va, ptep, 0);
	if (pv != NULL)
		pv_free_entry(pv);
}

void
pmap_remove(struct pmap *pmap, vm_offset_t sva, vm_offset_t eva)
{
	struct pmap_scan_info info = { .pmap = pmap, .sva = sva, .eva = eva, .func = pmap_remove_callback };

	pmap_scan(&info, 1);
}

/** Takes the mapping of a managed page away and tells nobody: the caller flushes the range later. */
struct vm_page *
pmap_remove_quietly(struct pmap *pmap, vm_offset_t va)
{
	struct pv_entry *pv = RB_LOOKUP(pv_entry, &pmap->pm_pvroot, va >> PAGE_SHIFT, pv_entry, pv_pindex);
	struct vm_page *m = pv->pv_m;

	pv_lock(pv);
	*pmap_pte(pmap, va) = 0;
	pv_free_entry(pv);
	return (m);
}

/** Flushes a range whose PTEs somebody else has changed. */
void
pmap_invalidate_range(struct pmap *pmap, vm_offset_t sva, vm_offset_t eva)
{
	pmap_inval_smp(pmap, sva, (npgs_t)((eva - sva) >> PAGE_SHIFT), NULL, 0);
}

/* ---- changing ---- */

int commit_literal;	/* knob: the form of the test that the commit has, which starts the list again and again */

/* One mapping of a page whose spin lock is held. @return whether the scan has to start again */
static int
clear_one(struct vm_page *m, struct pv_entry *pv, pt_entry_t bit)
{
	vm_offset_t va = pv->pv_pindex << PAGE_SHIFT;
	pt_entry_t *ptep = pmap_pte(pv->pv_pmap, va), opte;

	if (!(*ptep & PG_MANAGED)) {
		/* Nothing changes, so nothing need be forgotten. */
#ifndef FIX_CLEARBIT
		cpu_invltlb();
#endif
		return (0);
	}
#ifndef FIX_CLEARBIT
	if (!(*ptep & bit))
		return (0);
#endif
	if (!pv_hold_try(pv)) {
		vm_page_spin_unlock(m);
		SCHEDULE_POINT(clearbit_wait);
		cpu_pause();
		vm_page_spin_lock(m);
		return (1);
	}
	opte = *ptep;
	if (!(opte & bit)) {
		pv_put(pv);
		return (commit_literal);
	}
	while (!pmap_inval_smp_cmpset(pv->pv_pmap, va, ptep, opte, opte & ~(bit | PG_M)))
		opte = *ptep;
	if (opte & PG_M)
		m->dirty = VM_PAGE_BITS_ALL;
	pv_put(pv);
	return (0);
}

/** Takes a bit from every mapping of a page. */
void
pmap_clearbit(struct vm_page *m, pt_entry_t bit)
{
	struct pv_entry *pv;

	vm_page_spin_lock(m);
	SCHEDULE_POINT(clearbit_scan);
restart:
	TAILQ_FOREACH(pv, &m->md.pv_list, pv_list)
		if (clear_one(m, pv, bit))
			goto restart;
	SCHEDULE_POINT(clearbit_scanned);
	if (bit == PG_RW)
		vm_page_flag_clear(m, PG_WRITEABLE);
	vm_page_spin_unlock(m);
}

/** Lowers the rights of every mapping of a page. */
void
pmap_page_protect(struct vm_page *m, vm_prot_t prot)
{
	if (!(prot & VM_PROT_WRITE))
		pmap_clearbit(m, PG_RW);
}

/** Takes every mapping of a page away. The page's owner knows whether it was modified. */
void
pmap_remove_all(struct vm_page *m)
{
	struct pv_entry *pv;

	while ((pv = TAILQ_FIRST(&m->md.pv_list)) != NULL) {
		vm_offset_t va = pv->pv_pindex << PAGE_SHIFT;

		pv_lock(pv);
		pmap_inval_smp(pv->pv_pmap, va, 1, pmap_pte(pv->pv_pmap, va), 0);
		pv_free_entry(pv);
	}
}

/** Whether a page was written through a mapping. One that nobody may write to can't have been. */
int
pmap_is_modified(struct vm_page *m)
{
	struct pv_entry *pv;

	if (!(m->flags & PG_WRITEABLE))
		return (0);
	TAILQ_FOREACH(pv, &m->md.pv_list, pv_list)
		if (*pmap_pte(pv->pv_pmap, pv->pv_pindex << PAGE_SHIFT) & PG_M)
			return (1);
	return (0);
}

/* ---- switching ---- */

/** An invalidation is in progress: waits until it is over. The caller reloads %cr3 then. */
void
pmap_interlock_wait(struct vmspace *vm)
{
	struct pmap *pmap = &vm->vm_pmap;

	SCHEDULE_POINT(interlock_wait);
	while (pmap->pm_active_lock & CPULOCK_EXCL)
		cpu_pause();
}

/** Gives an lwp another address space. */
void
pmap_setlwpvm(struct lwp *lp, struct vmspace *newvm)
{
	struct vmspace *oldvm = lp->lwp_vmspace;

	if (oldvm == newvm)
		return;
	crit_enter();
	lp->lwp_vmspace = newvm;
	if (curthread->td_lwp == lp) {
		ATOMIC_CPUMASK_ORBIT(newvm->vm_pmap.pm_active, mycpuid);
		if (newvm->vm_pmap.pm_active_lock & CPULOCK_EXCL)
			pmap_interlock_wait(newvm);
		curthread->td_pcb->pcb_cr3 = pmap_root(&newvm->vm_pmap);
		write_cr3(curthread->td_pcb->pcb_cr3);
		ATOMIC_CPUMASK_NANDBIT(oldvm->vm_pmap.pm_active, mycpuid);
	} else {
		lp->lwp_thread->td_pcb->pcb_cr3 = pmap_root(&newvm->vm_pmap);
	}
	crit_exit();
}
