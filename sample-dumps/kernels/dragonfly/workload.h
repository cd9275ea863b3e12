/* What the processes of a scenario are: the knob `workload` picks one. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "sys/file.h"

#define UTEXT	0x400000ul
#define USTACK	0x7fffff000000ul

extern const uint8_t user_text[], user_text_end[];
extern const uint8_t user_spin[], user_mtmunmap_1[], user_mtmunmap_2[], user_mtmunmap_3[];
extern const uint8_t user_bigmap_1[], user_bigmap_2[], user_writer[], user_unmap[];
extern const uint8_t user_watcher[], user_comparer[], user_looker[], user_two_pages[], user_debugger[], user_guest[];

/** An anonymous object with one page at a chosen physical address, mapped writable at `va` when `is_entered`. */
struct vm_page *map_page_at(struct proc *p, vm_offset_t va, vm_paddr_t pa, vm_pindex_t pindex, int is_entered);

void workload_mtmunmap(void);
void workload_bigmap(void);
void workload_pageout(void);
void workload_swap_error(void);
void workload_pteobj(void);
void workload_slow_target(void);
void workload_scan_wrap(void);
void workload_fences(void);
void workload_unmanaged(void);
void workload_bulk(void);
void workload_swap_meta(void);
void workload_growstack(void);
void workload_postsig(void);
void workload_upgrade(void);
void workload_window(void);
/** Frees a clean page whose contents are in swap. */
void vm_page_reclaim(struct vm_page *m);

#endif
