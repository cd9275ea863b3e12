/* A page table page that is remembered after it is somebody else's. */
#include "vkernel.h"

#define DEVICE_VA	(0x4005ul << PDRSHIFT)
#define DATA_VA		0x40000000ul
#define FILE_VA		0x90000000ul
#define FILE_PINDEX	0x4003ul	/* the first of three */

static struct proc *reader;

/* Reads three pages of a file ahead, and keeps the third: it is wired. */
static void
read_ahead(void *arg)
{
	struct vm_object *file = vm_object_allocate(OBJT_VNODE, FILE_PINDEX + 3);
	struct vm_page *pages[3];

	(void)arg;
	for (int index = 0; index < 3; index++) {
		pages[index] = vm_page_alloc(file, FILE_PINDEX + (vm_pindex_t)index);
		pages[index]->valid = VM_PAGE_BITS_ALL;
		memset((void *)PHYS_TO_DMAP(pages[index]->phys_addr), 'F', PAGE_SIZE);
	}
	vm_map_insert(&reader->p_vmspace->vm_map, file, FILE_PINDEX << PAGE_SHIFT, FILE_VA, FILE_VA + 3 * PAGE_SIZE);
	for (int index = 0; index < 3; index++) {
		pmap_enter(&reader->p_vmspace->vm_pmap, FILE_VA + (u64)index * PAGE_SIZE, pages[index], VM_PROT_READ);
		vm_page_wakeup(pages[index]);
	}
	pages[2]->wire_count = 1;
	SCHEDULE_POINT(file_mapped);
	thread_exit();
}

/** One process unmaps memory and then a device; another one gets its page table page in between, as the page of a file. */
void
workload_hint(void)
{
	struct proc *p = guest_proc(40, "driver", 0x1200000);

	reader = guest_proc(41, "reader", 0x1201000);
	vm_map_insert(&p->p_vmspace->vm_map, NULL, 0, DEVICE_VA, DEVICE_VA + PAGE_SIZE);
	pmap_enter_device(&p->p_vmspace->vm_pmap, DEVICE_VA, 0x1000000);
	guest_page(p, DATA_VA, 0x1c00000, 0, VM_PROT_READ | VM_PROT_WRITE);
	guest_lwp(p, 1, 0, guest_driver, DATA_VA);
	thread_on(1, read_ahead, "readahead");
}
