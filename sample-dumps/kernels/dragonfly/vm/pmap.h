/* Address spaces as the hardware sees them. Source: DragonFly, platform/pc64/include/pmap.h and pmap_inval.h. */
#ifndef VM_PMAP_H
#define VM_PMAP_H

#include "sys/thread.h"

struct vm_page;
struct vm_object;
struct pv_entry;

/* PTE bits beside those of common/paging.h: the two that software owns. */
#define PG_V		PTE_V
#define PG_RW		PTE_W
#define PG_U		PTE_U
#define PG_A		PTE_A
#define PG_M		PTE_D
#define PG_W		0x200ul
#define PG_MANAGED	0x400ul

#define VM_PROT_READ	1
#define VM_PROT_WRITE	2
#define VM_PROT_EXECUTE	4

#define DMAP_MIN_ADDRESS	0xffffff0000000000ul
#define PHYS_TO_DMAP(pa)	((vm_offset_t)(pa) + DMAP_MIN_ADDRESS)
#define VM_MAX_USER_ADDRESS	0x00007fffffe00000ul
#define KvaStart		0xfffff80000000000ul

#define NBPDP		0x40000000ul
#define NUPTE_TOTAL	(1ul << 35)
#define NUPT_TOTAL	(1ul << 26)

#define CPULOCK_EXCL	0x00000001u
#define CPULOCK_INCR	0x00000002u

struct md_page {
	TAILQ_HEAD(, pv_entry) pv_list;
};

struct pmap_statistics {
	long		resident_count, wired_count;
};

struct pmap {
	pt_entry_t	*pm_pml4;
	struct pv_entry	*pm_pmlpv;
	TAILQ_ENTRY(pmap) pm_pmnode;
	RB_HEAD(pv_entry_rb_tree, pv_entry) pm_pvroot;
	int		pm_count;
	u32		pm_active_lock;
	cpumask_t	pm_active;
	int		pm_flags;
	struct pmap_statistics pm_stats;
	struct spinlock	pm_spin;
	struct pv_entry	*pm_pvhint;
	vm_pindex_t	pm_placemarks[16];
	long		pm_invgen;
	u64		pmap_bits[12];
	int		protection_codes[8];
	pt_entry_t	pmap_cache_bits[8];
	pt_entry_t	pmap_cache_mask;
	int		(*copyinstr)(const void *, void *, size_t, size_t *);
	int		(*copyin)(const void *, void *, size_t);
	int		(*copyout)(const void *, void *, size_t);
	int		(*fubyte)(const void *);
	int		(*subyte)(void *, int);
	long		(*fuword)(const void *);
	int		(*suword)(void *, long);
	int		(*suword32)(void *, int);
};
SIZE_IS(struct pmap, 552);
OFFSET_IS(struct pmap, pm_active, 72);
OFFSET_IS(struct pmap, pm_invgen, 280);

struct pv_entry {
	struct pmap	*pv_pmap;
	vm_pindex_t	pv_pindex;
	TAILQ_ENTRY(pv_entry) pv_list;
	RB_ENTRY(pv_entry) pv_entry;
	struct vm_page	*pv_m;
	u_int		pv_hold;
	u_int		pv_flags;
};
SIZE_IS(struct pv_entry, 80);
#define PV_HOLD_LOCKED	0x80000000u

/* One command slot per originating CPU. */
enum pmap_inval_mode { INVDONE, INVSTORE, INVCMPSET };

#ifdef FIX_NPGS
typedef vm_pindex_t npgs_t;
#else
typedef int npgs_t;
#endif

struct pmap_inval_info {
	vm_offset_t	va;
	pt_entry_t	*ptep;
	pt_entry_t	opte;
	pt_entry_t	npte;
	enum pmap_inval_mode mode;
	int		success;
	npgs_t		npgs;
	cpumask_t	done;
	cpumask_t	mask;
	cpumask_t	sigmask;
	int		failed;
	int64_t		tsc_target;
} __attribute__((aligned(64)));
SIZE_IS(struct pmap_inval_info, 192);
OFFSET_IS(struct pmap_inval_info, done, 48);

