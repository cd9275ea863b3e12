/* Pages, objects, maps and vmspaces. Source: FreeBSD, vm/vm_page.h, vm_object.h, vm_map.h; subsets. */
#ifndef VM_VM_H
#define VM_VM_H

#include "machine/pmap.h"
#include "vm/uma.h"

#define VM_NFREEORDER	13	/* vm_page.order of a page that is in use; a free one has its order */

struct vm_page {
	TAILQ_ENTRY(vm_page) plinks;	/* the free queue */
	TAILQ_ENTRY(vm_page) listq;	/* its object */
	struct vm_object *object;
	vm_pindex_t	pindex;
	vm_paddr_t	phys_addr;
	struct md_page	md;
	u_int		ref_count;	/* for a page-table page: entries that are in use */
	u_char		order;
	u_char		dirty;
	u_short		flags;
};
#define PG_ZERO		0x0001
TAILQ_HEAD(pglist, vm_page);

enum obj_type { OBJT_DEFAULT, OBJT_SWAP, OBJT_VNODE, OBJT_DEVICE, OBJT_PHYS, OBJT_DEAD };

struct vnode {
	const char	*v_name;	/* ours: the real one has its name in the name cache */
	int		v_usecount;
	int		v_holdcnt;
};

struct vm_object {
	struct pglist	memq;
	vm_pindex_t	size;
	int		ref_count;
	u_char		type;
	struct vnode	*handle;
};

struct vm_map_entry {
	struct vm_map_entry *prev, *next;
	struct vm_map_entry *defer_next;
	vm_offset_t	start, end;
	struct vm_object *object;
	vm_ooffset_t	offset;
	u_int		eflags;
	vm_prot_t	protection, max_protection;
};

struct sx {
	struct lock_object lock_object;
	volatile u_long	sx_lock;
};

struct vm_map {
	struct {
		vm_offset_t	start, end;
		struct vm_map_entry *next, *prev;
	} header;
	struct mtx	system_mtx;
	struct sx	lock;
	int		nentries;
	vm_size_t	size;
	u_int		timestamp;
	u_char		needs_wakeup, system_map, flags;
	struct vm_map_entry *root;
	pmap_t		pmap;
	int		busy;
};
SIZE_IS(struct vm_map, 144);

struct shmmap_state {
	vm_offset_t	va;
	int		shmid;
};

struct vmspace {
	struct vm_map	vm_map;
	struct shmmap_state *vm_shm;
	segsz_t		vm_swrss, vm_tsize, vm_dsize, vm_ssize;
	char		*vm_taddr, *vm_daddr, *vm_maxsaddr;
#ifdef OLD_REFCNT
	volatile int	vm_refcnt;
#else
	u_int		vm_refcnt;
#endif
	/* The last member: all before it could be cleared by the allocator. */
	struct pmap	vm_pmap;
};
SIZE_IS(struct vmspace, 416);
OFFSET_IS(struct vmspace, vm_refcnt, 208);
OFFSET_IS(struct vmspace, vm_pmap, 216);
OFFSET_IS(struct vmspace, vm_pmap.pm_active, 296);
#define vmspace_pmap(vm)	(&(vm)->vm_pmap)

#ifdef OLD_REFCNT

/** One reference more, of who has one already. */
#define vmspace_hold(vm)	atomic_add_int(&(vm)->vm_refcnt, 1)

/*
 * D26923's fences, which the forms before it lack: what this thread did to the address space is visible before its reference is gone,
 * and the thread that takes the last one sees it.
 */
#if VMSPACE_EXIT == FENCED
#define vmspace_fence_rel()	atomic_thread_fence_rel()
#define vmspace_fence_acq()	atomic_thread_fence_acq()
#else
#define vmspace_fence_rel()	((void)0)
#define vmspace_fence_acq()	((void)0)
#endif

#else
#define vmspace_hold(vm)	refcount_acquire(&(vm)->vm_refcnt)
#endif

extern struct vmspace vmspace0;
extern uma_zone_t vmspace_zone, shmmap_zone, pvchunk_zone, mapent_zone, object_zone, thread_zone, proc_zone;

/** Physical pages 0x2400.. are the ones that the books know; everything else is the kernel's since boot. */
#define FIRST_PAGE	0x2400
#define PAGE_COUNT	96
extern struct vm_page vm_page_array[PAGE_COUNT];
extern long first_page, vm_page_array_size;
extern struct pglist vm_page_queue_free;
#define PHYS_TO_VM_PAGE(pa)	(&vm_page_array[((pa) >> PAGE_SHIFT) - FIRST_PAGE])

/* vm_page.c */
void vm_page_startup(void);
struct vm_page *vm_page_alloc(struct vm_object *object, vm_pindex_t pindex);
void vm_page_free(struct vm_page *m);

/* vm_object.c */
struct vm_object *vm_object_allocate(enum obj_type type, vm_pindex_t size);
void vm_object_deallocate(struct vm_object *object);
struct vm_page *vm_object_page(struct vm_object *object, vm_pindex_t pindex);
void vrele(struct vnode *vp);

/* vm_map.c */
void vm_map_init(struct vm_map *map, pmap_t pmap);
struct vm_map_entry *vm_map_insert(struct vm_map *map, struct vm_object *object, vm_offset_t start, vm_offset_t end, vm_prot_t prot);
void vm_map_lock(struct vm_map *map);
/** Lets go of the map, then does what the entries that were taken out still need. */
void vm_map_unlock(struct vm_map *map);
void vm_map_remove(struct vm_map *map, vm_offset_t start, vm_offset_t end);
/** @return 0, or 14 (EFAULT) when nothing is mapped there or the access is not allowed */
int vm_fault(struct vm_map *map, vm_offset_t va, vm_prot_t type);

/* vmspace.c */
void vmspace_init(void);
struct vmspace *vmspace_alloc(void);
struct vmspace *vmspace_fork(struct vmspace *parent);
/** Another process's address space, or NULL when it is on its way out. To be given back with vmspace_free. */
struct vmspace *vmspace_acquire_ref(struct proc *p);
void vmspace_free(struct vmspace *vm);
void vmspace_dofree(struct vmspace *vm);
/** The exiting thread leaves its process's address space for vmspace0, and takes it down when it was the last one. */
void vmspace_exit(struct thread *td);

/* sysv_shm.c */
void shm_attach(struct vmspace *vm, vm_offset_t va);
void kern_shmdt(struct vmspace *vm);
void shmexit(struct vmspace *vm);

#endif
