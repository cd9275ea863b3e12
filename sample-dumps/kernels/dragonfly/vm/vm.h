/* Pages, objects and maps. Source: DragonFly, vm/vm_page.h, vm_object.h, vm_map.h, swap_pager.h. */
#ifndef VM_VM_H
#define VM_VM_H

#include "vm/pmap.h"

/* vm_page.flags */
#define PG_BUSY		0x00000001u
#define PG_WANTED	0x00000002u
#define PG_FICTITIOUS	0x00000008u
#define PG_WRITEABLE	0x00000010u
#define PG_MAPPED	0x00000020u
#define PG_ZERO		0x00000040u
#define PG_REFERENCED	0x00000080u
#define PG_SWAPINPROG	0x00000200u
#define PG_UNMANAGED	0x00000800u
#define PG_SWAPPED	0x00004000u
#define PG_SBUSY	0x00020000u

/* vm_page.queue: one colour each */
#define PQ_NONE		0
#define PQ_FREE		1
#define PQ_INACTIVE	2
#define PQ_ACTIVE	3
#define PQ_COUNT	4

#define VM_PAGE_BITS_ALL	0xff

TAILQ_HEAD(pglist, vm_page);

struct vm_page {
	TAILQ_ENTRY(vm_page) pageq;
	RB_ENTRY(vm_page) rb_entry;
	struct vm_object *object;
	vm_pindex_t	pindex;
	vm_paddr_t	phys_addr;
	struct md_page	md;
	u_short		queue;
	u_short		pc;
	u_char		act_count;
	u_char		busy;		/* soft-busy: I/Os in progress */
	u_char		unused01;
	u_char		unused02;
	u32		flags;
	u_int		wire_count;
	int		hold_count;
	u_char		valid;
	u_char		dirty;
	int		ku_pagecnt;
};
SIZE_IS(struct vm_page, 104 + sizeof(struct md_page));
OFFSET_IS(struct vm_page, flags, 80 + sizeof(struct md_page));

/* vm_object.type */
enum obj_type { OBJT_DEFAULT, OBJT_SWAP, OBJT_VNODE, OBJT_DEVICE, OBJT_MGTDEVICE, OBJT_PHYS, OBJT_DEAD, OBJT_MARKER };

struct vm_object {
	TAILQ_ENTRY(vm_object) object_list;
	LIST_HEAD(, vm_object) shadow_head;
	LIST_ENTRY(vm_object) shadow_list;
	RB_HEAD(vm_page_rb_tree, vm_page) rb_memq;
	int		generation;
	vm_pindex_t	size;
	int		ref_count;
	int		shadow_count;
	char		memattr;
	u_char		type;
	u_short		flags;
	u_short		pg_color;
	u_int		paging_in_progress;
	long		resident_page_count;
	u_int		unused01;
	struct vm_object *backing_object;
	off_t		backing_object_offset;
	TAILQ_ENTRY(vm_object) pager_object_list;
	void		*handle;
	int		hold_count;
	struct {
		struct pglist devp_pglist;
		void	*ops;
		void	*dev;
	} un_pager;
	RB_HEAD(swblock_rb_tree, swblock) swblock_root;
	long		swblock_count;
	struct lwkt_token token;
	struct {
		void	*pmap_rw, *pmap_ro;
	} md;
	u32		chainlk;
};
SIZE_IS(struct vm_object, 304);
OFFSET_IS(struct vm_object, token, 248);

#define VMOBJ_HSIZE	64
struct vm_object_hash {
	TAILQ_HEAD(object_q, vm_object) list;
	struct lwkt_token token;
};
extern struct vm_object_hash vm_object_hash[VMOBJ_HSIZE];
extern struct vm_object kernel_object;

/* vm_map_entry */
#define MAP_ENTRY_STACK		0x0008u
struct vm_map_entry {
	struct vm_map_entry *prev, *next;
	RB_ENTRY(vm_map_entry) rb_entry;
	vm_offset_t	start, end;
	union { vm_offset_t avail_ssize; vm_size_t master_pde; } aux;
	struct vm_object *object;
	vm_ooffset_t	offset;
	u_int		eflags;
	u_char		maptype;
	vm_prot_t	protection, max_protection;
	u_char		inheritance;
	int		wired_count;
	enum vm_subsys_id { VM_SUBSYS_UNKNOWN, VM_SUBSYS_KMALLOC, VM_SUBSYS_STACK, VM_SUBSYS_MMAP } id;
};
SIZE_IS(struct vm_map_entry, 104);

struct lock {
	u32		lk_flags, lk_count;
	const char	*lk_wmesg;
	int		lk_timo;
	struct thread	*lk_lockholder;
};

struct vm_map {
	struct vm_map_entry header;
	RB_HEAD(vm_map_rb_tree, vm_map_entry) rb_root;
	struct lock	lock;
	int		nentries;
	vm_size_t	size;
	u_char		system_map;
	struct vm_map_entry *hint;
	u_int		timestamp;
	struct vm_map_entry *first_free;
	u_char		flags;
	struct pmap	*pmap;
	u_int		president_cache, president_ticks;
	struct lwkt_token token;
	vm_offset_t	pgout_offset;
};
SIZE_IS(struct vm_map, 280);

