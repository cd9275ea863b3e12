/* Maps of address spaces. Source: FreeBSD, vm/vm_map.c, vm_fault.c. */
#include "vm/vm.h"

/* Entries in order of address; the list ends in NULL. */
void
vm_map_init(struct vm_map *map, pmap_t pmap)
{
	memset(map, 0, sizeof(*map));
	map->header.start = 0x1000;
	map->header.end = VM_MAXUSER_ADDRESS;
	map->lock.lock_object.lo_name = "vm map (user)";
	map->lock.sx_lock = MTX_UNOWNED;
	mtx_init(&map->system_mtx, "vm map (system)");
	map->pmap = pmap;
}

void
vm_map_lock(struct vm_map *map)
{
	u_long free;

	for (free = MTX_UNOWNED; !__atomic_compare_exchange_n(&map->lock.sx_lock, &free, (u_long)curthread, false,
	    __ATOMIC_RELAXED, __ATOMIC_RELAXED); free = MTX_UNOWNED)
		cpu_pause();
	atomic_thread_fence_acq();
	map->timestamp++;
}

/* The entries that this thread took out of maps: now that no map is locked, their objects may be let go, which can sleep. */
static void
vm_map_process_deferred(void)
{
	struct thread *td = curthread;
	struct vm_map_entry *entry;

	while ((entry = td->td_map_def_user) != NULL) {
		td->td_map_def_user = entry->defer_next;
		if (entry->object != NULL)
			vm_object_deallocate(entry->object);
		uma_zfree(mapent_zone, entry);
	}
}

void
vm_map_unlock(struct vm_map *map)
{
	atomic_thread_fence_rel();
	__atomic_exchange_n(&map->lock.sx_lock, MTX_UNOWNED, __ATOMIC_RELAXED);
	SCHEDULE_POINT(map_unlocked);
	vm_map_process_deferred();
}

struct vm_map_entry *
vm_map_insert(struct vm_map *map, struct vm_object *object, vm_offset_t start, vm_offset_t end, vm_prot_t prot)
{
	struct vm_map_entry *entry = uma_zalloc_arg(mapent_zone), *before = NULL, *after = map->header.next;

	while (after != NULL && after->start < start) {
		before = after;
		after = after->next;
	}
	*entry = (struct vm_map_entry){
		.prev = before, .next = after, .start = start, .end = end, .object = object,
		.protection = prot, .max_protection = VM_PROT_READ | VM_PROT_WRITE | VM_PROT_EXECUTE,
	};
	*(before != NULL ? &before->next : &map->header.next) = entry;
	*(after != NULL ? &after->prev : &map->header.prev) = entry;
	map->nentries++;
	map->size += end - start;
	return (entry);
}

static void
vm_map_entry_unlink(struct vm_map *map, struct vm_map_entry *entry)
{
	*(entry->prev != NULL ? &entry->prev->next : &map->header.next) = entry->next;
	*(entry->next != NULL ? &entry->next->prev : &map->header.prev) = entry->prev;
	map->nentries--;
	map->size -= entry->end - entry->start;
}

/* Takes out the entries inside the range and their mappings. The map is locked; its unlock does the rest. */
static void
vm_map_delete(struct vm_map *map, vm_offset_t start, vm_offset_t end)
{
	struct vm_map_entry *entry, *next;

	for (entry = map->header.next; entry != NULL; entry = next) {
		next = entry->next;
		if (entry->start < start || entry->end > end)
			continue;
		pmap_remove(map->pmap, entry->start, entry->end);
		vm_map_entry_unlink(map, entry);
		entry->defer_next = curthread->td_map_def_user;
		curthread->td_map_def_user = entry;
	}
}

void
vm_map_remove(struct vm_map *map, vm_offset_t start, vm_offset_t end)
{
	vm_map_lock(map);
	vm_map_delete(map, start, end);
	SCHEDULE_POINT(map_removed);
	vm_map_unlock(map);
}

static struct vm_map_entry *
vm_map_lookup_entry(struct vm_map *map, vm_offset_t va)
{
	struct vm_map_entry *entry;

	for (entry = map->header.next; entry != NULL; entry = entry->next)
		if (va >= entry->start && va < entry->end)
			return (entry);
	return (NULL);
}

int
vm_fault(struct vm_map *map, vm_offset_t va, vm_prot_t type)
{
	struct vm_map_entry *entry;
	struct vm_page *m;
	vm_pindex_t pindex;

	vm_map_lock(map);
	entry = vm_map_lookup_entry(map, va);
	if (entry == NULL || (entry->protection & type) != type) {
		vm_map_unlock(map);
		return (14);
	}
	pindex = (entry->offset + (va - entry->start)) >> PAGE_SHIFT;
	m = vm_object_page(entry->object, pindex);
	if (m == NULL)
		m = vm_page_alloc(entry->object, pindex);
	pmap_enter(map->pmap, va & ~(PAGE_SIZE - 1ul), m, entry->protection);
	vm_map_unlock(map);
	return (0);
}
