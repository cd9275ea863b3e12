/* The page tables that the kernel begins with. Source: DragonFly, platform/pc64/x86_64/pmap.c, platform/vkernel64/platform/pmap.c. */
#include "vm/vm.h"

struct pmap kernel_pmap;
struct pmap_list pmap_list;
u64 KPML4phys;

/** The direct map of all memory and the kernel's pmap. A vkernel's own memory is mapped by the kernel below. */
void
pmap_bootstrap(void)
{
	u64 *pml4 = physical_pointer(kernel_root);
	u64 pdp_frame = frame_allocate(), pd_frame = frame_allocate();
	u64 *pd = physical_pointer(pd_frame);

	for (u64 pa = 0; pa < machine_memory; pa += LARGE_PAGE_SIZE)
		pd[pa / LARGE_PAGE_SIZE] = pa | PTE_PS | PTE_W | PTE_V | PTE_NX;
	*(u64 *)physical_pointer(pdp_frame) = pd_frame | PTE_W | PTE_V;
	pml4[DMAP_MIN_ADDRESS >> 39 & 511] = pdp_frame | PTE_W | PTE_V;
	/* Address spaces copy the upper half: the table that kernel mappings hang on must be there before the first. */
	kernel_map(KvaStart, PAGE_SIZE);

	KPML4phys = kernel_root;
	TAILQ_INIT(&pmap_list);
	kernel_pmap.pm_pml4 = (pt_entry_t *)PHYS_TO_DMAP(kernel_root);
	kernel_pmap.pm_count = 1;
	for (int word = 0; word < MAX_CPU_WORDS; word++)
		kernel_pmap.pm_active.ary[word] = ~0ul;
	TAILQ_INSERT_TAIL(&pmap_list, &kernel_pmap, pm_pmnode);
}