struct vmspace {
	struct vm_map	vm_map;
	struct pmap	vm_pmap;
	int		vm_flags;
	void		*vm_shm;
	segsz_t		vm_rssize, vm_swrss, vm_tsize, vm_dsize, vm_ssize;
	void		*vm_taddr, *vm_daddr, *vm_maxsaddr, *vm_minsaddr;
	int		vm_unused01, vm_unused02, vm_pagesupply;
	u_int		vm_holdcnt, vm_refcnt;
};
SIZE_IS(struct vmspace, 392 + sizeof(struct pmap));
OFFSET_IS(struct vmspace, vm_pmap, 280);

/** Physical pages 0x1a00..0x1dff are the ones that the books know; everything else is the kernel's since boot. */
#define FIRST_PAGE		0x1a00
#define VM_PAGE_ARRAY_SIZE	0x400
extern struct vm_page vm_page_array[VM_PAGE_ARRAY_SIZE];
extern vm_pindex_t vm_page_array_size, first_page;
extern struct pglist vm_page_queues[PQ_COUNT];
/** kernel_map in life; that name is taken by shared code. */
extern struct vm_map kernel_vm_map;
#define PHYS_TO_VM_PAGE(pa)	(&vm_page_array[((pa) >> PAGE_SHIFT) - first_page])

/* vm_page.c */
void vm_page_startup(void);
struct vm_page *vm_page_alloc(struct vm_object *object, vm_pindex_t pindex);
struct vm_page *vm_page_alloc_wired(struct vm_object *object, vm_pindex_t pindex);
/** The free page at a physical address. */
struct vm_page *vm_page_alloc_at(struct vm_object *object, vm_pindex_t pindex, vm_paddr_t pa);
struct vm_page *vm_page_lookup(struct vm_object *object, vm_pindex_t pindex);
void vm_page_insert(struct vm_page *m, struct vm_object *object, vm_pindex_t pindex);
void vm_page_free(struct vm_page *m);
void vm_page_free_toq(struct vm_page *m);
void vm_page_flag_set(struct vm_page *m, u32 bits);
void vm_page_flag_clear(struct vm_page *m, u32 bits);
void vm_page_busy_wait(struct vm_page *m, const char *message);
void vm_page_wakeup(struct vm_page *m);
void vm_page_io_start(struct vm_page *m);
void vm_page_io_finish(struct vm_page *m);
void vm_page_protect(struct vm_page *m, vm_prot_t prot);
void vm_page_spin_lock(struct vm_page *m);
void vm_page_spin_unlock(struct vm_page *m);

/* vm_object.c */
struct rb_vm_page_scan_info {
	vm_pindex_t	start_pindex, end_pindex;
	int		limit;
	int		desired;
	int		error;
	int		pagerflags;
	vm_offset_t	addr;
	vm_pindex_t	backing_offset_index;
	struct vm_object *object, *backing_object;
	struct vm_page	*mpte;
	struct pmap	*pmap;
	struct vm_map	*map;
};
SIZE_IS(struct rb_vm_page_scan_info, 88);
void vm_page_rb_tree_RB_SCAN(struct vm_page_rb_tree *head, int (*callback)(struct vm_page *, struct rb_vm_page_scan_info *),
    struct rb_vm_page_scan_info *info);

void vm_object_init(struct vm_object *object, enum obj_type type, vm_pindex_t size);
struct vm_object *vm_object_allocate(enum obj_type type, vm_pindex_t size);
void vm_object_reference(struct vm_object *object);
void vm_object_deallocate(struct vm_object *object);
void vm_object_hold(struct vm_object *object);
void vm_object_drop(struct vm_object *object);
void vm_object_page_remove(struct vm_object *object, vm_pindex_t start, vm_pindex_t end);

/* vm_map.c */
void vm_map_init(struct vm_map *map, struct pmap *pmap);
struct vm_map_entry *vm_map_insert(struct vm_map *map, struct vm_object *object, vm_ooffset_t offset, vm_offset_t start, vm_offset_t end);
struct vm_map_entry *vm_map_lookup_entry(struct vm_map *map, vm_offset_t address);
int vm_map_remove(struct vm_map *map, vm_offset_t start, vm_offset_t end);
#ifdef FIX_GROWSTACK
int vm_map_growstack(struct vm_map *map, vm_offset_t va);
#else
int vm_map_growstack(struct proc *p, vm_offset_t va);
#endif
struct vmspace *vmspace_alloc(u64 pml4);

/* vm_fault.c: @return 0, or 14 (EFAULT). The vkernel's has more to say and is declared with its pmap. */
#ifndef VKERNEL
int vm_fault(struct vm_map *map, vm_offset_t va, vm_prot_t fault_type);
#endif

/* kern_slaballoc.c. Source: DragonFly, kern/kern_slaballoc.c, sys/malloc.h. */
#define ZALLOC_SLAB_MAGIC	0x736c6162
struct SLZone {
	int32_t		z_Magic;
	int		z_NFree;
	struct SLZone	*z_Next;
	int		z_NMax;
	char		*z_BasePtr;
	int		z_UIndex, z_UEndIndex;
	int		z_ChunkSize;
	int		z_ZoneIndex;
	int		z_Flags;
};
SIZE_IS(struct SLZone, 56);
void slab_init(void);
void *kmalloc(size_t size);
void kfree(void *chunk);

#endif
