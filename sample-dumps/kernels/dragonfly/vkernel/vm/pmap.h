/* Address spaces of the vkernel: its page tables are data that the kernel below reads. Source: DragonFly, platform/vkernel64/include/pmap.h and pmap_inval.h. */
#ifndef VM_PMAP_H
#define VM_PMAP_H

#include "sys/thread.h"

struct vm_page;
struct vm_object;
struct vm_map;
struct pv_entry;

/* Source: DragonFly, cpu/x86_64/include/vframe.h, sys/vkernel.h. The bits are those of the hardware. */
typedef pt_entry_t vpte_t;
#define VPTE_V		PTE_V
#define VPTE_RW		PTE_W
#define VPTE_U		PTE_U
#define VPTE_A		PTE_A
#define VPTE_M		PTE_D
#define VPTE_WIRED	0x200ul
#define VPTE_MANAGED	0x400ul
#define VPTE_FRAME	PTE_FRAME

#define VM_PROT_READ	1
#define VM_PROT_WRITE	2
#define VM_PROT_EXECUTE	4
#define VM_PROT_NONE	0

#define DMAP_MIN_ADDRESS	0xffffff0000000000ul
#define PHYS_TO_DMAP(pa)	((vm_offset_t)(pa) + DMAP_MIN_ADDRESS)
#define VM_MAX_USER_ADDRESS	0x00007fffffe00000ul
#define KvaStart		0xfffff80000000000ul

/* Places of page table pages in pm_pteobj: tables, then directories, then what is above. */
#define PDRSHIFT	21
#define PDPSHIFT	30
#define PML4SHIFT	39
#define NUPT_TOTAL	(1ul << 26)
#define NUPD_TOTAL	(1ul << 17)
#define NUPDP_TOTAL	(1ul << 8)

#define CPULOCK_EXCL	0x00000001u

struct md_page {
	int		pv_list_count;
	TAILQ_HEAD(, pv_entry) pv_list;
};
SIZE_IS(struct md_page, 24);

struct pmap_statistics {
	long		resident_count, wired_count;
};

struct pmap {
	vpte_t		*pm_pml4;
	struct vm_page	*pm_pdirm;
	vpte_t		pm_pdirpte;
	struct vm_object *pm_pteobj;
	TAILQ_ENTRY(pmap) pm_pmnode;
	RB_HEAD(pv_entry_rb_tree, pv_entry) pm_pvroot;
	int		pm_count;
	u32		pm_active_lock;
	cpumask_t	pm_active;
	vm_pindex_t	pm_pdindex;
	struct pmap_statistics pm_stats;
	struct vm_page	*pm_ptphint;	/* the page table page that was used last */
	int		pm_generation;
	struct spinlock	pm_spin;
};
SIZE_IS(struct pmap, 176);
OFFSET_IS(struct pmap, pm_active, 88);
OFFSET_IS(struct pmap, pm_ptphint, 144);

struct pv_entry {
	struct pmap	*pv_pmap;
	vm_offset_t	pv_va;
	TAILQ_ENTRY(pv_entry) pv_list;
	RB_ENTRY(pv_entry) pv_entry;
	struct vm_page	*pv_ptem;	/* the page table page that holds the entry */
};
SIZE_IS(struct pv_entry, 72);

extern cpumask_t smp_idleinvl_mask, smp_idleinvl_reqs;
void cpu_invltlb(void);

extern struct pmap kernel_pmap;
TAILQ_HEAD(pmap_list, pmap);
extern struct pmap_list pmap_list;

/* pmap_bootstrap.c */
void pmap_bootstrap(void);

/* pmap.c */
/** @param host_root physical address of the page tables that the kernel below shall use */
void pmap_pinit(struct pmap *pmap, u64 host_root);
void pmap_release(struct pmap *pmap);
vpte_t *pmap_pte(struct pmap *pmap, vm_offset_t va);
void pmap_enter(struct pmap *pmap, vm_offset_t va, struct vm_page *m, vm_prot_t prot);
/** An unmanaged mapping: of a device. */
void pmap_enter_device(struct pmap *pmap, vm_offset_t va, vm_paddr_t pa);
void pmap_remove(struct pmap *pmap, vm_offset_t sva, vm_offset_t eva);
void pmap_qenter(vm_offset_t va, struct vm_page **pages, int count);
void pmap_qremove(vm_offset_t va, int count);
void pmap_setlwpvm(struct lwp *lp, struct vmspace *newvm);
void pmap_replacevm(struct proc *p, struct vmspace *newvm);
void pmap_interlock_wait(struct vmspace *vm);

/* pmap_pgtable.c */
struct vm_page *pmap_allocpte(struct pmap *pmap, vm_offset_t va);
void pmap_unuse_pt(struct pmap *pmap, vm_offset_t va, struct vm_page *mpte);

/* pmap_page.c */
void pmap_insert_entry(struct pmap *pmap, vm_offset_t va, struct vm_page *mpte, struct vm_page *m);
void pmap_remove_entry(struct pmap *pmap, struct vm_page *m, vm_offset_t va);
void pmap_page_protect(struct vm_page *m, vm_prot_t prot);
void pmap_clearbit(struct vm_page *m, vpte_t bit);
void pmap_clear_modify(struct vm_page *m);
int pmap_is_modified(struct vm_page *m);

/* pmap_inval.c */
vpte_t pmap_inval_loadandclear(vpte_t *ptep, struct pmap *pmap, vm_offset_t va);
vpte_t pmap_setro_pte(vpte_t *ptep, struct pmap *pmap, vm_offset_t va);
vpte_t pmap_clean_pte(vpte_t *ptep, struct pmap *pmap, vm_offset_t va);

/* vm_fault.c: @return 0, or 14 (EFAULT), or 9 (the process shall die). */
#define VM_FAULT_NORMAL		0x00
#define VM_FAULT_USERMODE	0x40
int vm_fault(struct vm_map *map, vm_offset_t va, vm_prot_t fault_type, int fault_flags);
struct vm_page *vm_fault_page(struct vm_map *map, vm_offset_t va, vm_prot_t fault_type, int *error, int *busy);

#endif
