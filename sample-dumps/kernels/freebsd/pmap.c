/* Page tables of address spaces. Source: FreeBSD, amd64/amd64/pmap.c. */
#include "vm/vm.h"

struct pmap kernel_pmap_store;

static void
pmap_pinit_common(pmap_t pmap)
{
	memset(pmap, 0, sizeof(*pmap));
	mtx_init(&pmap->pm_mtx, "pmap");
	TAILQ_INIT(&pmap->pm_pvchunk);
	pmap->pm_type = PT_X86;
	pmap->pm_ucr3 = ~0ul;
}

void
pmap_bootstrap(void)
{
	pmap_pinit_common(kernel_pmap);
	kernel_pmap->pm_cr3 = kernel_root;
	kernel_pmap->pm_pmltop = (pt_entry_t *)PHYS_TO_DMAP(kernel_root);
}

/** The pmap of vmspace0 has the kernel's page tables. */
void
pmap_pinit0(pmap_t pmap)
{
	pmap_pinit_common(pmap);
	pmap->pm_cr3 = kernel_pmap->pm_cr3;
	pmap->pm_pmltop = kernel_pmap->pm_pmltop;
}

void
pmap_pinit(pmap_t pmap)
{
	struct vm_page *top = vm_page_alloc(NULL, 0);

	SCHEDULE_POINT(pinit);
	pmap_pinit_common(pmap);
	pmap->pm_cr3 = top->phys_addr;
	pmap->pm_pmltop = (pt_entry_t *)PHYS_TO_DMAP(top->phys_addr);
	memcpy(pmap->pm_pmltop + 256, kernel_pmap->pm_pmltop + 256, PAGE_SIZE / 2);
}

void
pmap_release(pmap_t pmap)
{
	KASSERT(pmap->pm_stats.resident_count == 0, ("pmap_release: pmap %p resident count %ld != 0", (void *)pmap,
	    pmap->pm_stats.resident_count));
	KASSERT(CPU_EMPTY(&pmap->pm_active), ("releasing active pmap %p", (void *)pmap));
	vm_page_free(PHYS_TO_VM_PAGE(pmap->pm_cr3));
}

static pt_entry_t *
pmap_entry_at(vm_paddr_t table, vm_offset_t va, int shift)
{
	return ((pt_entry_t *)PHYS_TO_DMAP(table) + (va >> shift & 511));
}

/* The entry of a user address, with the tables above it when `create`. NULL when there is none. */
static pt_entry_t *
pmap_pte(pmap_t pmap, vm_offset_t va, bool create)
{
	vm_paddr_t table = pmap->pm_cr3;

	for (int shift = 39; shift > PAGE_SHIFT; shift -= 9) {
		pt_entry_t *entry = pmap_entry_at(table, va, shift);

		if (!(*entry & X86_PG_V)) {
			if (!create)
				return (NULL);
			*entry = vm_page_alloc(NULL, 0)->phys_addr | X86_PG_V | X86_PG_RW | X86_PG_U;
			PHYS_TO_VM_PAGE(table)->ref_count++;
		}
		table = *entry & PTE_FRAME;
	}
	return (pmap_entry_at(table, va, PAGE_SHIFT));
}

/* An entry of `va` is gone at a level: frees the page-table pages that are empty now, the lowest first. */
static void
pmap_unuse_pt(pmap_t pmap, vm_offset_t va)
{
	vm_paddr_t tables[4] = { pmap->pm_cr3 };
	int level;

	for (level = 0; level < 3; level++)
		tables[level + 1] = *pmap_entry_at(tables[level], va, 39 - 9 * level) & PTE_FRAME;
	for (level = 3; level > 0 && --PHYS_TO_VM_PAGE(tables[level])->ref_count == 0; level--) {
		*pmap_entry_at(tables[level - 1], va, 39 - 9 * (level - 1)) = 0;
		vm_page_free(PHYS_TO_VM_PAGE(tables[level]));
	}
	if (level == 0)
		PHYS_TO_VM_PAGE(tables[0])->ref_count--;
}

static struct pv_entry *
get_pv_entry(pmap_t pmap)
{
	struct pv_chunk *pc = TAILQ_FIRST(&pmap->pm_pvchunk);
	int index;

	if (pc == NULL || pc->pc_map[0] == 0) {
		pc = uma_zalloc_arg(pvchunk_zone);
		pc->pc_pmap = pmap;
		pc->pc_map[0] = PC_FREE0;
		pc->pc_map[1] = pc->pc_map[2] = 0;
		TAILQ_INSERT_HEAD(&pmap->pm_pvchunk, pc, pc_list);
	}
	index = __builtin_ctzl(pc->pc_map[0]);
	pc->pc_map[0] &= ~(1ul << index);
	return (&pc->pc_pventry[index]);
}

static void
free_pv_chunk(struct pv_chunk *pc)
{
	TAILQ_REMOVE(&pc->pc_pmap->pm_pvchunk, pc, pc_list);
	uma_zfree(pvchunk_zone, pc);
}

