/* Processes that change their address space while another CPU uses it. */
#include "workload.h"

#define MTMUNMAP_PAGE	0x801400000ul

struct vm_page *
map_page_at(struct proc *p, vm_offset_t va, vm_paddr_t pa, vm_pindex_t pindex, int is_entered)
{
	struct vm_object *object = vm_object_allocate(OBJT_DEFAULT, pindex + 1);
	struct vm_page *m = vm_page_alloc_at(object, pindex, pa);

	m->valid = VM_PAGE_BITS_ALL;
	vm_map_insert(&p->p_vmspace->vm_map, object, pindex << PAGE_SHIFT, va, va + PAGE_SIZE);
	if (is_entered)
		pmap_enter(&p->p_vmspace->vm_pmap, va, m, VM_PROT_READ | VM_PROT_WRITE);
	vm_page_wakeup(m);
	return (m);
}

/* The page was entered and left three times before. */
static void
earlier_life(struct proc *p)
{
	for (int times = 0; times < 3; times++) {
		map_page_at(p, MTMUNMAP_PAGE, 0x1a34000, 0, 1);
		vm_map_remove(&p->p_vmspace->vm_map, MTMUNMAP_PAGE, MTMUNMAP_PAGE + PAGE_SIZE);
	}
}

int kthread_between;	/* knob: a kernel thread runs between the two that share a CPU */

static void
between(void *arg)
{
	(void)arg;
	for (;;)
		lwkt_yield();
}

/** One takes a page away that the two others write to by turns on another CPU. */
void
workload_mtmunmap(void)
{
	struct proc *p = proc_create(812, "mtmunmap", 0x1200000);

	earlier_life(p);
	map_page_at(p, MTMUNMAP_PAGE, 0x1a35000, 0, 1);
	lwp_create(p, 1, 0, user_mtmunmap_1, MTMUNMAP_PAGE);
	lwp_create(p, 2, 1, user_mtmunmap_2, MTMUNMAP_PAGE);
	if (kthread_between)
		lwkt_schedule(lwkt_create(between, NULL, 1, "between"));
	lwp_create(p, 3, 1, user_mtmunmap_3, MTMUNMAP_PAGE);
}

/** A page that a thread has read may be written to as well from now on: who knows less need not be told. */
static void
upgrader(void *arg)
{
	struct pmap *pmap = &((struct proc *)allproc.lh_first)->p_vmspace->vm_pmap;

	(void)arg;
	vm_page_flag_set(PHYS_TO_VM_PAGE(0x1a35000), PG_WRITEABLE);
	*pmap_pte(pmap, MTMUNMAP_PAGE) |= PG_RW;
	SCHEDULE_POINT(upgraded);
	thread_exit();
}

void
workload_upgrade(void)
{
	struct proc *p = proc_create(812, "upgraded", 0x1200000);
	struct vm_page *m = map_page_at(p, MTMUNMAP_PAGE, 0x1a35000, 0, 0);

	memset((void *)PHYS_TO_DMAP(m->phys_addr), 0, PAGE_SIZE);
	pmap_enter(&p->p_vmspace->vm_pmap, MTMUNMAP_PAGE, m, VM_PROT_READ);
	thread_on(0, upgrader, "upgrader");
	lwp_create(p, 1, 1, user_looker, MTMUNMAP_PAGE);
}

/* ---- A range so large that its pages do not fit an int. ---- */

#define BIGMAP_START	0x100000000000ul
#define TIB		(1ul << 40)

u64 bigmap_case;	/* knob: 0 16 TiB, 1 three pages more, 2 8 TiB, 3 one page less */
int bigmap_alone;	/* knob: no second thread */

static const u64 bigmap_sizes[] = { 16 * TIB, 16 * TIB + 3 * PAGE_SIZE, 8 * TIB, 16 * TIB - PAGE_SIZE };

/* The five pages that exist in the range, the first last. */
static u64
bigmap_page(int index, u64 size)
{
	const u64 places[] = { size - PAGE_SIZE, 0x5000, 0x2000, 0x1000, 0 };

	return (BIGMAP_START + places[index]);
}

/* Entries first, then one flush for all. */
static void
pmap_remove_bigmap(struct pmap *pmap, vm_offset_t sva, vm_offset_t eva, struct vm_page **pages)
{
	for (int index = 0; index < 5; index++)
		pages[index] = pmap_remove_quietly(pmap, bigmap_page(index, eva - sva));
	pmap_invalidate_range(pmap, sva, eva);
}

/** Takes the range away; then the pages go to others. */
int
sys_bigmap(struct trap_frame *frame)
{
	struct vm_page *pages[5];

	pmap_remove_bigmap(&curproc->p_vmspace->vm_pmap, frame->rdi, frame->rsi, pages);
	for (int index = 0; index < 5; index++)
		vm_page_free(pages[index]);
	kmalloc(512);
	return (0);
}

int
sys_canary(struct trap_frame *frame)
{
	(void)frame;
	panic("bigmap canary");
}

int
sys_user_canary(struct trap_frame *frame)
{
	(void)frame;
	panic("user canary");
}

