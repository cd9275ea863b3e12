/* Physical pages (frames), and four-level page tables that a kernel writes through the kernel window. */
#ifndef COMMON_PAGING_H
#define COMMON_PAGING_H

#include <stddef.h>
#include <stdint.h>

#define PTE_V	0x001ull
#define PTE_W	0x002ull
#define PTE_U	0x004ull
#define PTE_A	0x020ull
#define PTE_D	0x040ull
#define PTE_PS	0x080ull
#define PTE_G	0x100ull
#define PTE_NX	0x8000000000000000ull
#define PTE_FRAME	0x000ffffffffff000ull

/** Root of the kernel's page tables (a physical address), after boot. */
extern uint64_t kernel_root;

/** Gives the kernel image its permissions and takes the guard pages of the boot stacks away. Once, by start.c. */
void paging_init(void);

/** A physical page, zeroed. Never fails: the machine stops when memory is used up. */
uint64_t frame_allocate(void);
/** A run of physical pages, zeroed. @return the first */
uint64_t frames_allocate(size_t count);
/** Gives a page back; the next `frame_allocate` returns it (cleared then, not now: its bytes stay for who looks). */
void frame_free(uint64_t physical);

/** A physical address through the kernel window. */
static inline void *physical_pointer(uint64_t physical) { return ((void *)(physical + 0xffffffff80000000ull)); }

/** @return where the leaf entry of `address` is, making tables on the way when `create`; NULL when there is none */
uint64_t *table_entry(uint64_t root, uint64_t address, int create);
/** Maps one page. @param flags PTE_W PTE_U PTE_NX PTE_G; PTE_V is implied */
void table_map(uint64_t root, uint64_t address, uint64_t physical, uint64_t flags);
/** Unmaps one page here and now: this CPU's TLB too, no other's. @return the physical page it had, or 0 */
uint64_t table_unmap(uint64_t root, uint64_t address);
/** @return the physical address behind `address`, or ~0 when it is not mapped */
uint64_t table_translate(uint64_t root, uint64_t address);

/** Maps fresh zeroed pages at a range of kernel addresses, where not mapped yet. This is how an object gets the address it must have. */
void kernel_map(uint64_t address, size_t size);
/** Address space of a process: own lower half, the kernel's upper half by sharing its tables. @return root */
uint64_t table_create(void);

/** Memory that is never given back, from a region of kernel addresses of its own. @param align a power of two */
void *heap_allocate(size_t size, size_t align);
/** Where the heap takes its addresses from; a kernel may set it before the first allocation. */
extern uint64_t heap_next;

#endif
