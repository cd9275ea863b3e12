/* Physical pages. Source: FreeBSD, vm/vm_page.c, vm_phys.c. */
#include "vm/vm.h"

struct vm_page vm_page_array[PAGE_COUNT];
long first_page = FIRST_PAGE, vm_page_array_size = PAGE_COUNT;
struct pglist vm_page_queue_free;
static struct mtx vm_page_queue_free_mtx;

void
vm_page_startup(void)
{
	mtx_init(&vm_page_queue_free_mtx, "vm page free queue");
	TAILQ_INIT(&vm_page_queue_free);
	for (struct vm_page *m = vm_page_array; m < vm_page_array + PAGE_COUNT; m++) {
		m->phys_addr = (vm_paddr_t)(FIRST_PAGE + (m - vm_page_array)) << PAGE_SHIFT;
		m->flags = PG_ZERO;
		TAILQ_INIT(&m->md.pv_list);
		TAILQ_INSERT_TAIL(&vm_page_queue_free, m, plinks);
	}
}

/** The page that was freed last, filled with zeros. @param object NULL for a page-table page */
struct vm_page *
vm_page_alloc(struct vm_object *object, vm_pindex_t pindex)
{
	struct vm_page *m;

	mtx_lock(&vm_page_queue_free_mtx);
	m = TAILQ_FIRST(&vm_page_queue_free);
	assert(m != NULL);
	TAILQ_REMOVE(&vm_page_queue_free, m, plinks);
	m->order = VM_NFREEORDER;
	mtx_unlock(&vm_page_queue_free_mtx);
	if (!(m->flags & PG_ZERO))
		memset((void *)PHYS_TO_DMAP(m->phys_addr), 0, PAGE_SIZE);
	m->flags = 0;
	m->object = object;
	m->pindex = pindex;
	m->ref_count = 0;
	if (object != NULL)
		TAILQ_INSERT_TAIL(&object->memq, m, listq);
	return (m);
}

void
vm_page_free(struct vm_page *m)
{
	KASSERT(m->order == VM_NFREEORDER, ("vm_page_free: freeing free page %p", (void *)m));
	if (m->object != NULL)
		TAILQ_REMOVE(&m->object->memq, m, listq);
	m->object = NULL;
	mtx_lock(&vm_page_queue_free_mtx);
	m->order = 0;
	TAILQ_INSERT_HEAD(&vm_page_queue_free, m, plinks);
	mtx_unlock(&vm_page_queue_free_mtx);
}
