/* Physical pages and what they hold. Source: DragonFly, vm/vm_page.c. */
#include "vm/vm.h"

struct vm_page vm_page_array[VM_PAGE_ARRAY_SIZE];
vm_pindex_t vm_page_array_size = VM_PAGE_ARRAY_SIZE;
vm_pindex_t first_page = FIRST_PAGE;
struct pglist vm_page_queues[PQ_COUNT];

static struct spinlock vm_page_spins[16];
static struct spinlock vm_page_queue_spin;

static struct spinlock *page_spin(const struct vm_page *m) { return (&vm_page_spins[(m - vm_page_array) & 15]); }
void vm_page_spin_lock(struct vm_page *m) { spin_lock(page_spin(m)); }
void vm_page_spin_unlock(struct vm_page *m) { spin_unlock(page_spin(m)); }

/** All pages free. */
void
vm_page_startup(void)
{
	for (int queue = 0; queue < PQ_COUNT; queue++)
		TAILQ_INIT(&vm_page_queues[queue]);
	for (vm_pindex_t index = 0; index < VM_PAGE_ARRAY_SIZE; index++) {
		struct vm_page *m = &vm_page_array[index];

		m->phys_addr = (first_page + index) << PAGE_SHIFT;
		m->queue = PQ_FREE;
		m->md.pv_list.tqh_last = &m->md.pv_list.tqh_first;
		TAILQ_INSERT_TAIL(&vm_page_queues[PQ_FREE], m, pageq);
	}
}

static void
take_free(struct vm_page *m)
{
	TAILQ_REMOVE(&vm_page_queues[PQ_FREE], m, pageq);
	m->queue = PQ_NONE;
	m->flags = PG_BUSY;
	m->valid = 0;
	m->dirty = 0;
	m->wire_count = 0;
	m->act_count = 0;
}

static struct vm_page *
alloc(struct vm_object *object, vm_pindex_t pindex, u_int wire_count)
{
	struct vm_page *m;

	spin_lock(&vm_page_queue_spin);
	m = TAILQ_FIRST(&vm_page_queues[PQ_FREE]);
	KASSERT(m != NULL, ("out of pages"));
	take_free(m);
	spin_unlock(&vm_page_queue_spin);
	m->wire_count = wire_count;
	vm_page_insert(m, object, pindex);
	return (m);
}

/** A free page for an object, busied: the one that was freed last. What it held is still in it. */
struct vm_page *
vm_page_alloc(struct vm_object *object, vm_pindex_t pindex)
{
	return (alloc(object, pindex, 0));
}

/** The same, wired before anybody finds it in the object. */
struct vm_page *
vm_page_alloc_wired(struct vm_object *object, vm_pindex_t pindex)
{
	return (alloc(object, pindex, 1));
}

struct vm_page *
vm_page_alloc_at(struct vm_object *object, vm_pindex_t pindex, vm_paddr_t pa)
{
	struct vm_page *m = PHYS_TO_VM_PAGE(pa);

	KKASSERT(m->queue == PQ_FREE);
	take_free(m);
	vm_page_insert(m, object, pindex);
	return (m);
}

struct vm_page *
vm_page_lookup(struct vm_object *object, vm_pindex_t pindex)
{
	return (RB_LOOKUP(vm_page, &object->rb_memq, pindex, rb_entry, pindex));
}

/*
 * Each change of an object's pages counts. Two CPUs that hold the object shared may do this at once: the old form loads before
 * the change and stores after it.
 */
#ifdef FIX_GENERATION
#define GENERATION_LOAD(object)		SCHEDULE_POINT(generation_loaded)
#define GENERATION_STORE(object)	atomic_add_int(&(object)->generation, 1)
#else
#define GENERATION_LOAD(object)		int generation = (object)->generation; SCHEDULE_POINT(generation_loaded)
#define GENERATION_STORE(object)	((object)->generation = generation + 1)
#endif

void
vm_page_insert(struct vm_page *m, struct vm_object *object, vm_pindex_t pindex)
{
	ktr_log("vm_page_insert", (u64)object, pindex, (u64)object->generation, (u64)m);
	GENERATION_LOAD(object);
	m->object = object;
	m->pindex = pindex;
	RB_INSERT(&object->rb_memq, m, rb_entry, pindex);
	object->resident_page_count++;
	GENERATION_STORE(object);
	SCHEDULE_POINT(page_inserted);
}

static void
vm_page_remove(struct vm_page *m)
{
	struct vm_object *object = m->object;

	ktr_log("vm_page_remove", (u64)object, m->pindex, (u64)object->generation, (u64)m);
	GENERATION_LOAD(object);
	RB_REMOVE(&object->rb_memq, m, rb_entry);
	object->resident_page_count--;
	m->object = NULL;
	GENERATION_STORE(object);
}

/** Gives a busied page back. */
void
vm_page_free_toq(struct vm_page *m)
{
	if (m->busy != 0 || m->queue == PQ_FREE) {
		bsd_kprintf("vm_page_free: pindex(%lu), busy(%d), PG_BUSY(%d), hold(%d)\n", (unsigned long)m->pindex, m->busy,
		    (m->flags & PG_BUSY) != 0, m->hold_count);
		if (m->queue == PQ_FREE)
			panic("vm_page_free: freeing free page");
		panic("vm_page_free: freeing busy page");
	}
	vm_page_remove(m);
	m->flags &= PG_WRITEABLE | PG_MAPPED;
	m->wire_count = 0;
	m->valid = 0;
	m->dirty = 0;
	spin_lock(&vm_page_queue_spin);
	m->queue = PQ_FREE;
	TAILQ_INSERT_HEAD(&vm_page_queues[PQ_FREE], m, pageq);
	spin_unlock(&vm_page_queue_spin);
	SCHEDULE_POINT(page_freed);
}

void
vm_page_free(struct vm_page *m)
{
	vm_page_free_toq(m);
}

void vm_page_flag_set(struct vm_page *m, u32 bits) { atomic_set_int(&m->flags, bits); }
void vm_page_flag_clear(struct vm_page *m, u32 bits) { atomic_clear_int(&m->flags, bits); }

/** Waits until nobody has the page busied nor an I/O on it, then busies it. */
void
vm_page_busy_wait(struct vm_page *m, const char *message)
{
	(void)message;
	for (;;) {
		u32 flags = m->flags;

		if (!(flags & PG_BUSY) && atomic_cmpset_int(&m->flags, flags, flags | PG_BUSY))
			return;
		cpu_pause();
	}
}

void
vm_page_wakeup(struct vm_page *m)
{
	KKASSERT(m->flags & PG_BUSY);
	vm_page_flag_clear(m, PG_BUSY | PG_WANTED);
}

/** One more I/O on a busied page. */
void
vm_page_io_start(struct vm_page *m)
{
	KKASSERT(m->flags & PG_BUSY);
	m->busy++;
	vm_page_flag_set(m, PG_SBUSY);
}

void
vm_page_io_finish(struct vm_page *m)
{
	m->busy--;
	if (m->busy == 0)
		vm_page_flag_clear(m, PG_SBUSY);
}

/** Takes the right to write from all mappings of a page that has any that may. */
void
vm_page_protect(struct vm_page *m, vm_prot_t prot)
{
	if (prot == VM_PROT_READ && (m->flags & PG_WRITEABLE))
		pmap_page_protect(m, VM_PROT_READ);
}
