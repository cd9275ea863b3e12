/* Maps of address spaces. Source: DragonFly, vm/vm_map.c. */
#include "vm/vm.h"

struct vm_map kernel_vm_map;

void
vm_map_init(struct vm_map *map, struct pmap *pmap)
{
	map->header.next = map->header.prev = &map->header;
	map->pmap = pmap;
	map->first_free = map->hint = &map->header;
	map->lock.lk_wmesg = "thrd_sleep";
	map->token.t_desc = "vm_map";
}

/** Shows an object at an address. The caller's reference to it goes to the entry. */
struct vm_map_entry *
vm_map_insert(struct vm_map *map, struct vm_object *object, vm_ooffset_t offset, vm_offset_t start, vm_offset_t end)
{
	struct vm_map_entry *entry = heap_allocate(sizeof(*entry), 8), *after;

	*entry = (struct vm_map_entry){
		.start = start, .end = end, .object = object, .offset = offset,
		.protection = VM_PROT_READ | VM_PROT_WRITE, .max_protection = VM_PROT_READ | VM_PROT_WRITE | VM_PROT_EXECUTE,
	};
	for (after = map->header.next; after != &map->header && after->start < start;)
		after = after->next;
	entry->next = after;
	entry->prev = after->prev;
	after->prev->next = entry;
	after->prev = entry;
	RB_INSERT(&map->rb_root, entry, rb_entry, start);
	map->nentries++;
	map->size += end - start;
	map->timestamp++;
	return (entry);
}

/** @return the entry that covers an address, or NULL */
struct vm_map_entry *
vm_map_lookup_entry(struct vm_map *map, vm_offset_t address)
{
	struct vm_map_entry *entry;

	for (entry = map->header.next; entry != &map->header; entry = entry->next)
		if (address >= entry->start && address < entry->end)
			return (entry);
	return (NULL);
}

static void
vm_map_entry_unlink(struct vm_map *map, struct vm_map_entry *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	RB_REMOVE(&map->rb_root, entry, rb_entry);
	map->nentries--;
	map->size -= entry->end - entry->start;
	map->timestamp++;
}

/* Takes away the entries inside the range, their mappings and their pages. */
static int
vm_map_delete(struct vm_map *map, vm_offset_t start, vm_offset_t end)
{
	struct vm_map_entry *entry, *next;

	for (entry = map->header.next; entry != &map->header; entry = next) {
		next = entry->next;
		if (entry->start < start || entry->end > end)
			continue;
		pmap_remove(map->pmap, entry->start, entry->end);
		SCHEDULE_POINT(map_removed);
		if (entry->object != NULL)
			vm_object_page_remove(entry->object, OFF_TO_IDX(entry->offset),
			    OFF_TO_IDX(entry->offset + (entry->end - entry->start)));
		vm_map_entry_unlink(map, entry);
		if (entry->object != NULL)
			vm_object_deallocate(entry->object);
	}
	return (0);
}

int
vm_map_remove(struct vm_map *map, vm_offset_t start, vm_offset_t end)
{
	int result;

	lwkt_gettoken(&map->token);
	result = vm_map_delete(map, start, end);
	lwkt_reltoken(&map->token);
	return (result);
}

/**
 * Makes the stack that ends below `va`, if there is one, reach down to it. @return 0, also when there is none
 */
int
#ifdef FIX_GROWSTACK
vm_map_growstack(struct vm_map *map, vm_offset_t va)
{
#else
vm_map_growstack(struct proc *p, vm_offset_t va)
{
	struct vm_map *map = p != NULL ? &p->p_vmspace->vm_map : &kernel_vm_map;
#endif
	for (struct vm_map_entry *entry = map->header.next; entry != &map->header; entry = entry->next) {
		vm_size_t grow = entry->start - trunc_page(va);

		if (!(entry->eflags & MAP_ENTRY_STACK) || va >= entry->start || grow > entry->aux.avail_ssize)
			continue;
		entry->start -= grow;
		entry->offset -= grow;
		entry->aux.avail_ssize -= grow;
		map->size += grow;
		map->timestamp++;
		SCHEDULE_POINT(stack_grown);
		break;
	}
	return (0);
}

/** An address space whose page tables begin at a physical address of the caller's choice. */
struct vmspace *
vmspace_alloc(u64 pml4)
{
	struct vmspace *vm = heap_allocate(sizeof(*vm), 64);

	vm_map_init(&vm->vm_map, &vm->vm_pmap);
	pmap_pinit(&vm->vm_pmap, pml4);
	vm->vm_refcnt = vm->vm_holdcnt = 1;
	return (vm);
}
