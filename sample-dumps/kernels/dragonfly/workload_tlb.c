/* Processes that change their address space while another CPU uses it. */
#include "workload.h"

#define MTMUNMAP_PAGE	0x801400000ul

struct vm_page *
map_page_at(struct proc *p, vm_offset_t va, vm_paddr_t pa, vm_pindex_t pindex, int is_entered)
{
	struct vm_object *object = vm_object_allocate(OBJT_DEFAULT, pindex + 1);
	struct vm_page *m = vm_page_alloc_at(object, pindex, pa);

	m->valid = VM_PAGE_BITS_ALL;
	vm_map_insert(&p->p_vmspace->vm_map, object, pindex << PAGE_SHIFT, va, va + PAGE_SIZE);
	if (is_entered)
		pmap_enter(&p->p_vmspace->vm_pmap, va, m, VM_PROT_READ | VM_PROT_WRITE);
	vm_page_wakeup(m);
	return (m);
}

/* The page was entered and left three times before. */
static void
earlier_life(struct proc *p)
{
	for (int times = 0; times < 3; times++) {
		map_page_at(p, MTMUNMAP_PAGE, 0x1a34000, 0, 1);
		vm_map_remove(&p->p_vmspace->vm_map, MTMUNMAP_PAGE, MTMUNMAP_PAGE + PAGE_SIZE);
	}
}

int kthread_between;	/* knob: a kernel thread runs between the two that share a CPU */

static void
between(void *arg)
{
	(void)arg;
	for (;;)
		lwkt_yield();
}

/** One takes a page away that the two others write to by turns on another CPU. */
void
workload_mtmunmap(void)
{
	struct proc *p = proc_create(812, "mtmunmap", 0x1200000);

	earlier_life(p);
	map_page_at(p, MTMUNMAP_PAGE, 0x1a35000, 0, 1);
	lwp_create(p, 1, 0, user_mtmunmap_1, MTMUNMAP_PAGE);
	lwp_create(p, 2, 1, user_mtmunmap_2, MTMUNMAP_PAGE);
	if (kthread_between)
		lwkt_schedule(lwkt_create(between, NULL, 1, "between"));
	lwp_create(p, 3, 1, user_mtmunmap_3, MTMUNMAP_PAGE);
}
