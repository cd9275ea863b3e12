/* Words of guests that the vkernel changes for them. Source: DragonFly, platform/vkernel64/platform/copyio.c, kern/kern_umtx.c. */
#include "vkernel.h"

/**
 * Stores a word of the current guest. @return the old one, or ~0 when it can't be done; so it is said of an address in the last bytes
 * of a page, too: the test is about the size of the larger word.
 */
u32
swapu32(volatile u32 *address, u32 value)
{
	vm_offset_t offset = (vm_offset_t)address & (PAGE_SIZE - 1);
	struct vm_page *m;
	int error;
	u32 old;
#ifdef FIX_SWAPU
	int busy = 0, *busyp = &busy;
#else
	int *busyp = NULL;
#endif

	if (offset > PAGE_SIZE - sizeof(u64))
		return (~0u);
	m = vm_fault_page(&curproc->p_vmspace->vm_map, (vm_offset_t)address, VM_PROT_READ | VM_PROT_WRITE, &error, busyp);
	if (error != 0)
		return (~0u);
	SCHEDULE_POINT(swapu);
#ifdef FIX_SWAPU
	KKASSERT(m->busy == 0);
#endif
	old = __atomic_exchange_n((u32 *)(PHYS_TO_DMAP(m->phys_addr) + offset), value, __ATOMIC_SEQ_CST);
#ifdef FIX_SWAPU
	m->dirty = VM_PAGE_BITS_ALL;
	vm_page_wakeup(m);
#else
	if (old != value)
		m->dirty = VM_PAGE_BITS_ALL;
	m->hold_count--;
#endif
	SCHEDULE_POINT(swapped);
	return (old);
}

/** umtx_wakeup(2), as far as it is a store. */
int
sys_umtx_wakeup(struct trapframe *frame)
{
	u32 old = swapu32((volatile u32 *)frame->tf.rdi, 1);

	bsd_kprintf("pid %d: swapu32(%lx, 1) = %x\n", curproc->p_pid, (unsigned long)frame->tf.rdi, old);
	SCHEDULE_POINT(umtx_done);
	return (0);
}
