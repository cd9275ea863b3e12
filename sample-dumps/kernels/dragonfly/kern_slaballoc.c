/* The kernel's allocator, with zones of one page. Source: DragonFly, kern/kern_slaballoc.c. */
#include "vm/vm.h"

#define NZONES		4		/* chunks of 64, 128, 256, 512 bytes */
#define ZONE_ALIGN	64
#define KMEM_START	(KvaStart + 0x20000000ul)

static struct SLZone *zones[NZONES];
static vm_offset_t next_kva = KMEM_START;
static struct spinlock slab_spin;

struct freechunk {
	struct freechunk *c_Next;
};

void
slab_init(void)
{
	vm_map_insert(&kernel_vm_map, &kernel_object, 0, KMEM_START, KMEM_START + 0x100 * PAGE_SIZE);
	/* Where buffers show pages that belong to others. */
	vm_map_insert(&kernel_vm_map, NULL, 0, KvaStart + 0x30000000ul, KvaStart + 0x30010000ul);
}

/* A wired page of kernel_object at the next kernel address. */
static void *
kmem_slab_alloc(void)
{
	vm_offset_t kva = next_kva;
	struct vm_page *m = vm_page_alloc(&kernel_object, OFF_TO_IDX(kva - KMEM_START));

	next_kva += PAGE_SIZE;
	m->wire_count = 1;
	m->valid = VM_PAGE_BITS_ALL;
	pmap_enter(&kernel_pmap, kva, m, VM_PROT_READ | VM_PROT_WRITE);
	vm_page_wakeup(m);
	return ((void *)kva);
}

static struct SLZone *
zone_create(int index)
{
	struct SLZone *z = kmem_slab_alloc();
	int size = 64 << index;
	char *base = (char *)z + ZONE_ALIGN;
	struct freechunk *first = NULL;

	z->z_Magic = ZALLOC_SLAB_MAGIC;
	z->z_Next = zones[index];
	z->z_NMax = (PAGE_SIZE - ZONE_ALIGN) / size;
	z->z_NFree = z->z_NMax;
	z->z_ChunkSize = size;
	z->z_ZoneIndex = index;
	z->z_Flags = 0;
	for (int chunk = z->z_NMax - 1; chunk >= 0; chunk--) {
		((struct freechunk *)(base + chunk * size))->c_Next = first;
		first = (struct freechunk *)(base + chunk * size);
	}
	z->z_BasePtr = (char *)first;
	zones[index] = z;
	return (z);
}

void *
kmalloc(size_t size)
{
	int index = 0;
	struct SLZone *z;
	struct freechunk *chunk;

	while ((64ul << index) < size)
		index++;
	spin_lock(&slab_spin);
	for (z = zones[index]; z != NULL && z->z_NFree == 0;)
		z = z->z_Next;
	if (z == NULL)
		z = zone_create(index);
	chunk = (struct freechunk *)z->z_BasePtr;
	z->z_BasePtr = (char *)chunk->c_Next;
	z->z_NFree--;
	spin_unlock(&slab_spin);
	SCHEDULE_POINT(kmalloced);
	return (chunk);
}

void
kfree(void *ptr)
{
	struct SLZone *z = (struct SLZone *)trunc_page((u64)ptr);

	SCHEDULE_POINT(kfree);
	KKASSERT(z->z_Magic == ZALLOC_SLAB_MAGIC);
	spin_lock(&slab_spin);
	((struct freechunk *)ptr)->c_Next = (struct freechunk *)z->z_BasePtr;
	z->z_BasePtr = ptr;
	z->z_NFree++;
	spin_unlock(&slab_spin);
}
