/* Pages between a process that uses them and a kernel that wants to write them out, swap them or free them. */
#include "vm/swap_pager.h"
#include "workload.h"

#define PAGEOUT_VA	0x801600000ul
#define PAGEOUT_PA	0x1b02000ul
#define PINDEX		5

static struct vm_page *the_page;

/* Bytes that are known: 3, 10, 17, ... */
static void
u8_fill(uint8_t *page)
{
	for (int index = 0; index < PAGE_SIZE; index++)
		page[index] = (uint8_t)(index * 7 + 3);
}

/* ---- The page daemon protects a page that a process is about to write to. ---- */

int second_mapping;	/* knob: another process has the page read-only, at the head of its list */

int pageout_to_swap;	/* knob: the page daemon writes the page to swap */
int pageout_reclaims;	/* knob: and gives it away when it is clean; the process looks whether its store is kept */
static volatile int is_written, is_clean;

static void
vm_pageout_page(struct vm_page *m)
{
	vm_page_busy_wait(m, "pgobsy");
	SCHEDULE_POINT(pageout_page);
	vm_page_protect(m, VM_PROT_READ);
	SCHEDULE_POINT(pageout_protected);
	vm_page_wakeup(m);
}

/* Writes the page to swap. The device is as fast as its interrupt is late. */
static void
vm_pageout_flush(struct vm_page *m)
{
	vm_page_busy_wait(m, "pgoflu");
	vm_page_io_start(m);
	swap_pager_putpages(m->object, &m, 1);
	is_written = 1;
}

void
vm_page_reclaim(struct vm_page *m)
{
	struct vm_object *object = m->object;

	vm_object_hold(object);
	vm_page_busy_wait(m, "pgrecl");
	if (m->dirty != 0 || pmap_is_modified(m)) {
		vm_page_wakeup(m);
	} else {
		pmap_remove_all(m);
		vm_page_free(m);
	}
	vm_object_drop(object);
	SCHEDULE_POINT(reclaimed);
}

static void
pagedaemon(void *arg)
{
	(void)arg;
	vm_pageout_page(the_page);
	if (pageout_to_swap)
		vm_pageout_flush(the_page);
	while (pageout_reclaims && !is_clean)
		cpu_pause();
	if (pageout_reclaims)
		vm_page_reclaim(the_page);
	thread_exit();
}

static void
swap_done(void *arg)
{
	(void)arg;
	while (!is_written)
		cpu_pause();
	biodone(&swbuf[0].b_bio1);
	is_clean = 1;
	thread_exit();
}

/** The process may write and has the page read-only so far; PG_WRITEABLE is left from an earlier mapping. */
void
workload_pageout(void)
{
	struct proc *p = proc_create(814, "writer", 0x1200000);

	the_page = map_page_at(p, PAGEOUT_VA, PAGEOUT_PA, PINDEX, 0);
	if (second_mapping) {
		struct proc *reader = proc_create(815, "reader", 0x1201000);

		vm_object_reference(the_page->object);
		vm_map_insert(&reader->p_vmspace->vm_map, the_page->object, PINDEX << PAGE_SHIFT, PAGEOUT_VA, PAGEOUT_VA + PAGE_SIZE);
		pmap_enter(&reader->p_vmspace->vm_pmap, PAGEOUT_VA, the_page, VM_PROT_READ);
	}
	pmap_enter(&p->p_vmspace->vm_pmap, PAGEOUT_VA, the_page, VM_PROT_READ);
	vm_page_flag_set(the_page, PG_WRITEABLE);
	if (pageout_to_swap) {
		u8_fill((void *)PHYS_TO_DMAP(PAGEOUT_PA));
		the_page->object->type = OBJT_SWAP;
		thread_on(2, swap_done, "ithread");
	}
	thread_on(0, pagedaemon, "pagedaemon");
	lwp_create(p, 1, 1, pageout_reclaims ? user_watcher : user_writer, PAGEOUT_VA);
}

/* ---- A swap write fails while the page's owner unmaps it. ---- */

int swap_write_succeeds;	/* knob */

static void
swap_interrupt(void *arg)
{
	(void)arg;
	swbuf[0].b_error = swap_write_succeeds ? 0 : 5;
	biodone(&swbuf[0].b_bio1);
	thread_exit();
}

void
workload_swap_error(void)
{
	struct proc *p = proc_create(816, "unmapper", 0x1200000);

	the_page = map_page_at(p, PAGEOUT_VA, PAGEOUT_PA, PINDEX, 1);
	the_page->object->type = OBJT_SWAP;
	vm_page_busy_wait(the_page, "swpout");
	vm_page_io_start(the_page);
	swap_pager_putpages(the_page->object, &the_page, 1);
	thread_on(1, swap_interrupt, "ithread");
	lwp_create(p, 1, 0, user_unmap, PAGEOUT_VA);
}

/* ---- Two CPUs add page table pages while a third gives the pmap back. ---- */

static struct vm_object *pteobj;
static struct pmap released_pmap;

static void
insert_pte_page(vm_pindex_t pindex)
{
	struct vm_page *m = vm_page_alloc_wired(pteobj, pindex);

	atomic_add_acq_long(&released_pmap.pm_stats.wired_count, 1);
	vm_page_wakeup(m);
	atomic_add_int(&released_pmap.pm_count, -1);
	SCHEDULE_POINT(pte_page_ready);
	thread_exit();
}

static void insert_a(void *arg) { (void)arg; insert_pte_page(2); }
static void insert_b(void *arg) { (void)arg; insert_pte_page(40); }

static void
releaser(void *arg)
{
	(void)arg;
	pmap_release(&released_pmap, pteobj);
	SCHEDULE_POINT(released);
	thread_exit();
}

void
workload_pteobj(void)
{
	u64 pml4 = frame_allocate();

	pteobj = vm_object_allocate(OBJT_DEFAULT, 64);
	pmap_pinit(&released_pmap, pml4);
	released_pmap.pm_stats.wired_count = 1;		/* the pml4 itself */
	released_pmap.pm_count = 3;			/* its own, and who adds pages */
	for (vm_pindex_t pindex = 20; pindex < 30; pindex++)
		vm_page_wakeup(vm_page_alloc(pteobj, pindex));
	thread_on(0, insert_a, "insert_a");
	thread_on(1, insert_b, "insert_b");
	thread_on(2, releaser, "releaser");
}