/* Takes the pv entry of a mapping off its page and its chunk. */
static void
pmap_remove_entry(pmap_t pmap, struct vm_page *m, vm_offset_t va)
{
	struct pv_chunk *pc;

	TAILQ_FOREACH(pc, &pmap->pm_pvchunk, pc_list) {
		for (int index = 0; index < _NPCPV; index++) {
			struct pv_entry *pv = &pc->pc_pventry[index];

			if ((pc->pc_map[0] >> index & 1) || pv->pv_va != va)
				continue;
			TAILQ_REMOVE(&m->md.pv_list, pv, pv_next);
			pc->pc_map[0] |= 1ul << index;
			if (pc->pc_map[0] == PC_FREE0)
				free_pv_chunk(pc);
			return;
		}
	}
}

void
pmap_enter(pmap_t pmap, vm_offset_t va, struct vm_page *m, vm_prot_t prot)
{
	pt_entry_t *pte, new = m->phys_addr | X86_PG_V | X86_PG_U | PG_MANAGED | (prot & VM_PROT_WRITE ? X86_PG_RW : 0);

	PMAP_LOCK(pmap);
	pte = pmap_pte(pmap, va, true);
	if (!(*pte & X86_PG_V)) {
		struct pv_entry *pv = get_pv_entry(pmap);

		pv->pv_va = va;
		TAILQ_INSERT_TAIL(&m->md.pv_list, pv, pv_next);
		PHYS_TO_VM_PAGE((vm_paddr_t)((u_long)pte & ~(PAGE_SIZE - 1ul)) - KERNEL_WINDOW)->ref_count++;
		pmap->pm_stats.resident_count++;
	}
	*pte = new;
	PMAP_UNLOCK(pmap);
}

/* One mapping, with the lock held: entry, counts, pv entry. The caller flushes. */
static void
pmap_remove_pte(pmap_t pmap, vm_offset_t va, pt_entry_t *pte)
{
	struct vm_page *m = PHYS_TO_VM_PAGE(*pte & PTE_FRAME);

	if (*pte & X86_PG_M)
		m->dirty = 0xff;
	*pte = 0;
	pmap->pm_stats.resident_count--;
	pmap_remove_entry(pmap, m, va);
	pmap_unuse_pt(pmap, va);
}

void
pmap_remove(pmap_t pmap, vm_offset_t sva, vm_offset_t eva)
{
	if (pmap->pm_stats.resident_count == 0)
		return;
	PMAP_LOCK(pmap);
	for (vm_offset_t va = sva; va < eva; va += PAGE_SIZE) {
		pt_entry_t *pte = pmap_pte(pmap, va, false);

		if (pte == NULL || !(*pte & X86_PG_V))
			continue;
		pmap_remove_pte(pmap, va, pte);
		pmap_invalidate_page(pmap, va);
	}
	PMAP_UNLOCK(pmap);
}

/** The pages that are mapped in one address space, mapped in another, read-only. */
void
pmap_copy(pmap_t dst, pmap_t src, vm_offset_t start, vm_offset_t end)
{
	for (vm_offset_t va = start; va < end; va += PAGE_SIZE) {
		pt_entry_t *pte = pmap_pte(src, va, false);

		if (pte != NULL && (*pte & X86_PG_V))
			pmap_enter(dst, va, PHYS_TO_VM_PAGE(*pte & PTE_FRAME), VM_PROT_READ);
	}
}

/* What pmap_remove_pages rests on: the pmap is current here, and active on no other CPU. */
static inline __attribute__((always_inline)) void
pmap_assert_inactive_elsewhere(pmap_t pmap)
{
#ifdef INVARIANTS
	cpuset_t others = pmap->pm_active;

	critical_enter();
	CPU_CLR(PCPU_CPUID(), &others);
	critical_exit();
	KASSERT(CPU_EMPTY(&others), ("pmap active %p", (void *)pmap));
#else
	(void)pmap;
#endif
}

#ifdef TWO_STEP_PCPU
/* The address first, then the member: see sys/proc.h. */
#define PCPU_GET_CURPMAP() ({							\
	register struct pcpu *pcpup __asm__("r12");				\
	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(pcpup) : "i"(offsetof(struct pcpu, pc_prvspace))); \
	SCHEDULE_POINT(pcpu_read);						\
	pcpup->pc_curpmap;							\
})
#else
#define PCPU_GET_CURPMAP()	PCPU_FIELD(pc_curpmap, struct pmap *)
#endif

void
pmap_remove_pages(pmap_t pmap)
{
	struct pv_chunk *pc, *npc;

	SCHEDULE_POINT(remove_pages);
	KASSERT(pmap == PCPU_GET_CURPMAP(), ("non-current pmap %p", (void *)pmap));
	pmap_assert_inactive_elsewhere(pmap);
	PMAP_LOCK(pmap);
	for (pc = TAILQ_FIRST(&pmap->pm_pvchunk); pc != NULL; pc = npc) {
		npc = TAILQ_NEXT(pc, pc_list);
		SCHEDULE_POINT(remove_pages_chunk);
		for (int index = 0; index < _NPCPV && pc->pc_map[0] != PC_FREE0; index++) {
			vm_offset_t va = pc->pc_pventry[index].pv_va;

			if (pc->pc_map[0] >> index & 1)
				continue;
			if (pc->pc_map[0] == (PC_FREE0 & ~(1ul << index))) {
				pmap_remove_pte(pmap, va, pmap_pte(pmap, va, false));
				break;	/* that was the last, and the chunk is gone */
			}
			pmap_remove_pte(pmap, va, pmap_pte(pmap, va, false));
		}
	}
	pmap_invalidate_all(pmap);
	PMAP_UNLOCK(pmap);
}
