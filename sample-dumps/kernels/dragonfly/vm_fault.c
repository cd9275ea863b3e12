/* What a page fault finds. Source: DragonFly, vm/vm_fault.c. */
#include "vm/swap_pager.h"

#define EFAULT	14

/* Whose stack grows: the one of the map that the fault is in, or of whoever runs. */
#ifdef FIX_GROWSTACK
#define GROWSTACK(map, va)	vm_map_growstack((map), (va))
#else
#define GROWSTACK(map, va)	vm_map_growstack(curproc, (va))
#endif

/*
 * The page of an object, from swap or zeroed when it has none. NULL: somebody is at work on it; come again. The object is held, so
 * that the page stays its page.
 */
static struct vm_page *
fault_page(struct vm_object *object, vm_pindex_t pindex, vm_prot_t fault_type)
{
	struct vm_page *m = vm_page_lookup(object, pindex);

	if (m == NULL) {
		m = vm_page_alloc(object, pindex);
		if (object->type != OBJT_SWAP || !swap_pager_getpage(object, m))
			memset((void *)PHYS_TO_DMAP(m->phys_addr), 0, PAGE_SIZE);
		m->valid = VM_PAGE_BITS_ALL;
		vm_page_wakeup(m);
	}
	/* A page that is being written to a disk may be read, not written. */
	if ((fault_type & VM_PROT_WRITE) && m->busy != 0)
		return (NULL);
	return (m);
}

/** Maps the page that the map shows at `va`, when it shows one that allows the access. */
int
vm_fault(struct vm_map *map, vm_offset_t va, vm_prot_t fault_type)
{
	struct vm_map_entry *entry;
	struct vm_object *object;
	struct vm_page *m;

	lwkt_gettoken(&map->token);
	entry = vm_map_lookup_entry(map, va);
	if (entry == NULL && GROWSTACK(map, va) == 0)
		entry = vm_map_lookup_entry(map, va);
	if (entry == NULL || entry->object == NULL || (entry->protection & fault_type) != fault_type) {
		lwkt_reltoken(&map->token);
		return (EFAULT);
	}
	object = entry->object;
	for (;;) {
		vm_object_hold(object);
		m = fault_page(object, OFF_TO_IDX(entry->offset + (trunc_page(va) - entry->start)), fault_type);
		if (m != NULL)
			break;
		vm_object_drop(object);
		cpu_pause();
	}
	if (fault_type & VM_PROT_WRITE)
		m->dirty = VM_PAGE_BITS_ALL;
	pmap_enter(map->pmap, trunc_page(va), m, fault_type | VM_PROT_READ);
	vm_object_drop(object);
	lwkt_reltoken(&map->token);
	SCHEDULE_POINT(faulted);
	return (0);
}
