/* Kernel memory: caches of equal buffers, kmem_alloc on top of them, and stacks with a red zone. */
#include "sys/kmem.h"
#include "sys/cmn_err.h"

kmem_cache_t *kmem_cache_list;
kmem_cache_t *thread_cache, *lwp_cache, *fpsave_cachep;
uintptr_t segkp_next = 0xfffffe0080400000;

/* Slabs of all caches come from here, one page each or as many as a buffer needs. */
static uintptr_t kmem_arena_next = 0xfffffe5af5c00000;

static const size_t kmem_alloc_sizes[] = {
	16, 32, 48, 64, 80, 96, 128, 192, 256, 384, 512, 1024, 2048, 4096, 8192,
};
#define KMEM_ALLOC_CACHES	(sizeof (kmem_alloc_sizes) / sizeof (kmem_alloc_sizes[0]))
static kmem_cache_t *kmem_alloc_table[KMEM_ALLOC_CACHES];

static kmem_cache_t cache_storage[KMEM_ALLOC_CACHES + 8];
static int cache_count;
static kmem_slab_t slab_storage[128];
static int slab_count;

kmem_cache_t *
kmem_cache_create(const char *name, size_t bufsize, size_t align)
{
	kmem_cache_t *cp = &cache_storage[cache_count++];

	ASSERT(cache_count <= (int)(sizeof (cache_storage) / sizeof (cache_storage[0])));
	(void) strlcpy(cp->cache_name, name, sizeof (cp->cache_name));
	cp->cache_bufsize = (bufsize + align - 1) & ~(align - 1);
	cp->cache_align = align;
	cp->cache_next = kmem_cache_list;
	kmem_cache_list = cp;
	return (cp);
}

void
kmem_init(void)
{
	for (size_t index = 0; index < KMEM_ALLOC_CACHES; index++) {
		char name[32];

		(void) ksnprintf(name, sizeof (name), "kmem_alloc_%lu", kmem_alloc_sizes[index]);
		kmem_alloc_table[index] = kmem_cache_create(name, kmem_alloc_sizes[index],
		    kmem_alloc_sizes[index] >= PAGE_SIZE ? PAGE_SIZE : kmem_alloc_sizes[index] % 64 == 0 ? 64 : 16);
	}
}

/* Cuts new pages into buffers, so that they are given in ascending order. */
static void
kmem_slab_create(kmem_cache_t *cp)
{
	size_t size = (cp->cache_bufsize + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1ul);
	size_t chunks = size / cp->cache_bufsize;
	kmem_slab_t *sp = &slab_storage[slab_count++];

	ASSERT(slab_count <= (int)(sizeof (slab_storage) / sizeof (slab_storage[0])));
	*sp = (kmem_slab_t){ cp, (void *)kmem_arena_next, cp->cache_slabs, 0, (long)chunks };
	cp->cache_slabs = sp;
	kernel_map(kmem_arena_next, size);
	kmem_arena_next += size;
	for (size_t chunk = chunks; chunk-- > 0; ) {
		kmem_bufctl_t *bcp = (kmem_bufctl_t *)((char *)sp->slab_base + chunk * cp->cache_bufsize);

		bcp->bc_next = cp->cache_freelist;
		cp->cache_freelist = bcp;
	}
	cp->cache_buftotal += chunks;
}

static void
kmem_slab_count(kmem_cache_t *cp, const void *buf, long change)
{
	for (kmem_slab_t *sp = cp->cache_slabs; sp != NULL; sp = sp->slab_next) {
		size_t offset = (uintptr_t)buf - (uintptr_t)sp->slab_base;

		if (offset < sp->slab_chunks * cp->cache_bufsize)
			sp->slab_refcnt += change;
	}
}

void *
kmem_cache_alloc(kmem_cache_t *cp, int kmflag)
{
	uint64_t flags = interrupts_save();
	kmem_bufctl_t *bcp;

	spin_enter(&cp->cache_lock);
	if (cp->cache_freelist == NULL)
		kmem_slab_create(cp);
	bcp = cp->cache_freelist;
	cp->cache_freelist = bcp->bc_next;
	kmem_slab_count(cp, bcp, 1);
	spin_exit(&cp->cache_lock);
	interrupts_restore(flags);
	return (bcp);
}

void
kmem_cache_free(kmem_cache_t *cp, void *buf)
{
	uint64_t flags = interrupts_save();
	kmem_bufctl_t *bcp = buf;

	spin_enter(&cp->cache_lock);
	bcp->bc_next = cp->cache_freelist;
	cp->cache_freelist = bcp;
	kmem_slab_count(cp, buf, -1);
	spin_exit(&cp->cache_lock);
	interrupts_restore(flags);
}

kmem_cache_t *
kmem_alloc_cache(size_t size)
{
	size_t index = 0;

	while (kmem_alloc_sizes[index] < size)
		ASSERT(++index < KMEM_ALLOC_CACHES);
	return (kmem_alloc_table[index]);
}

void *
kmem_alloc(size_t size, int kmflag)
{
	return (kmem_cache_alloc(kmem_alloc_cache(size), kmflag));
}

void *
kmem_zalloc(size_t size, int kmflag)
{
	void *buf = kmem_alloc(size, kmflag);

	memset(buf, 0, size);
	return (buf);
}

void
kmem_free(void *buf, size_t size)
{
	kmem_cache_free(kmem_alloc_cache(size), buf);
}

void
kmem_cache_place(kmem_cache_t *cp, uintptr_t buf)
{
	kmem_bufctl_t *bcp = (kmem_bufctl_t *)buf;
	uintptr_t page = buf & ~(PAGE_SIZE - 1ul);
	kmem_slab_t *sp = &slab_storage[slab_count++];

	kernel_map(page, buf + cp->cache_bufsize - page);
	*sp = (kmem_slab_t){ cp, (void *)buf, cp->cache_slabs, 0, 1 };
	cp->cache_slabs = sp;
	bcp->bc_next = cp->cache_freelist;
	cp->cache_freelist = bcp;
	cp->cache_buftotal++;
}

caddr_t
segkp_get(size_t size)
{
	uintptr_t base = segkp_next + PAGE_SIZE;

	segkp_next = base + size;
	kernel_map(base, size);
	return ((caddr_t)base);
}

void
segkp_release(caddr_t base, size_t size)
{
	for (size_t offset = 0; offset < size; offset += PAGE_SIZE)
		frame_free(table_unmap(kernel_root, (uintptr_t)base + offset));
}
