/* Zones of items of one size; an item that was freed last is handed out first. Source: FreeBSD, vm/uma.h, uma_int.h, uma_dbg.h; much simplified. */
#ifndef VM_UMA_H
#define VM_UMA_H

#include "sys/proc.h"

#define UMA_MAX_ITEMS	16

/* Items of a zone lie side by side in one slab. */
struct uma_keg {
	char		*uk_slab;	/* address of item 0 */
	u_int		uk_size;	/* bytes of an item */
	u_int		uk_rsize;	/* bytes from item to item */
	u_int		uk_items;	/* that the slab has room for */
	u_int		uk_fresh;	/* of them, those that have been handed out at least once */
	u_long		uk_used;	/* bit n: item n is handed out */
};

struct uma_bucket {
	u_int		ub_cnt;
	void		*ub_bucket[UMA_MAX_ITEMS];	/* freed items, the last on top */
};

struct uma_zone {
	LIST_ENTRY(uma_zone) uz_link;
	const char	*uz_name;
	struct mtx	uz_lock;
	struct uma_keg	uz_keg;
	struct uma_bucket uz_bucket;
	bool		uz_trash;	/* free items are filled with uma_junk */
};
typedef struct uma_zone *uma_zone_t;
LIST_HEAD(uma_zone_list, uma_zone);

extern struct uma_zone_list uma_zones;
extern uint32_t uma_junk;
/** Knob, ours: the vmspace zone is filled with uma_junk too. The real one never gives memory back and is not checked. */
extern int uma_trash;

uma_zone_t uma_zcreate(struct uma_zone *zone, const char *name, size_t size, u_int items);
void *uma_zalloc_arg(uma_zone_t zone);
void uma_zfree(uma_zone_t zone, void *item);
void trash_ctor(void *item, int size);
void trash_dtor(void *item, int size);

#endif
