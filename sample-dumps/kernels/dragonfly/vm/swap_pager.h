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

/** Begins to write busied pages, with their I/O counted, to swap. Gives up the busy bit. */
void swap_pager_putpages(struct vm_object *object, struct vm_page **pages, int count);
void swp_pager_meta_build(struct vm_object *object, vm_pindex_t pindex, int64_t block);
#define SWM_FREE	1
int64_t swp_pager_meta_ctl(struct vm_object *object, vm_pindex_t pindex, int flags);
void biodone(struct bio *bio);
/** CRC of the polynomial 0x1edc6f41. Source: RFC 3720, 12.1. */
u32 crc32c(const void *data, size_t size);

#endif
