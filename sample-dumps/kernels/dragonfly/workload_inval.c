/* Invalidations of several CPUs at once, and those that nobody needs. */
#include "workload.h"

#define FENCES_VA	0x801a00000ul
#define FLUSH_VA	(KvaStart + 0x30008000ul)
#define MANY_VA		0x801b00000ul
#define MANAGED		3
#define MAPPINGS	8
#define BULK_PAGES	10
#define BULK_VA		(KvaStart + 0x38000000ul)

/* ---- A CPU that is in the handler already when another command comes. ---- */

static struct proc *fences;

static void
changer(void *arg)
{
	struct pmap *pmap = &fences->p_vmspace->vm_pmap;
	pt_entry_t *ptep = pmap_pte(pmap, FENCES_VA);

	(void)arg;
	pmap_inval_smp(pmap, FENCES_VA, 1, ptep, *ptep & ~PG_RW);
	SCHEDULE_POINT(first_change_done);
	pmap_inval_smp(pmap, FENCES_VA, 1, ptep, *ptep & ~PG_A);
	SCHEDULE_POINT(second_change_done);
	thread_exit();
}

static void
flusher(void *arg)
{
	(void)arg;
	pmap_inval_smp(&kernel_pmap, FLUSH_VA, 1, NULL, 0);
	SCHEDULE_POINT(flush_done);
	thread_exit();
}

void
workload_fences(void)
{
	fences = proc_create(818, "fences", 0x1200000);
	map_page_at(fences, FENCES_VA, 0x1a37000, 0, 1);
	thread_on(0, changer, "changer");
	lwp_create(fences, 1, 2, user_spin, 0);
	thread_on(3, flusher, "flusher");
}

/* ---- A page with managed and unmanaged mappings loses the right to be written. ---- */

static struct vm_page *many_page;

static void
protector(void *arg)
{
	(void)arg;
	vm_page_busy_wait(many_page, "protec");
	vm_page_protect(many_page, VM_PROT_READ);
	SCHEDULE_POINT(protected);
	vm_page_wakeup(many_page);
	thread_exit();
}

void
workload_unmanaged(void)
{
	struct proc *p = proc_create(819, "many", 0x1200000);
	struct pmap *pmap = &p->p_vmspace->vm_pmap;

	many_page = map_page_at(p, MANY_VA, 0x1a38000, 0, 1);
	for (int index = 1; index < MAPPINGS; index++) {
		vm_offset_t va = MANY_VA + (u64)index * PAGE_SIZE;

		vm_object_reference(many_page->object);
		vm_map_insert(&p->p_vmspace->vm_map, many_page->object, 0, va, va + PAGE_SIZE);
		pmap_enter(pmap, va, many_page, index < MANAGED ? VM_PROT_READ | VM_PROT_WRITE : VM_PROT_READ);
		if (index >= MANAGED)
			*pmap_pte(pmap, va) &= ~PG_MANAGED;
	}
	thread_on(0, protector, "protector");
}

/* ---- Two CPUs flush ranges and count them. ---- */

static u64 bulk_frame;	/* what all of them show */

static void
bulk_remover(void *arg)
{
	vm_offset_t va = BULK_VA + (u64)mycpuid * BULK_PAGES * PAGE_SIZE;

	(void)arg;
	for (int index = 0; index < BULK_PAGES; index++)
		pmap_kenter_quick(va + (u64)index * PAGE_SIZE, bulk_frame);
	SCHEDULE_POINT(bulk_ready);
	pmap_qremove(va, BULK_PAGES);
	SCHEDULE_POINT(bulk_flushed);
	thread_exit();
}

void
workload_bulk(void)
{
	bulk_frame = frame_allocate();
	vm_map_insert(&kernel_vm_map, NULL, 0, BULK_VA, BULK_VA + 2 * BULK_PAGES * PAGE_SIZE);
	thread_on(0, bulk_remover, "remover0");
	thread_on(1, bulk_remover, "remover1");
}

/* ---- A mapping of the kernel moves to another page. ---- */

int remap_quickly;	/* knob: only the CPU that moves it forgets the old page */

#define WINDOW_VA	(KvaStart + 0x30004000ul)
#define WINDOW_PINDEX	2

static struct vm_object *window_object;
static struct vm_page *window_first, *window_second;
static void *window_chunk;

static void
window_writer(void *arg)
{
	(void)arg;
	for (int times = 0; times < 2; times++) {
		*(volatile u32 *)WINDOW_VA = 0x57a1e;
		SCHEDULE_POINT(window_written);
	}
	thread_exit();
}

/* Moves the window on, gives the first page back, and the allocator takes it. */
static void
window_mover(void *arg)
{
	(void)arg;
	SCHEDULE_POINT(window_ready);
	if (remap_quickly)
		pmap_kenter_quick(WINDOW_VA, window_second->phys_addr);
	else
		pmap_kenter(WINDOW_VA, window_second->phys_addr);
	SCHEDULE_POINT(window_moved);
	vm_page_free(window_first);
	window_chunk = kmalloc(200);
	SCHEDULE_POINT(window_reused);
	kfree(window_chunk);
	thread_exit();
}

void
workload_window(void)
{
	window_object = vm_object_allocate(OBJT_DEFAULT, 2 * WINDOW_PINDEX);
	window_first = vm_page_alloc(window_object, 0);
	window_second = vm_page_alloc(window_object, WINDOW_PINDEX);
	pmap_kenter(WINDOW_VA, window_first->phys_addr);
	vm_page_wakeup(window_second);
	thread_on(0, window_mover, "mover");
	thread_on(1, window_writer, "writer");
}
