/* The kernel memory allocator, without magazines and debugging. Source: illumos-gate, usr/src/uts/common/sys/{kmem,kmem_impl}.h; a selection. */
#ifndef _SYS_KMEM_H
#define _SYS_KMEM_H

#include "sys/types.h"

#define KM_SLEEP	0

/** One run of pages that a cache has cut into buffers. */
typedef struct kmem_slab {
	struct kmem_cache *slab_cache;
	void		*slab_base;
	struct kmem_slab *slab_next;
	long		slab_refcnt;	/* buffers in use */
	long		slab_chunks;
} kmem_slab_t;

/** A free buffer; the link lies in the buffer itself. */
typedef struct kmem_bufctl {
	struct kmem_bufctl *bc_next;
} kmem_bufctl_t;

typedef struct kmem_cache {
	char		cache_name[32];
	size_t		cache_bufsize;
	size_t		cache_align;
	kmem_bufctl_t	*cache_freelist;	/* last freed, first given */
	kmem_slab_t	*cache_slabs;
	uint64_t	cache_buftotal;
	struct kmem_cache *cache_next;
	struct spin_lock cache_lock;
} kmem_cache_t;

extern kmem_cache_t *kmem_cache_list;
extern kmem_cache_t *thread_cache, *lwp_cache, *fpsave_cachep;

void kmem_init(void);
kmem_cache_t *kmem_cache_create(const char *name, size_t bufsize, size_t align);
void *kmem_cache_alloc(kmem_cache_t *cp, int kmflag);
void kmem_cache_free(kmem_cache_t *cp, void *buf);
void *kmem_alloc(size_t size, int kmflag);
void *kmem_zalloc(size_t size, int kmflag);
void kmem_free(void *buf, size_t size);
/** The cache that `kmem_alloc(size)` takes from. */
kmem_cache_t *kmem_alloc_cache(size_t size);

/**
 * Makes `buf` the next buffer that a cache gives: the state of the free list that the real allocator happened to be in. This is how an
 * object gets the address that it has in a real dump; what happens to it afterwards is the kernel's own doing.
 */
void kmem_cache_place(kmem_cache_t *cp, uintptr_t buf);

/** Kernel stacks: pages with an unmapped red zone below. @return the lowest mapped address */
caddr_t segkp_get(size_t size);
void segkp_release(caddr_t base, size_t size);
/** Where the next stack begins. */
extern uintptr_t segkp_next;
#define DEFAULTSTKSZ	(5 * PAGE_SIZE)

#endif
