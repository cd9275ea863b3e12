/* Which block of the swap device holds which page, and which blocks are taken. Source: DragonFly, vm/swap_pager.c, kern/subr_blist.c, vm/vm_zone.c. */
#include "vm/swap_pager.h"

#define POISON	0xdeadc0dedeadc0deul

struct vm_zone swap_zone = { .zsize = sizeof(struct swblock) };
struct blist swapblist = { SWAP_FIRST_BLOCK, SWAP_BLOCKS, SWAP_BLOCKS, SWAP_FIRST_BLOCK, ~0ul };
struct swdevt swdevt = { .sw_name = "da0s1b", .sw_nblks = SWAP_BLOCKS };

/* The item that was freed last, or a new one. */
static void *
zalloc(struct vm_zone *z)
{
	void *item;

	spin_lock(&z->zlock);
	item = z->zitems;
	if (item != NULL) {
		z->zitems = *(void **)item;
		z->zfreecnt--;
	} else {
		item = heap_allocate((size_t)z->zsize, 16);
	}
	spin_unlock(&z->zlock);
	return (item);
}

/* Gives an item back; what it held is overwritten, so that a later write shows. */
static void
zfree(struct vm_zone *z, void *item)
{
	spin_lock(&z->zlock);
	for (int word = 0; word < z->zsize / 8; word++)
		((u64 *)item)[word] = POISON;
	*(void **)item = z->zitems;
	z->zitems = item;
	z->zfreecnt++;
	spin_unlock(&z->zlock);
}

/** The next free block, marked as taken. */
int64_t
swp_pager_getswapspace(void)
{
	for (int64_t tries = 0; tries < swapblist.bl_blocks; tries++) {
		int64_t index = swapblist.bl_cursor - swapblist.bl_first;

		if (++swapblist.bl_cursor == swapblist.bl_first + swapblist.bl_blocks)
			swapblist.bl_cursor = swapblist.bl_first;
		if (swapblist.bl_bitmap >> index & 1) {
			swapblist.bl_bitmap &= ~(1ul << index);
			swapblist.bl_free--;
			return (swapblist.bl_first + index);
		}
	}
	panic("swap_pager: out of swap space");
}

static void
swp_pager_freeswapspace(int64_t block)
{
	swapblist.bl_bitmap |= 1ul << (block - swapblist.bl_first);
	swapblist.bl_free++;
}

/** The device takes a copy of the pages at once; its interrupt comes later. */
void
swdev_write(int64_t block, const char *data, int count)
{
	for (int index = 0; index < count; index++) {
		char **place = &swdevt.sw_pages[block - swapblist.bl_first + index];

		if (*place == NULL)
			*place = (char *)PHYS_TO_DMAP(frame_allocate());
		memcpy(*place, data + (size_t)index * PAGE_SIZE, PAGE_SIZE);
	}
}

static struct swblock *
swp_pager_lookup(struct vm_object *object, vm_pindex_t pindex)
{
#ifdef INVARIANTS
	ASSERT_LWKT_TOKEN_HELD(&object->token);
#endif
	return (RB_LOOKUP(swblock, &object->swblock_root, pindex & ~(vm_pindex_t)(SWAP_META_PAGES - 1), swb_entry, swb_index));
}

/** The block of a page from now on. */
void
swp_pager_meta_build(struct vm_object *object, vm_pindex_t pindex, int64_t block)
{
	struct swblock *swap = swp_pager_lookup(object, pindex);

	SCHEDULE_POINT(meta_found);
	if (swap == NULL) {
		swap = zalloc(&swap_zone);
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

/** @return the block of a page, forgotten and free with SWM_FREE */
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
		swp_pager_freeswapspace(block);
		if (--swap->swb_count == 0) {
			RB_REMOVE(&object->swblock_root, swap, swb_entry);
			object->swblock_count--;
			zfree(&swap_zone, swap);
			SCHEDULE_POINT(meta_freed);
		}
	}
	return (block);
}
