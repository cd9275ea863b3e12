/* Zones: allocation and free. Source: FreeBSD, vm/uma_core.c; much simplified. */
#include "sys/ktr.h"
#include "vm/uma.h"

struct uma_zone_list uma_zones;

/** Sets a zone up and maps its slab. */
uma_zone_t
uma_zcreate(struct uma_zone *zone, const char *name, size_t size, u_int items)
{
	struct uma_keg *keg = &zone->uz_keg;

	assert(items <= UMA_MAX_ITEMS);
	zone->uz_name = name;
	mtx_init(&zone->uz_lock, name);
	keg->uk_size = (u_int)size;
	keg->uk_rsize = (u_int)((size + 15) & ~15ul);
	keg->uk_items = items;
	keg->uk_slab = heap_allocate((size_t)keg->uk_rsize * items, 64);
	LIST_INSERT_HEAD(&uma_zones, zone, uz_link);
	return (zone);
}

/** An item: the one that was freed last, or one that never was in use. */
void *
uma_zalloc_arg(uma_zone_t zone)
{
	struct uma_keg *keg = &zone->uz_keg;
	struct uma_bucket *bucket = &zone->uz_bucket;
	char *item;
	bool is_fresh = false;

	mtx_lock(&zone->uz_lock);
	if (bucket->ub_cnt > 0)
		item = bucket->ub_bucket[--bucket->ub_cnt];
	else {
		assert(keg->uk_fresh < keg->uk_items);
		item = keg->uk_slab + (size_t)keg->uk_fresh++ * keg->uk_rsize;
		is_fresh = true;
	}
	keg->uk_used |= 1ul << ((item - keg->uk_slab) / keg->uk_rsize);
	mtx_unlock(&zone->uz_lock);
	CTR2(KTR_UMA, "uma_zalloc: %s %p", zone->uz_name, item);
	if (zone->uz_trash && !is_fresh)
		trash_ctor(item, (int)keg->uk_size);
	return (item);
}

/** Gives an item back: it is the next to be handed out. */
void
uma_zfree(uma_zone_t zone, void *item)
{
	struct uma_keg *keg = &zone->uz_keg;
	u_long bit = 1ul << (((char *)item - keg->uk_slab) / keg->uk_rsize);

	CTR2(KTR_UMA, "uma_zfree: %s %p", zone->uz_name, item);
	if (zone->uz_trash)
		trash_dtor(item, (int)keg->uk_size);
	mtx_lock(&zone->uz_lock);
	if ((keg->uk_used & bit) == 0)
		panic("Duplicate free of %p from zone %p(%s)", item, (void *)zone, zone->uz_name);
	keg->uk_used &= ~bit;
	zone->uz_bucket.ub_bucket[zone->uz_bucket.ub_cnt++] = item;
	mtx_unlock(&zone->uz_lock);
}
