/* Writing pages to swap, and what happens when that is done. Source: DragonFly, vm/swap_pager.c, kern/vfs_bio.c. */
#include "vm/swap_pager.h"

struct buf swbuf[NSWBUF];
int nsw_rcount, nsw_wcount_sync, nsw_wcount_async;

int swap_check;		/* knob: compute the CRC of what is written (the commit has this compiled out) */

static vm_offset_t swbuf_kva = KvaStart + 0x30000000ul;

u32
crc32c(const void *data, size_t size)
{
	static u32 table[256];
	u32 crc = ~0u;

	for (u32 byte = 0; table[255] == 0 && byte < 256; byte++) {
		u32 value = byte;

		for (int bit = 0; bit < 8; bit++)
			value = value >> 1 ^ (value & 1 ? 0x82f63b78 : 0);
		table[byte] = value;
	}
	for (const uint8_t *p = data; size > 0; size--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return (~crc);
}

/* A page of a failed write: its block is of no use, it is dirty as before. */
static inline __attribute__((always_inline)) void
write_failed(struct vm_object *object, struct vm_page *m)
{
#ifdef FIX_SWAP
	vm_object_hold(object);
	swp_pager_meta_ctl(object, m->pindex, SWM_FREE);
	vm_page_flag_clear(m, PG_SWAPPED);
	vm_object_drop(object);
#else
	swp_pager_meta_ctl(object, m->pindex, SWM_FREE);
	vm_page_flag_clear(m, PG_SWAPPED);
#endif
	if (object->type == OBJT_SWAP)
		m->dirty = VM_PAGE_BITS_ALL;
#ifdef FIX_SWAP
	vm_page_io_finish(m);
	SCHEDULE_POINT(iodone_window);
	vm_page_flag_clear(m, PG_SWAPINPROG);
#else
	vm_page_flag_clear(m, PG_SWAPINPROG);
	SCHEDULE_POINT(iodone_window);
	vm_page_io_finish(m);
#endif
	vm_page_wakeup(m);
}

static inline __attribute__((always_inline)) void
write_succeeded(struct vm_page *m)
{
	m->dirty = 0;
#ifdef FIX_SWAP
	vm_page_flag_set(m, PG_SWAPPED);
	vm_page_flag_clear(m, PG_SWAPINPROG);
#else
	vm_page_flag_clear(m, PG_SWAPINPROG);
	vm_page_flag_set(m, PG_SWAPPED);
#endif
	SCHEDULE_POINT(iodone_window);
	vm_page_io_finish(m);
	vm_page_wakeup(m);
}

static void
swp_pager_async_iodone(struct bio *bio)
{
	struct buf *bp = bio->bio_buf;
	struct vm_object *object = bp->b_xio.xio_pages[0]->object;

#ifdef FIX_BIO_CRC
	if (bio->bio_crc != 0) {
		u32 crc = crc32c(bp->b_data, (size_t)bp->b_bcount);

		if (crc != bio->bio_crc)
			bsd_kprintf("SWAPOUT: BADCRC %08x %08x\n", bio->bio_crc, crc);
	}
	SCHEDULE_POINT(iodone_crc);
#endif
	pmap_qremove((vm_offset_t)bp->b_data, bp->b_xio.xio_npages);
	for (int index = 0; index < bp->b_xio.xio_npages; index++) {
		struct vm_page *m = bp->b_xio.xio_pages[index];

		vm_page_busy_wait(m, "swadpg");
		if (bp->b_error != 0)
			write_failed(object, m);
		else
			write_succeeded(m);
	}
	object->paging_in_progress -= (u_int)bp->b_xio.xio_npages;
	bp->b_cmd = BUF_CMD_DONE;
	nsw_wcount_async++;
	SCHEDULE_POINT(iodone_done);
}

/** The device is done with a request. */
void
biodone(struct bio *bio)
{
	bio->bio_done(bio);
}

/* A request that nobody uses. */
static struct buf *
getpbuf(void)
{
	for (int index = 0; index < NSWBUF; index++)
		if (swbuf[index].b_cmd == BUF_CMD_DONE)
			return (&swbuf[index]);
	panic("swap buffers used up");
}

/* Blocks for the pages, and the books that say so. @return the first block */
static int64_t
assign_blocks(struct vm_object *object, struct vm_page **pages, int count)
{
	int64_t first = SWAPBLK_NONE;

	vm_object_hold(object);
	for (int index = 0; index < count; index++) {
		int64_t block = swp_pager_getswapspace();

		if (index == 0)
			first = block;
		swp_pager_meta_build(object, pages[index]->pindex, block);
	}
	vm_object_drop(object);
	return (first);
}

struct buf *
swap_pager_putpages(struct vm_object *object, struct vm_page **pages, int count)
{
	struct buf *bp = getpbuf();
	int64_t block = assign_blocks(object, pages, count);

	bp->b_cmd = BUF_CMD_WRITE;
	bp->b_error = 0;
	bp->b_xio.xio_pages = bp->b_xio.xio_internal_pages;
	bp->b_xio.xio_npages = count;
	bp->b_data = (char *)swbuf_kva + (bp - swbuf) * 4 * PAGE_SIZE;
	bp->b_bcount = count * PAGE_SIZE;
	pmap_qenter((vm_offset_t)bp->b_data, pages, count);
	for (int index = 0; index < count; index++) {
		pages[index]->dirty = VM_PAGE_BITS_ALL;
		vm_page_flag_set(pages[index], PG_SWAPINPROG);
		bp->b_xio.xio_pages[index] = pages[index];
	}
	bp->b_bio1.bio_buf = bp;
	bp->b_bio1.bio_done = swp_pager_async_iodone;
	bp->b_bio1.bio_offset = block << PAGE_SHIFT;
#ifdef FIX_BIO_CRC
	if (swap_check)
		bp->b_bio1.bio_crc = crc32c(bp->b_data, (size_t)bp->b_bcount);
#endif
	swdev_write(block, bp->b_data, count);
	object->paging_in_progress += (u_int)count;
	nsw_wcount_async--;
	for (int index = 0; index < count; index++)
		vm_page_wakeup(pages[index]);
	SCHEDULE_POINT(swap_write_begun);
	return (bp);
}

/** Fills a busied page from swap. @return whether swap has it */
int
swap_pager_getpage(struct vm_object *object, struct vm_page *m)
{
	int64_t block;

	vm_object_hold(object);
	block = swp_pager_meta_ctl(object, m->pindex, 0);
	vm_object_drop(object);
	if (block == SWAPBLK_NONE)
		return (0);
	memcpy((void *)PHYS_TO_DMAP(m->phys_addr), swdevt.sw_pages[block - swapblist.bl_first], PAGE_SIZE);
	vm_page_flag_set(m, PG_SWAPPED);
	return (1);
}
