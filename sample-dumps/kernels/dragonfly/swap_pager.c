/* Writing pages to swap, and what happens when that is done. Source: DragonFly, vm/swap_pager.c, kern/vfs_bio.c. */
#include "vm/swap_pager.h"

struct buf swbuf[NSWBUF];
int nsw_rcount, nsw_wcount_sync, nsw_wcount_async;

int swap_check;		/* knob: compute the CRC of what is written (the commit has this compiled out) */

static int64_t next_block = 0x40;
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

static struct swblock *
swp_pager_lookup(struct vm_object *object, vm_pindex_t pindex)
{
	return (RB_LOOKUP(swblock, &object->swblock_root, pindex & ~(vm_pindex_t)(SWAP_META_PAGES - 1), swb_entry, swb_index));
}

/** The block of a page from now on. */
void
swp_pager_meta_build(struct vm_object *object, vm_pindex_t pindex, int64_t block)
{
	struct swblock *swap = swp_pager_lookup(object, pindex);

	if (swap == NULL) {
		swap = heap_allocate(sizeof(*swap), 16);
		swap->swb_index = pindex & ~(vm_pindex_t)(SWAP_META_PAGES - 1);
		swap->swb_count = 0;
		for (int slot = 0; slot < SWAP_META_PAGES; slot++)
			swap->swb_pages[slot] = SWAPBLK_NONE;
		RB_INSERT(&object->swblock_root, swap, swb_entry, swb_index);
		object->swblock_count++;
	}
	swap->swb_pages[pindex & (SWAP_META_PAGES - 1)] = block;
	swap->swb_count++;
}

/** @return the block of a page, forgotten with SWM_FREE */
int64_t
swp_pager_meta_ctl(struct vm_object *object, vm_pindex_t pindex, int flags)
{
	struct swblock *swap = swp_pager_lookup(object, pindex);
	int64_t block = SWAPBLK_NONE;

	if (swap == NULL)
		return (SWAPBLK_NONE);
	block = swap->swb_pages[pindex & (SWAP_META_PAGES - 1)];
	if (block != SWAPBLK_NONE && (flags & SWM_FREE)) {
		swap->swb_pages[pindex & (SWAP_META_PAGES - 1)] = SWAPBLK_NONE;
		if (--swap->swb_count == 0) {
			RB_REMOVE(&object->swblock_root, swap, swb_entry);
			object->swblock_count--;
		}
	}
	return (block);
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

void
swap_pager_putpages(struct vm_object *object, struct vm_page **pages, int count)
{
	struct buf *bp = &swbuf[0];

	bp->b_xio.xio_pages = bp->b_xio.xio_internal_pages;
	bp->b_xio.xio_npages = count;
	bp->b_data = (char *)swbuf_kva;
	bp->b_bcount = count * PAGE_SIZE;
	pmap_qenter(swbuf_kva, pages, count);
	for (int index = 0; index < count; index++) {
		struct vm_page *m = pages[index];

		swp_pager_meta_build(object, m->pindex, next_block++);
		m->dirty = VM_PAGE_BITS_ALL;
		vm_page_flag_set(m, PG_SWAPINPROG);
		bp->b_xio.xio_pages[index] = m;
	}
	bp->b_bio1.bio_buf = bp;
	bp->b_bio1.bio_done = swp_pager_async_iodone;
	bp->b_bio1.bio_offset = (next_block - count) << PAGE_SHIFT;
#ifdef FIX_BIO_CRC
	if (swap_check)
		bp->b_bio1.bio_crc = crc32c(bp->b_data, (size_t)bp->b_bcount);
#endif
	bp->b_cmd = BUF_CMD_WRITE;
	object->paging_in_progress += (u_int)count;
	nsw_wcount_async--;
	for (int index = 0; index < count; index++)
		vm_page_wakeup(pages[index]);
	SCHEDULE_POINT(swap_write_begun);
}
