/* Object caches, kmalloc and the page arena. Source: akaros, kern/src/slab.c, kmalloc.c, page_alloc.c; slabs reduced to what the books need. */
#include "ros/slab.h"
#include "ros/smp.h"

uint64_t kpages_used[(ARENA_END - ARENA_START) / PAGE_SIZE / 64];
static spinlock_t arena_lock;
static size_t arena_hint;

/* Knob: freed pages are handed out again before fresh ones, the oldest first. */
int kpages_reuse;
static size_t freed_pages[64];
static unsigned int nr_freed, nr_reused;

struct kmem_cache_tailq all_kmem_caches = { NULL, &all_kmem_caches.tqh_first };
struct kmem_cache *kmalloc_caches[NUM_KMALLOC_CACHES];

static void *
kpage_take(size_t index)
{
	void *kva = KADDR(ARENA_START + index * PAGE_SIZE);

	kpages_used[index / 64] |= 1ul << index % 64;
	memset(kva, 0, PAGE_SIZE);
	return (kva);
}

void *
kpage_zalloc(void)
{
	void *kva = NULL;

	spin_lock(&arena_lock);
	if (kpages_reuse && nr_reused < nr_freed)
		kva = kpage_take(freed_pages[nr_reused++ % ARRAY_SIZE(freed_pages)]);
	for (size_t index = arena_hint; kva == NULL && index < (ARENA_END - ARENA_START) / PAGE_SIZE; index++) {
		if ((kpages_used[index / 64] >> index % 64 & 1) == 0) {
			kva = kpage_take(index);
			arena_hint = index + 1;
		}
	}
	spin_unlock(&arena_lock);
	if (kva == NULL)
		panic("out of pages");
	return (kva);
}

void *
kpage_zalloc_at(physaddr_t pa)
{
	void *kva;

	spin_lock(&arena_lock);
	assert(kpage_is_free(pa));
	kva = kpage_take((pa - ARENA_START) / PAGE_SIZE);
	spin_unlock(&arena_lock);
	return (kva);
}

void
kpage_free(void *kva)
{
	size_t index = (PADDR(kva) - ARENA_START) / PAGE_SIZE;

	spin_lock(&arena_lock);
	assert(!kpage_is_free(PADDR(kva)));
	kpages_used[index / 64] &= ~(1ul << index % 64);
	freed_pages[nr_freed++ % ARRAY_SIZE(freed_pages)] = index;
	spin_unlock(&arena_lock);
}

bool
kpage_is_free(physaddr_t pa)
{
	size_t index = (pa - ARENA_START) / PAGE_SIZE;

	return (pa >= ARENA_START && pa < ARENA_END && (kpages_used[index / 64] >> index % 64 & 1) == 0);
}

/* Bookkeeping that real caches keep in caches of their own. */
static struct kmem_magazine *
magazine_alloc(void)
{
	static spinlock_t lock;
	static char *next, *end;
	struct kmem_magazine *magazine;

	spin_lock(&lock);
	if (next == end) {
		next = kpage_zalloc();
		end = next + PAGE_SIZE;
	}
	magazine = (struct kmem_magazine *)next;
	next += sizeof(*magazine);
	spin_unlock(&lock);
	return (magazine);
}

struct kmem_cache *
kmem_cache_create(const char *name, size_t obj_size)
{
	struct kmem_cache *kc = heap_allocate(sizeof(*kc), 64);

	memset(kc, 0, sizeof(*kc));
	strlcpy(kc->name, name, sizeof(kc->name));
	kc->obj_size = obj_size;
	TAILQ_INIT(&kc->full_slab_list);
	TAILQ_INIT(&kc->partial_slab_list);
	kc->pcpu_caches = heap_allocate(sizeof(struct kmem_pcpu_cache) * MAX_NUM_CORES, 64);
	for (int core = 0; core < num_cores; core++) {
		struct kmem_pcpu_cache *pcc = &kc->pcpu_caches[core];

		memset(pcc, 0, sizeof(*pcc));
		pcc->magsize = KMC_MAG_MIN_SZ;
		pcc->loaded = magazine_alloc();
		pcc->prev = magazine_alloc();
	}
	TAILQ_INSERT_TAIL(&all_kmem_caches, kc, all_kmc_link);
	return (kc);
}

