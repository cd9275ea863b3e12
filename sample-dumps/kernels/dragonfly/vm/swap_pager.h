/* Swap: buffers, and which block of the swap device holds which page. Source: DragonFly, vm/swap_pager.h, sys/bio.h, sys/buf.h, sys/xio.h. */
#ifndef VM_SWAP_PAGER_H
#define VM_SWAP_PAGER_H

#include "vm/vm.h"

struct buf;

struct bio {
	TAILQ_ENTRY(bio) bio_act;
	TAILQ_ENTRY(bio) link;
	void		*bio_track;
	void		*bio_disk;
	struct bio	*bio_prev, *bio_next;
	struct buf	*bio_buf;
	void		(*bio_done)(struct bio *);
	off_t		bio_offset;
	void		*bio_driver_info;
#ifdef FIX_BIO_CRC
	u32		bio_crc;
#endif
	int		bio_flags;
	u64		bio_caller_info1;
	u64		bio_caller_info2;
	u64		bio_caller_info3[2];
};
SIZE_IS(struct bio, 136);

struct xio {
	struct vm_page	**xio_pages;
	int		xio_npages, xio_offset, xio_bytes, xio_flags, xio_error;
	struct vm_page	*xio_internal_pages[8];
};
SIZE_IS(struct xio, 96);

/* b_cmd */
#define BUF_CMD_DONE	0
#define BUF_CMD_READ	1
#define BUF_CMD_WRITE	2

struct buf {
	struct bio	b_bio1;
	struct xio	b_xio;
	char		*b_data;
	int		b_bcount;
	int		b_cmd;
	u32		b_flags;
	int		b_error;
	int		b_dirtyoff, b_dirtyend;
	void		*b_vp;
};
SIZE_IS(struct buf, 272);

#define SWAP_META_PAGES	16
#define SWAPBLK_NONE	((int64_t)-1)

struct swblock {
	RB_ENTRY(swblock) swb_entry;
	vm_pindex_t	swb_index;
	int		swb_count;
	int64_t		swb_pages[SWAP_META_PAGES];
};
SIZE_IS(struct swblock, 176);

#define NSWBUF	4
extern struct buf swbuf[NSWBUF];
extern int nsw_rcount, nsw_wcount_sync, nsw_wcount_async;

/* Free items of one size, linked through their first word. */
struct vm_zone {
	struct spinlock	zlock;
	void		*zitems;
	int		zfreecnt;
	int		zsize;
};
extern struct vm_zone swap_zone;

/* Blocks of the swap device; in life a radix tree, here one word. */
#define SWAP_FIRST_BLOCK	0x40
#define SWAP_BLOCKS		64
struct blist {
	int64_t		bl_first, bl_blocks;
	int64_t		bl_free;
	int64_t		bl_cursor;
	u64		bl_bitmap;	/* bit set: the block is free */
};
extern struct blist swapblist;

/* The device and what lies on it, by block. The contents are memory, as on a memory disk. */
struct swdevt {
	char		sw_name[16];
	int64_t		sw_nblks;
	char		*sw_pages[SWAP_BLOCKS];
};
extern struct swdevt swdevt;

/* swap_pager.c */
/** Begins to write busied pages, with their I/O counted, to swap. Gives up the busy bit. @return the request */
struct buf *swap_pager_putpages(struct vm_object *object, struct vm_page **pages, int count);
int swap_pager_getpage(struct vm_object *object, struct vm_page *m);
void biodone(struct bio *bio);
/** CRC of the polynomial 0x1edc6f41. Source: RFC 3720, 12.1. */
u32 crc32c(const void *data, size_t size);

/* swap_meta.c */
#define SWM_FREE	1
int64_t swp_pager_getswapspace(void);
void swdev_write(int64_t block, const char *data, int count);
void swp_pager_meta_build(struct vm_object *object, vm_pindex_t pindex, int64_t block);
int64_t swp_pager_meta_ctl(struct vm_object *object, vm_pindex_t pindex, int flags);

#endif
