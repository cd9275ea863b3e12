/* Object caches with per-core magazines, and kmalloc on top of them. Source: akaros, kern/include/slab.h, kmalloc.h. */
#ifndef ROS_SLAB_H
#define ROS_SLAB_H

#include "ros/kref.h"

#define KMC_MAG_MIN_SZ	8
#define KMC_NAME_SZ	32
#define NR_MAG_ROUNDS	62

struct kmem_magazine {
	STAILQ_ENTRY(kmem_magazine) link;
	unsigned int	nr_rounds;
	void		*rounds[NR_MAG_ROUNDS];
};
_Static_assert(sizeof(struct kmem_magazine) == 0x200, "struct kmem_magazine");

struct kmem_pcpu_cache {
	int		irq_state;
	unsigned int	magsize;
	struct kmem_magazine *loaded;
	struct kmem_magazine *prev;
	size_t		nr_allocs_ever;
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct kmem_pcpu_cache) == 0x40, "struct kmem_pcpu_cache");
_Static_assert(offsetof(struct kmem_pcpu_cache, nr_allocs_ever) == 0x18, "nr_allocs_ever");

/* A run of pages cut into objects. The bytes of a free object are not touched. */
struct kmem_slab {
	TAILQ_ENTRY(kmem_slab) link;
	void		*start;
	size_t		obj_size;
	unsigned int	num_total_obj;
	unsigned int	num_busy_obj;
	uint64_t	busy;		/* bit n: object n is given out (or in a magazine) */
};
TAILQ_HEAD(kmem_slab_list, kmem_slab);

struct kmem_cache {
	TAILQ_ENTRY(kmem_cache) all_kmc_link;
	struct kmem_pcpu_cache *pcpu_caches;
	spinlock_t	cache_lock;
	size_t		obj_size;
	int		flags;
	char		name[KMC_NAME_SZ];
	struct kmem_slab_list full_slab_list;
	struct kmem_slab_list partial_slab_list;
	size_t		nr_cur_alloc;
};
TAILQ_HEAD(kmem_cache_tailq, kmem_cache);
extern struct kmem_cache_tailq all_kmem_caches;

struct kmem_cache *kmem_cache_create(const char *name, size_t obj_size);
/** Gives the cache a slab at a chosen address, whose objects are handed out first. @param kva page aligned, in the page arena */
void kmem_cache_grow_at(struct kmem_cache *kc, void *kva);
void *kmem_cache_alloc(struct kmem_cache *kc);
/** Only pushes the address into this core's loaded magazine. */
void kmem_cache_free(struct kmem_cache *kc, void *buf);

/* In front of each kmalloc buffer. */
#define KMALLOC_TAG_CACHE	1
#define KMALLOC_CANARY		0xdeadbabeu
struct kmalloc_tag {
	union {
		struct kmem_cache *my_cache;
		size_t	amt_alloc;
	};
	struct kref	kref;
	uint32_t	canary;
	int		flags;
};
_Static_assert(sizeof(struct kmalloc_tag) == 0x20, "struct kmalloc_tag");

#define NUM_KMALLOC_CACHES	5	/* 64 .. 1024 */
extern struct kmem_cache *kmalloc_caches[NUM_KMALLOC_CACHES];
void kmalloc_init(void);
void *kmalloc(size_t size);
void *kzmalloc(size_t size);
void kfree(void *buf);
void __kfree_release(struct kref *kref);

/* The page arena: physical pages by number. Source: akaros, kern/include/page_alloc.h; the arena itself is reduced to a bitmap. */
#define ARENA_START	0x2000000ul
#define ARENA_END	0x8000000ul
extern uint64_t kpages_used[(ARENA_END - ARENA_START) / PAGE_SIZE / 64];
/** A zeroed page. @return its KERNBASE address */
void *kpage_zalloc(void);
/** The zeroed page at a chosen address, which must be free. */
void *kpage_zalloc_at(physaddr_t pa);
/** Marks the page free; its bytes stay. */
void kpage_free(void *kva);
bool kpage_is_free(physaddr_t pa);

#endif