static struct kmem_slab *
slab_add(struct kmem_cache *kc, void *start)
{
	struct kmem_slab *slab = heap_allocate(sizeof(*slab), 16);
	size_t size = PAGE_SIZE;

	/* An object larger than a page has a slab of its own, of as many pages as it needs. */
	while (size < kc->obj_size) {
		kpage_zalloc_at(PADDR(start) + size);
		size += PAGE_SIZE;
	}
	*slab = (struct kmem_slab){ .start = start, .obj_size = kc->obj_size };
	slab->num_total_obj = size / kc->obj_size < 64 ? size / kc->obj_size : 64;
	TAILQ_INSERT_TAIL(&kc->partial_slab_list, slab, link);
	return (slab);
}

void
kmem_cache_grow_at(struct kmem_cache *kc, void *kva)
{
	slab_add(kc, kpage_zalloc_at(PADDR(kva)));
}

static void *
slab_take(struct kmem_cache *kc)
{
	struct kmem_slab *slab = TAILQ_FIRST(&kc->partial_slab_list);
	unsigned int index;

	if (slab == NULL)
		slab = slab_add(kc, kpage_zalloc());
	index = __builtin_ctzl(~slab->busy);
	slab->busy |= 1ul << index;
	if (++slab->num_busy_obj == slab->num_total_obj) {
		TAILQ_REMOVE(&kc->partial_slab_list, slab, link);
		TAILQ_INSERT_TAIL(&kc->full_slab_list, slab, link);
	}
	return ((char *)slab->start + index * slab->obj_size);
}

static void
swap_magazines(struct kmem_pcpu_cache *pcc)
{
	struct kmem_magazine *magazine = pcc->loaded;

	pcc->loaded = pcc->prev;
	pcc->prev = magazine;
}

void *
kmem_cache_alloc(struct kmem_cache *kc)
{
	struct kmem_pcpu_cache *pcc = &kc->pcpu_caches[core_id()];
	uint64_t flags = interrupts_save();
	void *buf;

	if (pcc->loaded->nr_rounds == 0 && pcc->prev->nr_rounds > 0)
		swap_magazines(pcc);
	if (pcc->loaded->nr_rounds > 0) {
		buf = pcc->loaded->rounds[--pcc->loaded->nr_rounds];
	} else {
		spin_lock(&kc->cache_lock);
		buf = slab_take(kc);
		spin_unlock(&kc->cache_lock);
	}
	pcc->nr_allocs_ever++;
	__atomic_fetch_add(&kc->nr_cur_alloc, 1, __ATOMIC_RELAXED);
	interrupts_restore(flags);
	return (buf);
}

void
kmem_cache_free(struct kmem_cache *kc, void *buf)
{
	struct kmem_pcpu_cache *pcc = &kc->pcpu_caches[core_id()];
	uint64_t flags = interrupts_save();

	if (pcc->loaded->nr_rounds >= pcc->magsize)
		swap_magazines(pcc);
	if (pcc->loaded->nr_rounds >= pcc->magsize)
		pcc->loaded = magazine_alloc();
	pcc->loaded->rounds[pcc->loaded->nr_rounds++] = buf;
	__atomic_fetch_sub(&kc->nr_cur_alloc, 1, __ATOMIC_RELAXED);
	interrupts_restore(flags);
}

void
kmalloc_init(void)
{
	char name[KMC_NAME_SZ];

	for (int index = 0; index < NUM_KMALLOC_CACHES; index++) {
		ksnprintf(name, sizeof(name), "kmalloc_%d", 64 << index);
		kmalloc_caches[index] = kmem_cache_create(name, 64ul << index);
	}
}

void *
kmalloc(size_t size)
{
	size_t whole = size + sizeof(struct kmalloc_tag);
	struct kmalloc_tag *tag;
	int index = 0;

	while (64ul << index < whole)
		index++;
	assert(index < NUM_KMALLOC_CACHES);
	tag = kmem_cache_alloc(kmalloc_caches[index]);
	tag->my_cache = kmalloc_caches[index];
	kref_init(&tag->kref, __kfree_release, 1);
	tag->canary = KMALLOC_CANARY;
	tag->flags = KMALLOC_TAG_CACHE;
	return (tag + 1);
}

void *
kzmalloc(size_t size)
{
	return (memset(kmalloc(size), 0, size));
}

void
kfree(void *buf)
{
	struct kmalloc_tag *tag = (struct kmalloc_tag *)buf - 1;

	if (tag->canary != KMALLOC_CANARY)
		panic("__kfree_release: canary of %p is 0x%x", buf, tag->canary);
	kref_put(&tag->kref);
}

void
__kfree_release(struct kref *kref)
{
	struct kmalloc_tag *tag = container_of(kref, struct kmalloc_tag, kref);

	kmem_cache_free(tag->my_cache, tag);
}
