/* Pages of one object go to swap from two CPUs. */
#include "vm/swap_pager.h"
#include "workload.h"

#define META_VA		0x801c00000ul
#define META_PA		0x1b10000ul
#define FAILED_PINDEX	3
#define OTHER_PINDEX	7

static struct vm_object *meta_object;
static struct vm_page *failed_page, *other_page;
static struct buf *failed_buf, *other_buf;

/* The write of the one page ends in an error... */
static void
ithread(void *arg)
{
	(void)arg;
	failed_buf->b_error = 5;
	biodone(&failed_buf->b_bio1);
	SCHEDULE_POINT(error_done);
	thread_exit();
}

/* ...while the other is on its way out. */
static void
pageout(void *arg)
{
	(void)arg;
	vm_page_busy_wait(other_page, "pgoswp");
	vm_page_io_start(other_page);
	other_buf = swap_pager_putpages(meta_object, &other_page, 1);
	biodone(&other_buf->b_bio1);
	SCHEDULE_POINT(other_written);
	vm_page_reclaim(other_page);
	SCHEDULE_POINT(other_reclaimed);
	thread_exit();
}

/* A dirty page that may be read only, as the page daemon leaves it. */
static struct vm_page *
page_of(struct proc *p, vm_pindex_t pindex)
{
	struct vm_page *m = vm_page_alloc_at(meta_object, pindex, META_PA + pindex * PAGE_SIZE);

	m->valid = m->dirty = VM_PAGE_BITS_ALL;
	memset((void *)PHYS_TO_DMAP(m->phys_addr), 0x40 + (int)pindex, PAGE_SIZE);
	pmap_enter(&p->p_vmspace->vm_pmap, META_VA + pindex * PAGE_SIZE, m, VM_PROT_READ);
	vm_page_wakeup(m);
	return (m);
}

void
workload_swap_meta(void)
{
	struct proc *p = proc_create(824, "swapper", 0x1200000);
	struct lwp *lp;

	meta_object = vm_object_allocate(OBJT_SWAP, SWAP_META_PAGES);
	swapblist.bl_cursor = 0x51;
	vm_map_insert(&p->p_vmspace->vm_map, meta_object, 0, META_VA, META_VA + SWAP_META_PAGES * PAGE_SIZE);
	failed_page = page_of(p, FAILED_PINDEX);
	other_page = page_of(p, OTHER_PINDEX);
	vm_page_busy_wait(failed_page, "pgoswp");
	vm_page_io_start(failed_page);
	failed_buf = swap_pager_putpages(meta_object, &failed_page, 1);
	thread_on(0, pageout, "pagedaemon");
	thread_on(1, ithread, "ithread");
	lp = lwp_create(p, 1, 2, user_comparer, META_VA + OTHER_PINDEX * PAGE_SIZE);
	lp->lwp_md_regs->rsi = 0x47474747;
}
