/* The kernel below the vkernel: guests run in address spaces of their own, whose pages it finds in the vkernel's tables. Source: DragonFly, vm/vm_vmspace.c, vm/vm_fault.c (vm_fault_vpagetable). */
#include "vkernel.h"

#define HOST_INVAL_VECTOR	0xf2
#define PGEX_W			2

struct vkernel_proc vkernel_proc;

/* A guest's address that CPUs shall forget, and those that have not. */
static struct spinlock inval_spin;
static vm_offset_t inval_va;
static u64 inval_cpus;

static struct vmspace_entry *
vkernel_find_vmspace(void *id)
{
	struct vmspace_entry *ve = RB_LOOKUP(vmspace_entry, &vkernel_proc.root, (u64)id, rb_entry, id);

	KASSERT(ve != NULL, ("no vmspace %p", id));
	return (ve);
}

/** An empty address space; the vkernel itself lies in its upper half. */
int
vmspace_create(void *id, u64 cr3)
{
	struct vmspace_entry *ve = heap_allocate(sizeof(*ve), 64);

	memcpy((u64 *)physical_pointer(cr3) + 256, (u64 *)physical_pointer(kernel_root) + 256, PAGE_SIZE / 2);
	ve->id = id;
	ve->refs = 1;
	ve->cr3 = cr3;
	RB_INSERT(&vkernel_proc.root, ve, rb_entry, id);
	return (0);
}

/** No CPU is in the address space, or will be. */
int
vmspace_destroy(void *id)
{
	struct vmspace_entry *ve = vkernel_find_vmspace(id);

	RB_REMOVE(&vkernel_proc.root, ve, rb_entry);
	ve->refs = 0;
	return (0);
}

/** Runs the guest until it traps or calls. The frame has its registers then. */
int
vmspace_ctl(void *id, int cmd, struct trapframe *frame)
{
	struct vmspace_entry *ve = vkernel_find_vmspace(id);
	struct vkernel_lwp *vklp = curthread->td_lwp->lwp_vkernel;
	uint64_t flags = interrupts_save();

	KKASSERT(cmd == VMSPACE_CTL_RUN);
	vklp->ve = ve;
	vklp->user_trapframe = &frame->tf;
	ATOMIC_CPUMASK_ORBIT(ve->cpus, mycpuid);
	guest_enter(&frame->tf, ve->cr3);
	ATOMIC_CPUMASK_NANDBIT(ve->cpus, mycpuid);
	vklp->ve = NULL;
	SCHEDULE_POINT(vmspace_ctl_done);
	interrupts_restore(flags);
	return (0);
}

/* These CPUs drop a translation; waits until all have. */
static void
host_invalidate(u64 cpus, vm_offset_t va)
{
	spin_lock(&inval_spin);
	inval_va = va;
	inval_cpus = cpus;
	SCHEDULE_POINT(host_inval);
	for (int cpu = 0; cpu < (int)machine_cpus; cpu++)
		if (inval_cpus >> cpu & 1)
			ipi_send((uint32_t)cpu, HOST_INVAL_VECTOR);
	while (__atomic_load_n(&inval_cpus, __ATOMIC_ACQUIRE) != 0)
		cpu_pause();
	spin_unlock(&inval_spin);
}

/** An address of the vkernel itself has changed. CPUs that sleep forget it when they wake up. */
void
host_invalidate_kernel(vm_offset_t va)
{
	u64 others = smp_active_mask.ary[0] & ~(1ul << mycpuid), idle = others & smp_idleinvl_mask.ary[0];

	invlpg(va);
	(void)__atomic_fetch_or(&smp_idleinvl_reqs.ary[0], idle, __ATOMIC_SEQ_CST);
	/* One that woke up meanwhile may have missed the request. */
	idle &= smp_idleinvl_mask.ary[0];
	host_invalidate(others & ~idle, va);
}

static void
host_invalidate_intr(void)
{
	interrupt_done();
	invlpg(inval_va);
	(void)__atomic_fetch_and(&inval_cpus, ~(1ul << mycpuid), __ATOMIC_SEQ_CST);
}

