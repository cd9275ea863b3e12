/* Address spaces as the hardware sees them. Source: FreeBSD, amd64/include/pmap.h. */
#ifndef MACHINE_PMAP_H
#define MACHINE_PMAP_H

#include "sys/proc.h"

struct vm_page;

#define PHYS_TO_DMAP(pa)	((vm_offset_t)(pa) + KERNEL_WINDOW)
#define VM_MAXUSER_ADDRESS	0x0000800000000000ul
#define VM_PROT_READ	1
#define VM_PROT_WRITE	2
#define VM_PROT_EXECUTE	4

#define X86_PG_V	PTE_V
#define X86_PG_RW	PTE_W
#define X86_PG_U	PTE_U
#define X86_PG_A	PTE_A
#define X86_PG_M	PTE_D
#define PG_MANAGED	0x400ul

struct pmap_statistics {
	long		resident_count, wired_count;
};

struct pmap_pcids {
	uint32_t	pm_pcid, pm_gen;
};

enum pmap_type { PT_X86, PT_EPT, PT_RVI };

struct pv_entry {
	vm_offset_t	pv_va;
	TAILQ_ENTRY(pv_entry) pv_next;
};

struct md_page {
	TAILQ_HEAD(, pv_entry) pv_list;
};

/* A page full of entries in life; eight here. A bit of pc_map[0] is set for each that is free. */
#define _NPCPV	8
struct pv_chunk {
	struct pmap	*pc_pmap;
	TAILQ_ENTRY(pv_chunk) pc_list;
	uint64_t	pc_map[3];
	TAILQ_ENTRY(pv_chunk) pc_lru;
	struct pv_entry	pc_pventry[_NPCPV];
};
OFFSET_IS(struct pv_chunk, pc_pventry, 64);
#define PC_FREE0	((1ul << _NPCPV) - 1)

struct pmap {
	struct mtx	pm_mtx;
	pt_entry_t	*pm_pmltop;
	pt_entry_t	*pm_pmltopu;
	uint64_t	pm_cr3;
	uint64_t	pm_ucr3;
	TAILQ_HEAD(, pv_chunk) pm_pvchunk;
	cpuset_t	pm_active;		/* CPUs that use it: they are told when a translation goes */
	enum pmap_type	pm_type;
	struct pmap_statistics pm_stats;
	void		*pm_root;
	long		pm_eptgen;
	int		pm_flags;
	struct pmap_pcids pm_pcids[4];
	void		*pm_pkru;
};
SIZE_IS(struct pmap, 200);
OFFSET_IS(struct pmap, pm_cr3, 48);
OFFSET_IS(struct pmap, pm_active, 80);
typedef struct pmap *pmap_t;

extern struct pmap kernel_pmap_store;
#define kernel_pmap	(&kernel_pmap_store)
#define PMAP_LOCK(pmap)		mtx_lock(&(pmap)->pm_mtx)
#define PMAP_UNLOCK(pmap)	mtx_unlock(&(pmap)->pm_mtx)

/* pmap.c */
void pmap_bootstrap(void);
void pmap_pinit0(pmap_t pmap);
void pmap_pinit(pmap_t pmap);
void pmap_release(pmap_t pmap);
void pmap_enter(pmap_t pmap, vm_offset_t va, struct vm_page *m, vm_prot_t prot);
void pmap_remove(pmap_t pmap, vm_offset_t sva, vm_offset_t eva);
void pmap_copy(pmap_t dst, pmap_t src, vm_offset_t start, vm_offset_t end);
/** Takes away every mapping of the current address space. The pmap must be active on this CPU and on no other. */
void pmap_remove_pages(pmap_t pmap);

/* pmap_activate.c */
void pmap_activate(struct thread *td);
void pmap_activate_sw(struct thread *td);

/* mp_machdep.c */
#define IPI_INVLOP	0xf3
extern u_int smp_tlb_wait;
void pmap_invalidate_page(pmap_t pmap, vm_offset_t va);
void pmap_invalidate_all(pmap_t pmap);
void invlop_handler(void);
void invltlb(void);

#endif
