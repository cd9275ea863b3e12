/* Who maps a page: its list, and what is done to all of it. Source: DragonFly, platform/vkernel64/platform/pmap.c. */
#include "vkernel.h"

#define PV_ENTRIES	128

static struct pv_entry pv_zone[PV_ENTRIES];
static struct spinlock pv_zone_spin;

static struct pv_entry *
get_pv_entry(void)
{
	struct pv_entry *found = NULL;

	spin_lock(&pv_zone_spin);
	for (int index = 0; index < PV_ENTRIES && found == NULL; index++)
		if (pv_zone[index].pv_pmap == NULL)
			found = &pv_zone[index];
	KASSERT(found != NULL, ("pv entries used up"));
	found->pv_pmap = &kernel_pmap;
	spin_unlock(&pv_zone_spin);
	return (found);
}

/** Notes a mapping. The page's spin lock is held. */
void
pmap_insert_entry(struct pmap *pmap, vm_offset_t va, struct vm_page *mpte, struct vm_page *m)
{
	struct pv_entry *pv = get_pv_entry();

	pv->pv_pmap = pmap;
	pv->pv_va = va;
	pv->pv_ptem = mpte;
	RB_INSERT(&pmap->pm_pvroot, pv, pv_entry, pv_va);
	TAILQ_INSERT_TAIL(&m->md.pv_list, pv, pv_list);
	m->md.pv_list_count++;
	pmap->pm_stats.resident_count++;
}

/** A mapping is gone; so is its entry of the page table. */
void
pmap_remove_entry(struct pmap *pmap, struct vm_page *m, vm_offset_t va)
{
	struct pv_entry *pv = RB_LOOKUP(pv_entry, &pmap->pm_pvroot, va, pv_entry, pv_va);
	struct vm_page *mpte = pv->pv_ptem;

	vm_page_spin_lock(m);
	TAILQ_REMOVE(&m->md.pv_list, pv, pv_list);
	m->md.pv_list_count--;
	if (TAILQ_FIRST(&m->md.pv_list) == NULL)
		vm_page_flag_clear(m, PG_MAPPED | PG_WRITEABLE);
	vm_page_spin_unlock(m);
	RB_REMOVE(&pmap->pm_pvroot, pv, pv_entry);
	pmap->pm_stats.resident_count--;
	pv->pv_pmap = NULL;
	pmap_unuse_pt(pmap, va, mpte);
}

#ifdef FIX_PTETOKEN
/*
 * The token of a pmap's page table pages, while the page's spin lock is held. When another has it, the lock is given up while this
 * CPU waits. @return whether the list may have changed
 */
static int
get_pteobj(struct vm_page *m, struct vm_object *pteobj)
{
	if (lwkt_trytoken(&pteobj->token))
		return (0);
	atomic_add_int(&pteobj->ref_count, 1);
	vm_page_spin_unlock(m);
	SCHEDULE_POINT(clearbit_wait);
	vm_object_hold(pteobj);
	vm_object_drop(pteobj);
	atomic_add_int(&pteobj->ref_count, -1);
	vm_page_spin_lock(m);
	return (1);
}

static void put_pteobj(struct vm_object *pteobj) { lwkt_reltoken(&pteobj->token); }
#else
static int get_pteobj(struct vm_page *m, struct vm_object *pteobj) { (void)m, (void)pteobj; return (0); }
static void put_pteobj(struct vm_object *pteobj) { (void)pteobj; }
#endif

/* Entries have one writer at a time: whoever holds the token. */
static void
pmap_pte_writer(const struct pmap *pmap, const char *function)
{
	const struct lwkt_token *token = &pmap->pm_pteobj->token;

	if (token->t_ref != NULL && token->t_ref != curthread)
		panic("assertion: pteobj token not held in %s", function);
}

static void
clear_one(struct vm_page *m, struct pv_entry *pv, vpte_t bit)
{
	vpte_t *ptep = pmap_pte(pv->pv_pmap, pv->pv_va), opte;

	if (!(*ptep & bit))
		return;
	pmap_pte_writer(pv->pv_pmap, "pmap_clearbit");
	opte = bit == VPTE_RW ? pmap_setro_pte(ptep, pv->pv_pmap, pv->pv_va) : pmap_clean_pte(ptep, pv->pv_pmap, pv->pv_va);
	if (bit == VPTE_RW && (opte & VPTE_M))
		m->dirty = VM_PAGE_BITS_ALL;
}

/** Takes a bit from every mapping of a page. */
void
pmap_clearbit(struct vm_page *m, vpte_t bit)
{
	struct pv_entry *pv;

	SCHEDULE_POINT(clearbit_scan);
	vm_page_spin_lock(m);
restart:
	TAILQ_FOREACH(pv, &m->md.pv_list, pv_list) {
		struct vm_object *pteobj = pv->pv_pmap->pm_pteobj;

		if (get_pteobj(m, pteobj))
			goto restart;
		clear_one(m, pv, bit);
		put_pteobj(pteobj);
	}
#ifdef FIX_PVLOCK
	if (bit == VPTE_RW)
		vm_page_flag_clear(m, PG_WRITEABLE);
#endif
	vm_page_spin_unlock(m);
	SCHEDULE_POINT(clearbit_scanned);
}

/* Takes every mapping of a page away. */
static void
pmap_remove_all(struct vm_page *m)
{
	struct pv_entry *pv;

	while ((pv = TAILQ_FIRST(&m->md.pv_list)) != NULL)
		pmap_remove(pv->pv_pmap, pv->pv_va, pv->pv_va + PAGE_SIZE);
}

/** Lowers the rights of every mapping of a page. */
void
pmap_page_protect(struct vm_page *m, vm_prot_t prot)
{
	if (prot & VM_PROT_WRITE)
		return;
	if (prot == VM_PROT_NONE) {
		pmap_remove_all(m);
		return;
	}
	pmap_clearbit(m, VPTE_RW);
#ifndef FIX_PVLOCK
	vm_page_flag_clear(m, PG_WRITEABLE);
#endif
	SCHEDULE_POINT(page_protected);
}

void
pmap_clear_modify(struct vm_page *m)
{
	pmap_clearbit(m, VPTE_M);
}

int
pmap_is_modified(struct vm_page *m)
{
	struct pv_entry *pv;

	TAILQ_FOREACH(pv, &m->md.pv_list, pv_list)
		if (*pmap_pte(pv->pv_pmap, pv->pv_va) & VPTE_M)
			return (1);
	return (0);
}
