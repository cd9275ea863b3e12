/* Physical pages and page tables: see paging.h. */
#include "kernel.h"

#define ENTRIES	512

uint64_t kernel_root;
uint64_t heap_next = 0xfffff80000000000ull;

/* Linker symbols: addresses, not objects. */
extern uint8_t kernel_start[], kernel_text_end[], kernel_rodata_end[], kernel_end[];
extern uint8_t boot_stacks[];

/* Free pages form a list through their first word, so that a page freed last is reused first. */
static uint64_t frame_next_fresh, frame_free_list;
static struct spin_lock frame_lock;

static uint64_t image_physical(const uint8_t *address) { return ((uint64_t)address - KERNEL_WINDOW); }

static void
protect(const uint8_t *from, const uint8_t *to, uint64_t flags)
{
	for (const uint8_t *page = from; page < to; page += PAGE_SIZE)
		*table_entry(kernel_root, (uint64_t)page, 0) = image_physical(page) | flags;
}

void
paging_init(void)
{
	kernel_root = read_cr3() & PTE_FRAME;
	frame_next_fresh = image_physical(kernel_end);

	uint64_t end = image_physical(kernel_end);
	uint64_t *directory = table_entry(kernel_root, KERNEL_WINDOW, 0);

	for (uint64_t large = 0; large < end; large += LARGE_PAGE_SIZE) {
		uint64_t table = frame_allocate();
		uint64_t *entries = physical_pointer(table);

		for (int index = 0; index < ENTRIES; index++)
			entries[index] = (large + (uint64_t)index * PAGE_SIZE) | PTE_V | PTE_W | PTE_NX;
		directory[large / LARGE_PAGE_SIZE] = table | PTE_V | PTE_W;
	}
	protect(kernel_start, kernel_text_end, PTE_V);
	protect(kernel_text_end, kernel_rodata_end, PTE_V | PTE_NX);
	for (int cpu = 0; cpu < SIM_MAX_CPUS; cpu++)
		*table_entry(kernel_root, (uint64_t)boot_stacks + cpu * BOOT_STACK_SIZE, 0) = 0;
	write_cr3(kernel_root);
}

uint64_t
frame_allocate(void)
{
	uint64_t page;

	spin_enter(&frame_lock);
	page = frame_free_list;
	if (page != 0) {
		frame_free_list = *(uint64_t *)physical_pointer(page);
		memset(physical_pointer(page), 0, PAGE_SIZE);
	} else {
		page = frame_next_fresh;
		frame_next_fresh += PAGE_SIZE;
	}
	spin_exit(&frame_lock);
	assert(page < machine_memory);
	return (page);
}

uint64_t
frames_allocate(size_t count)
{
	uint64_t first;

	spin_enter(&frame_lock);
	first = frame_next_fresh;
	frame_next_fresh += count * PAGE_SIZE;
	spin_exit(&frame_lock);
	assert(first + count * PAGE_SIZE <= machine_memory);
	return (first);
}

void
frame_free(uint64_t physical)
{
	spin_enter(&frame_lock);
	*(uint64_t *)physical_pointer(physical) = frame_free_list;
	frame_free_list = physical;
	spin_exit(&frame_lock);
}

uint64_t *
table_entry(uint64_t root, uint64_t address, int create)
{
	uint64_t table = root & PTE_FRAME;

	for (int shift = 39; shift > PAGE_SHIFT; shift -= 9) {
		uint64_t *entry = (uint64_t *)physical_pointer(table) + (address >> shift & (ENTRIES - 1));

		if (*entry & PTE_PS)
			return (entry);
		if (!(*entry & PTE_V)) {
			if (!create)
				return (NULL);
			*entry = frame_allocate() | PTE_V | PTE_W | (address >> 63 ? 0 : PTE_U);
		}
		table = *entry & PTE_FRAME;
	}
	return ((uint64_t *)physical_pointer(table) + (address >> PAGE_SHIFT & (ENTRIES - 1)));
}

void
table_map(uint64_t root, uint64_t address, uint64_t physical, uint64_t flags)
{
	*table_entry(root, address, 1) = physical | flags | PTE_V;
}

uint64_t
table_unmap(uint64_t root, uint64_t address)
{
	uint64_t *entry = table_entry(root, address, 0);
	uint64_t old;

	if (entry == NULL || !(*entry & PTE_V))
		return (0);
	old = *entry & PTE_FRAME;
	*entry = 0;
	invlpg(address);
	return (old);
}

uint64_t
table_translate(uint64_t root, uint64_t address)
{
	uint64_t *entry = table_entry(root, address, 0);

	if (entry == NULL || !(*entry & PTE_V))
		return (~0ull);
	if (*entry & PTE_PS)
		return ((*entry & PTE_FRAME & ~(LARGE_PAGE_SIZE - 1ull)) | (address & (LARGE_PAGE_SIZE - 1)));
	return ((*entry & PTE_FRAME) | (address & (PAGE_SIZE - 1)));
}

void
kernel_map(uint64_t address, size_t size)
{
	uint64_t end = address + size;

	for (uint64_t page = address & ~(PAGE_SIZE - 1ull); page < end; page += PAGE_SIZE) {
		uint64_t *entry = table_entry(kernel_root, page, 1);

		if (!(*entry & PTE_V))
			*entry = frame_allocate() | PTE_V | PTE_W | PTE_NX;
	}
}

uint64_t
table_create(void)
{
	uint64_t root = frame_allocate();
	uint64_t *kernel = physical_pointer(kernel_root);

	memcpy((uint64_t *)physical_pointer(root) + ENTRIES / 2, kernel + ENTRIES / 2, PAGE_SIZE / 2);
	return (root);
}

void *
heap_allocate(size_t size, size_t align)
{
	uint64_t address = (heap_next + align - 1) & ~(align - 1);

	heap_next = address + size;
	kernel_map(address, size);
	return ((void *)address);
}
