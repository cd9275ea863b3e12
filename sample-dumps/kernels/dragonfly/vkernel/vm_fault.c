/* What a guest's fault finds that the kernel below could not serve. Source: DragonFly, vm/vm_fault.c, vm/vm_page.c (vm_wait_pfault). */
#include "vkernel.h"

#define EFAULT	14
#define EKILLED	9

int vm_page_count_severe;	/* pages are short: who can wait waits */
static int vm_pages_needed;	/* what those who wait wait for */

/* Sleeps until the page daemon has made pages free. */
static void
vm_wait_pfault(const char *message)
{
	struct thread *td = curthread;

	td->td_wchan = &vm_pages_needed;
	td->td_wmesg = message;
	td->td_flags |= TDF_BLOCKED;
	td->td_lwp->lwp_stat = LSSLEEP;
	lwkt_deschedule_self();
	lwkt_switch();
}

/* The object's page, when nobody has it busied. Whoever freed it took it out of the object before the flag went: it is looked up again. */
static struct vm_page *
lookup_unbusied(struct vm_object *object, vm_pindex_t pindex)
{
	for (;;) {
		struct vm_page *m = vm_page_lookup(object, pindex);

		if (m == NULL || (!(m->flags & PG_BUSY) && vm_page_lookup(object, pindex) == m))
			return (m);
		cpu_pause();
	}
}

/* The object's page, made or read when it is not there. NULL: nobody gets one now. */
static struct vm_page *
vm_fault_object(struct vm_object *object, vm_pindex_t pindex, int fault_flags)
{
	struct vm_page *m = lookup_unbusied(object, pindex);
	void *to;

	if (m != NULL)
		return (m);
	while (vm_page_count_severe) {
		if ((fault_flags & VM_FAULT_USERMODE) && (curproc->p_flags & P_LOWMEMKILL))
			return (NULL);
		vm_wait_pfault("pfault");
	}
	m = vm_page_alloc(object, pindex);
	to = (void *)PHYS_TO_DMAP(m->phys_addr);
	if (object->type == OBJT_VNODE)
		memcpy(to, object->handle, PAGE_SIZE);
	else
		memset(to, 0, PAGE_SIZE);
	m->valid = VM_PAGE_BITS_ALL;
	vm_page_wakeup(m);
	SCHEDULE_POINT(page_read);
	return (m);
}

static struct vm_map_entry *
lookup(struct vm_map *map, vm_offset_t va, vm_prot_t fault_type)
{
	struct vm_map_entry *entry = vm_map_lookup_entry(map, va);

	if (entry == NULL || entry->object == NULL || (entry->protection & fault_type) != fault_type)
		return (NULL);
	return (entry);
}

static vm_pindex_t
pindex_of(const struct vm_map_entry *entry, vm_offset_t va)
{
	return (OFF_TO_IDX(entry->offset + (trunc_page(va) - entry->start)));
}

/** Maps the page that the map shows at `va`, when it shows one that allows the access. */
int
vm_fault(struct vm_map *map, vm_offset_t va, vm_prot_t fault_type, int fault_flags)
{
	struct vm_map_entry *entry;
	struct vm_page *m = NULL;
	int error = EFAULT;

	lwkt_gettoken(&map->token);
	entry = lookup(map, va, fault_type);
	if (entry != NULL) {
		m = vm_fault_object(entry->object, pindex_of(entry, va), fault_flags);
		error = m == NULL ? EKILLED : 0;
	}
	if (error == 0) {
		/* A page that is being written to a disk may be read, not written. */
		while ((fault_type & VM_PROT_WRITE) && m->busy != 0)
			cpu_pause();
		if (fault_type & VM_PROT_WRITE)
			m->dirty = VM_PAGE_BITS_ALL;
		pmap_enter(map->pmap, trunc_page(va), m, fault_type | VM_PROT_READ);
	}
	lwkt_reltoken(&map->token);
	return (error);
}

/**
 * The page behind an address, held. With `busy`, a page that is to be written to comes busied and without an I/O; the caller tells
 * both apart.
 */
struct vm_page *
vm_fault_page(struct vm_map *map, vm_offset_t va, vm_prot_t fault_type, int *error, int *busy)
{
	struct vm_map_entry *entry;
	struct vm_page *m = NULL;

	lwkt_gettoken(&map->token);
	entry = lookup(map, va, fault_type);
	*error = entry == NULL ? EFAULT : 0;
	if (entry != NULL)
		m = vm_fault_object(entry->object, pindex_of(entry, va), VM_FAULT_NORMAL);
	lwkt_reltoken(&map->token);
	if (m == NULL)
		return (NULL);
	if (busy == NULL) {
		m->hold_count++;
		return (m);
	}
	for (;;) {
		vm_page_busy_wait(m, "pgbusy");
		if (m->busy == 0)
			break;
		vm_page_wakeup(m);
		SCHEDULE_POINT(fault_page_wait);
		cpu_pause();
	}
	*busy = 1;
	return (m);
}
