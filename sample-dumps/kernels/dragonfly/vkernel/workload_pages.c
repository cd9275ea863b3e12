/* Guests' pages, while the vkernel's page daemon wants them. */
#include "vm/swap_pager.h"
#include "vkernel.h"

#define PAGE_VA		0x801600000ul
#define PAGE_PA		0x1b02000ul
#define PINDEX		5

static struct vm_page *the_page;

/* ---- The page daemon protects a page that a guest is about to write to. ---- */

static void
pagedaemon_protect(void *arg)
{
	(void)arg;
	vm_page_busy_wait(the_page, "pgobsy");
	SCHEDULE_POINT(pageout_page);
	vm_page_protect(the_page, VM_PROT_READ);
	vm_page_wakeup(the_page);
	SCHEDULE_POINT(pageout_protected);
	thread_exit();
}

/** The guest has the page not yet; PG_WRITEABLE is left from an earlier mapping. */
void
workload_protect(void)
{
	struct proc *p = guest_proc(814, "writer", 0x1200000);

	the_page = guest_page(p, PAGE_VA, PAGE_PA, PINDEX, VM_PROT_NONE);
	vm_page_flag_set(the_page, PG_WRITEABLE);
	thread_on(0, pagedaemon_protect, "pagedaemon");
	guest_lwp(p, 1, 1, guest_writer, PAGE_VA);
}

/** The guest has two pages and unmaps them, while the page daemon protects the second. */
void
workload_token(void)
{
	struct proc *p = guest_proc(40, "unmapper", 0x1200000);

	guest_page(p, PAGE_VA, PAGE_PA + PAGE_SIZE, 0, VM_PROT_READ | VM_PROT_WRITE);
	the_page = guest_page(p, PAGE_VA + PAGE_SIZE, PAGE_PA, 0, VM_PROT_READ | VM_PROT_WRITE);
	thread_on(0, pagedaemon_protect, "pagedaemon");
	guest_lwp(p, 1, 1, guest_unmapper, PAGE_VA);
}

/* ---- A file takes the place of memory that the guest has written to. ---- */

static struct vm_page *file_page;
static uint8_t remapped_data[PAGE_SIZE];	/* the file */

/** mmap(2) of a file over memory that is mapped, as far as it is about one page. */
int
sys_remap(struct trapframe *frame)
{
	struct vm_map *map = &curproc->p_vmspace->vm_map;
	struct vm_map_entry *entry = vm_map_lookup_entry(map, frame->tf.rdi);

	lwkt_gettoken(&map->token);
	entry->object = file_page->object;
	entry->offset = file_page->pindex << PAGE_SHIFT;
	pmap_enter(map->pmap, entry->start, file_page, VM_PROT_READ);
	lwkt_reltoken(&map->token);
	SCHEDULE_POINT(remapped);
	return (0);
}

void
workload_remap(void)
{
	struct proc *p = guest_proc(40, "remap", 0x1200000);

	guest_page(p, PAGE_VA, 0x1c00000, PINDEX, VM_PROT_READ | VM_PROT_WRITE);
	file_page = vm_page_alloc_at(vm_object_allocate(OBJT_VNODE, 1), 0, 0x1c01000);
	file_page->valid = VM_PAGE_BITS_ALL;
	file_page->object->handle = remapped_data;
	memset(remapped_data, 0x66, PAGE_SIZE);
	memcpy((void *)PHYS_TO_DMAP(file_page->phys_addr), remapped_data, PAGE_SIZE);
	vm_page_wakeup(file_page);
	guest_lwp(p, 1, 1, guest_remap, PAGE_VA);
}

/* ---- The page daemon writes a page of a file that the guest keeps writing to, and takes it when it is clean. ---- */

static uint8_t file_data[PAGE_SIZE];

static void
pagedaemon_launder(void *arg)
{
	(void)arg;
	vm_page_busy_wait(the_page, "pgoclu");
	SCHEDULE_POINT(launder);
	pmap_clear_modify(the_page);
	the_page->dirty = 0;
	memcpy(file_data, (void *)PHYS_TO_DMAP(the_page->phys_addr), PAGE_SIZE);
	vm_page_wakeup(the_page);
	SCHEDULE_POINT(laundered);

	vm_page_busy_wait(the_page, "pgofre");
	if (!pmap_is_modified(the_page) && the_page->dirty == 0) {
		pmap_page_protect(the_page, VM_PROT_NONE);
		vm_page_free(the_page);
		SCHEDULE_POINT(page_taken);
	} else {
		vm_page_wakeup(the_page);
		SCHEDULE_POINT(page_left);
	}
	thread_exit();
}

void
workload_launder(void)
{
	struct proc *p = guest_proc(40, "counter", 0x1200000);

	the_page = guest_page(p, PAGE_VA, 0x1c00000, 0, VM_PROT_READ | VM_PROT_WRITE);
	the_page->object->type = OBJT_VNODE;
	the_page->object->handle = file_data;
	thread_on(0, pagedaemon_launder, "pagedaemon");
	guest_lwp(p, 1, 1, guest_counter, PAGE_VA);
}

/* ---- A guest's mutex lies in a page that is on its way to swap. ---- */

int umtx_offset = 0x10;	/* knob: of the mutex in its page */

static volatile int is_written;

static void
pagedaemon_swap(void *arg)
{
	(void)arg;
	vm_page_busy_wait(the_page, "pgoflu");
	vm_page_protect(the_page, VM_PROT_READ);
	vm_page_io_start(the_page);
	swap_pager_putpages(the_page->object, &the_page, 1);
	is_written = 1;
	thread_exit();
}

static void
swap_interrupt(void *arg)
{
	(void)arg;
	while (!is_written)
		cpu_pause();
	biodone(&swbuf[0].b_bio1);
	thread_exit();
}

void
workload_umtx(void)
{
	struct proc *p = guest_proc(40, "umtx", 0x1200000);
	uint8_t *bytes = (uint8_t *)PHYS_TO_DMAP(PAGE_PA);

	the_page = guest_page(p, PAGE_VA, PAGE_PA, PINDEX, VM_PROT_READ | VM_PROT_WRITE);
	the_page->object->type = OBJT_SWAP;
	for (int index = 0; index < PAGE_SIZE; index++)
		bytes[index] = (uint8_t)(index * 7 + 3);
	thread_on(0, pagedaemon_swap, "pagedaemon");
	thread_on(2, swap_interrupt, "ithread");
	guest_lwp(p, 1, 1, guest_umtx, PAGE_VA + (u64)umtx_offset);
}

/* ---- A guest wants a page when there are none. ---- */

void
workload_shortage(void)
{
	struct proc *p = guest_proc(40, "hungry", 0x1200000);
	struct vm_object *object = vm_object_allocate(OBJT_DEFAULT, 1);

	p->p_flags = P_LOWMEMKILL;
	vm_map_insert(&p->p_vmspace->vm_map, object, 0, PAGE_VA, PAGE_VA + PAGE_SIZE);
	vm_page_count_severe = 1;
	guest_lwp(p, 1, 1, guest_writer, PAGE_VA);
}