void
workload_bigmap(void)
{
	struct proc *p = proc_create(813, "bigmap", 0x1200000);
	u64 size = bigmap_sizes[bigmap_case];
	struct vm_object *object = vm_object_allocate(OBJT_DEFAULT, OFF_TO_IDX(size));

	vm_map_insert(&p->p_vmspace->vm_map, object, 0, BIGMAP_START, BIGMAP_START + size);
	for (int index = 0; index < 5; index++) {
		u64 va = bigmap_page(index, size);
		struct vm_page *m = vm_page_alloc(object, OFF_TO_IDX(va - BIGMAP_START));

		m->valid = VM_PAGE_BITS_ALL;
		pmap_enter(&p->p_vmspace->vm_pmap, va, m, VM_PROT_READ | VM_PROT_WRITE);
		vm_page_wakeup(m);
	}
	lwp_create(p, 1, 0, user_bigmap_1, BIGMAP_START)->lwp_md_regs->rsi = BIGMAP_START + size;
	if (!bigmap_alone)
		lwp_create(p, 2, 1, user_bigmap_2, BIGMAP_START)->lwp_md_regs->rsi = BIGMAP_START + size;
}

/* ---- A CPU that answers late: its host does not run it. ---- */

#define SLOW_VA		0x801800000ul
#define SLOW_OTHER_VA	0x801801000ul

int slow_pause;		/* knob: it answers only after the limit, and the commands are about two pages */

static struct proc *slow;

/* Stands for the world outside: each step brings the clock to a time, in hundredths of a second. */
static void
host_clock(void *arg)
{
	static const u64 times[][6] = { { 999, 1000, 1195, 1201, 1205, 1206 }, { 999, 1000, 1205, 1410, 1411, 1412 } };

	(void)arg;
	for (int step = 0; step < 6; step++) {
		write_msr(MSR_CHARGE_TICKS, times[slow_pause][step] * (tsc_frequency / 100) - read_tsc());
		SCHEDULE_POINT(host_time);
	}
	thread_exit();
}

/* Two changes of one entry, one after the other. */
static void
originator(void *arg)
{
	struct pmap *pmap = &slow->p_vmspace->vm_pmap;
	pt_entry_t *ptep = pmap_pte(pmap, SLOW_VA);

	(void)arg;
	pmap_inval_smp(pmap, SLOW_VA, 1, ptep, *ptep & ~(PG_RW | PG_M));
	SCHEDULE_POINT(first_command_done);
	if (slow_pause)
		pmap_inval_smp(pmap, SLOW_OTHER_VA, 1, ptep + 1, ptep[1] & ~(PG_RW | PG_M));
	else
		pmap_inval_smp(pmap, SLOW_VA, 1, ptep, *ptep & ~PG_A);
	SCHEDULE_POINT(second_command_done);
	thread_exit();
}

void
workload_slow_target(void)
{
	slow = proc_create(817, "slow", 0x1200000);
	map_page_at(slow, SLOW_VA, 0x1a36000, 0, 1);
	thread_on(0, originator, "originator");
	if (slow_pause) {
		map_page_at(slow, SLOW_OTHER_VA, 0x1a37000, 0, 1);
		lwp_create(slow, 1, 2, user_two_pages, SLOW_VA)->lwp_md_regs->rsi = SLOW_OTHER_VA;
	} else {
		lwp_create(slow, 1, 2, user_spin, 0);
	}
	thread_on(3, host_clock, "host_clock");
}

/* ---- A kernel range whose end, rounded up, is beyond the end of memory. ---- */

#define WRAP_START	0xffffffffc0200000ul
#define WRAP_END	0xffffffffc0400000ul
#define WRAP_PAGES	512
#define CANARY		0x900dc0de
#define CANARY_VA	0x801900000ul

static struct vm_object *wrap_object;
static struct proc *owner;

static void
remover(void *arg)
{
	vm_paddr_t pa = vm_page_lookup(wrap_object, 0x10)->phys_addr;
	u32 *canary;

	(void)arg;
	vm_map_remove(&kernel_vm_map, WRAP_START, WRAP_END);
	SCHEDULE_POINT(range_removed);
	map_page_at(owner, CANARY_VA, pa, 0, 1);
	canary = (u32 *)(PHYS_TO_DMAP(pa) + 8);
	*canary = CANARY;
	SCHEDULE_POINT(canary_set);
	while (*(volatile u32 *)canary == CANARY)
		cpu_pause();
	panic("proc 900 canary");
}

static void
dangling_writer(void *arg)
{
	(void)arg;
	SCHEDULE_POINT(dangling_write);
	*(volatile u32 *)(WRAP_START + 0x10008) = 0;
	SCHEDULE_POINT(dangling_written);
	thread_exit();
}

void
workload_scan_wrap(void)
{
	wrap_object = vm_object_allocate(OBJT_DEFAULT, WRAP_PAGES);
	owner = proc_create(900, "owner", 0x1200000);
	vm_map_insert(&kernel_vm_map, wrap_object, 0, WRAP_START, WRAP_END);
	for (vm_pindex_t count = 0; count < WRAP_PAGES; count++) {
		vm_pindex_t pindex = 0;
		struct vm_page *m;

		/* Bits in reverse: a tree that nobody balances stays flat. */
		for (int bit = 0; bit < 9; bit++)
			pindex |= (count >> bit & 1) << (8 - bit);
		m = vm_page_alloc(wrap_object, pindex);
		pmap_kenter(WRAP_START + (pindex << PAGE_SHIFT), m->phys_addr);
		vm_page_wakeup(m);
	}
	thread_on(0, remover, "remover");
	thread_on(1, dangling_writer, "writer");
}