/** Advice about a range: MADV_SETMAP names the root of the vkernel's tables, MADV_INVAL says that they have changed. */
int
vmspace_mcontrol(void *id, vm_offset_t va, size_t size, int behavior, vpte_t value)
{
	struct vmspace_entry *ve = vkernel_find_vmspace(id);

	if (behavior == MADV_SETMAP) {
		ve->master_pde = value;
		return (0);
	}
	for (vm_offset_t end = va + size; va < end; va += PAGE_SIZE) {
		u64 *ptep = table_entry(ve->cr3, va, 0);

		if (ptep != NULL && atomic_swap_long(ptep, 0) != 0)
			host_invalidate(ve->cpus.ary[0], va);	/* others have none: entering loads %cr3 */
	}
	return (0);
}

/* Marks one entry of the vkernel's as used. @return whether it allows the access */
static int
vpte_use(vpte_t *ptep, vpte_t needed, vpte_t marks)
{
	vpte_t old;

	do {
		old = *ptep;
		if ((old & needed) != needed)
			return (0);
	} while (!atomic_cmpset_long(ptep, old, old | marks));
	return (1);
}

/* The vkernel's entry of an address, marked as used. @return 0 when it does not allow the access */
static vpte_t
vpte_find(struct vmspace_entry *ve, vm_offset_t va, int is_write)
{
	vpte_t entry = ve->master_pde, *ptep = NULL;

	for (int shift = PML4SHIFT; shift >= PAGE_SHIFT; shift -= 9) {
		ptep = (vpte_t *)PHYS_TO_DMAP(entry & VPTE_FRAME) + (va >> shift & 511);
		if (shift > PAGE_SHIFT && !vpte_use(ptep, VPTE_V | VPTE_U, VPTE_A))
			return (0);
		entry = *ptep;
	}
	SCHEDULE_POINT(vpagetable);
	if (!vpte_use(ptep, VPTE_V | VPTE_U | (is_write ? VPTE_RW : 0), VPTE_A | (is_write ? VPTE_M : 0)))
		return (0);
	return (*ptep);
}

/*
 * What a guest's fault finds in the vkernel's tables becomes an entry of the hardware's. It may write there only after a write was
 * seen, so that the first one marks the vkernel's entry as modified. The vkernel may change its entry meanwhile and find nothing yet
 * that MADV_INVAL could take away: so it is looked at again.
 */
static int
vm_fault_vpagetable(struct vmspace_entry *ve, vm_offset_t va, int is_write)
{
	for (;;) {
		vpte_t entry = vpte_find(ve, va, is_write);
		u64 rights = PTE_U | PTE_A | (entry & VPTE_M && entry & VPTE_RW ? PTE_W : 0);

		if (entry == 0)
			return (0);
		table_map(ve->cr3, trunc_page(va), entry & VPTE_FRAME, rights);
		invlpg(va);
		cpu_mfence();
		if (vpte_find(ve, va, is_write) == entry)
			return (1);
		table_unmap(ve->cr3, trunc_page(va));
	}
}

/* The guest stops: its registers go to the vkernel. */
static void
vkernel_trap(struct trap_frame *frame, u64 address)
{
	struct trapframe *to = (struct trapframe *)curthread->td_lwp->lwp_vkernel->user_trapframe;

	to->tf = *frame;
	to->tf_addr = address;
	guest_leave();
}

/** A guest's system call. */
void
syscall2(struct trap_frame *frame)
{
	frame->vector = T_SYSCALL80;
	vkernel_trap(frame, 0);
}

/* A trap in the vkernel itself: a signal, to a process. */
static void
vkernel_signal(const struct trap_frame *frame)
{
	if (frame->vector != TRAP_VECTOR_CLOCK)
		panic("trap %d at %lx, address %lx", (int)frame->vector, (unsigned long)frame->rip, (unsigned long)read_cr2());
	interrupt_done();
	lwkt_preempt();
}

/* A trap in a guest. */
static void
guest_trap(struct trap_frame *frame)
{
	u64 va = read_cr2();

	switch (frame->vector) {
	case TRAP_PF:
		if (!vm_fault_vpagetable(curthread->td_lwp->lwp_vkernel->ve, va, (frame->error & PGEX_W) != 0))
			vkernel_trap(frame, va);
		break;
	case TRAP_VECTOR_CLOCK:
		interrupt_done();	/* the kernel below has nothing better to do */
		break;
	default:
		panic("guest: trap %d at %lx", (int)frame->vector, (unsigned long)frame->rip);
	}
}

/** Every exception and interrupt; interrupts are off. */
void
kernel_trap(struct trap_frame *frame)
{
	if (frame->vector == HOST_INVAL_VECTOR)
		host_invalidate_intr();
	else if (trap_from_user(frame))
		guest_trap(frame);
	else
		vkernel_signal(frame);
}