struct pmap_inval_bulk {
	struct pmap	*pmap;
	vm_offset_t	va_beg, va_end;
	long		count;
};

struct pmap_scan_info {
	struct pmap	*pmap;
	vm_offset_t	sva, eva;
	vm_pindex_t	sva_pd_pindex, eva_pd_pindex;
	void		(*func)(struct pmap *, struct pmap_scan_info *, struct pv_entry *, vm_offset_t, pt_entry_t *, void *);
	void		*arg;
	struct pmap_inval_bulk bulk_core;
	struct pmap_inval_bulk *bulk;
	int		count;
	int		stop;
};
SIZE_IS(struct pmap_scan_info, 104);

extern struct pmap kernel_pmap;
extern struct pmap_inval_info invinfo[MAXCPU];
extern cpumask_t smp_invmask, smp_smurf_mask, smp_invltlb_mask, smp_idleinvl_mask, smp_idleinvl_reqs;
extern u64 tsc_frequency;
TAILQ_HEAD(pmap_list, pmap);
extern struct pmap_list pmap_list;

/* pmap_bootstrap.c */
void pmap_bootstrap(void);

/* pmap.c */
void pmap_init(void);
void pmap_pinit(struct pmap *pmap, u64 pml4);
pt_entry_t *pmap_pte(struct pmap *pmap, vm_offset_t va);
void pmap_enter(struct pmap *pmap, vm_offset_t va, struct vm_page *m, vm_prot_t prot);
void pmap_remove(struct pmap *pmap, vm_offset_t sva, vm_offset_t eva);
struct vm_page *pmap_remove_quietly(struct pmap *pmap, vm_offset_t va);
void pmap_release(struct pmap *pmap, struct vm_object *pteobj);
void pmap_page_protect(struct vm_page *m, vm_prot_t prot);
void pmap_clearbit(struct vm_page *m, pt_entry_t bit);
void pmap_remove_all(struct vm_page *m);
int pmap_is_modified(struct vm_page *m);
void pmap_invalidate_range(struct pmap *pmap, vm_offset_t sva, vm_offset_t eva);
void pmap_setlwpvm(struct lwp *lp, struct vmspace *newvm);
void pmap_interlock_wait(struct vmspace *vm);
vm_pindex_t pmap_pd_pindex(vm_offset_t va);
void pmap_scan(struct pmap_scan_info *info, int smp_inval);

/* pmap_kernel.c */
void pmap_kenter(vm_offset_t va, vm_paddr_t pa);
void pmap_kenter_quick(vm_offset_t va, vm_paddr_t pa);
void pmap_qenter(vm_offset_t va, struct vm_page **pages, int count);
void pmap_qremove(vm_offset_t va, int count);

/* pmap_inval.c */
pt_entry_t pmap_inval_smp(struct pmap *pmap, vm_offset_t va, npgs_t npgs, pt_entry_t *ptep, pt_entry_t npte);
int pmap_inval_smp_cmpset(struct pmap *pmap, vm_offset_t va, pt_entry_t *ptep, pt_entry_t opte, pt_entry_t npte);
void pmap_inval_bulk_init(struct pmap_inval_bulk *bulk, struct pmap *pmap);
void pmap_inval_bulk(struct pmap_inval_bulk *bulk, vm_offset_t va, pt_entry_t *ptep, pt_entry_t npte);
void pmap_inval_bulk_flush(struct pmap_inval_bulk *bulk);
int pmap_inval_intr(cpumask_t *cpumask);

/* mp_machdep.c */
#define XINVLTLB_OFFSET	0xf2
void smp_invlpg(cpumask_t *cmdmask);
void smp_inval_intr(void);
void smp_smurf_idleinvlclr(cpumask_t *mask);
void cpu_invltlb(void);

#endif
