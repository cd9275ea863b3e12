/* Mappings of the kernel that no pv entry knows. Source: DragonFly, platform/pc64/x86_64/pmap.c, pmap_kenter and pmap_qenter. */
#include "vm/vm.h"

static pt_entry_t kernel_pte(vm_paddr_t pa) { return (pa | PG_V | PG_RW | PG_A | PG_M | PTE_NX); }

/** Maps a page where another may have been: every CPU forgets that one. */
void
pmap_kenter(vm_offset_t va, vm_paddr_t pa)
{
	pt_entry_t *ptep = table_entry(kernel_root, va, 1);

	if (*ptep & PG_V)
		pmap_inval_smp(&kernel_pmap, va, 1, ptep, kernel_pte(pa));
	else
		pmap_kenter_quick(va, pa);
	SCHEDULE_POINT(kentered);
}

/** The same for this CPU alone: for an address that no other CPU has used since it was flushed. */
void
pmap_kenter_quick(vm_offset_t va, vm_paddr_t pa)
{
	atomic_swap_long(table_entry(kernel_root, va, 1), kernel_pte(pa));
	invlpg(va);
}

/** Maps pages for a while. */
void
pmap_qenter(vm_offset_t va, struct vm_page **pages, int count)
{
	for (int index = 0; index < count; index++, va += PAGE_SIZE)
		pmap_kenter_quick(va, pages[index]->phys_addr);
}

void
pmap_qremove(vm_offset_t va, int count)
{
	struct pmap_inval_bulk bulk;

	pmap_inval_bulk_init(&bulk, &kernel_pmap);
	for (int index = 0; index < count; index++, va += PAGE_SIZE)
		pmap_inval_bulk(&bulk, va, pmap_pte(&kernel_pmap, va), 0);
	pmap_inval_bulk_flush(&bulk);
}
