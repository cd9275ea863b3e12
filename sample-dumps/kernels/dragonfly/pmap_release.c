/* Giving the page table pages of a pmap back. Source: DragonFly, platform/vkernel64/platform/pmap.c, pmap_release. */
#include "vm/vm.h"

static int
pmap_release_callback(struct vm_page *m, struct rb_vm_page_scan_info *info)
{
	SCHEDULE_POINT(release_page);
	if (info->object->generation != info->limit) {
		info->error = 1;
		return (-1);
	}
	if (m->wire_count != 0) {
		m->wire_count = 0;
		atomic_add_acq_long(&info->pmap->pm_stats.wired_count, -1);
	}
	return (0);
}

/**
 * Lets go of the page table pages of a pmap. Who adds one meanwhile counts a generation, and the scan starts again, as it does while
 * somebody who may add one has not let go of the pmap.
 */
void
pmap_release(struct pmap *pmap, struct vm_object *pteobj)
{
	struct rb_vm_page_scan_info info = { .end_pindex = pteobj->size, .object = pteobj, .pmap = pmap };

	do {
		info.error = 0;
		info.limit = pteobj->generation;
		SCHEDULE_POINT(release_begun);
		vm_page_rb_tree_RB_SCAN(&pteobj->rb_memq, pmap_release_callback, &info);
		SCHEDULE_POINT(release_scanned);
		if (pmap->pm_count != 1 || pteobj->generation != info.limit)
			info.error = 1;
	} while (info.error);
	SCHEDULE_POINT(release_checked);
	if (pmap->pm_stats.wired_count != 1)
		panic("pmap_release: dangling count %p %ld", (void *)pmap, pmap->pm_stats.wired_count);
}
