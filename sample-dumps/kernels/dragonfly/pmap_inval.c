/* Invalidating translations on all CPUs: a command slot per originator, two masks, one IPI. Source: DragonFly, platform/pc64/x86_64/pmap_inval.c. */
#include "vm/vm.h"

#define MAX_INVAL_PAGES	128

struct pmap_inval_info invinfo[MAXCPU];
cpumask_t smp_invmask;
u64 tsc_frequency = 2000000000;

#ifdef FIX_INVAL
int pmap_inval_watchdog_print;
int pmap_inval_force_allcpus;
int pmap_inval_force_nonopt;
#define FENCE_FIX(fence)	fence
#else
long pmap_inval_bulk_count;
#define pmap_inval_watchdog_print	1
#define pmap_inval_force_allcpus	0
#define pmap_inval_force_nonopt		0
#define FENCE_FIX(fence)	((void)0)
#endif

static void
pmap_inval_init(struct pmap *pmap)
{
	crit_enter();
	if (pmap != &kernel_pmap) {
		for (;;) {
			u32 olock = pmap->pm_active_lock;

			cpu_ccfence();
			if (!(olock & CPULOCK_EXCL) && atomic_cmpset_int(&pmap->pm_active_lock, olock, olock | CPULOCK_EXCL))
				break;
			cpu_pause();
		}
		atomic_add_acq_long(&pmap->pm_invgen, 1);
	}
	SCHEDULE_POINT(inval_locked);
}

static void
pmap_inval_done(struct pmap *pmap)
{
	SCHEDULE_POINT(inval_done);
	if (pmap != &kernel_pmap) {
#ifdef FIX_INVAL
		atomic_add_acq_long(&pmap->pm_invgen, 1);
		atomic_clear_int(&pmap->pm_active_lock, CPULOCK_EXCL);
		SCHEDULE_POINT(inval_unlocked);
#else
		atomic_clear_int(&pmap->pm_active_lock, CPULOCK_EXCL);
		SCHEDULE_POINT(inval_unlocked);
		atomic_add_acq_long(&pmap->pm_invgen, 1);
#endif
	}
	crit_exit();
}

/** @return whether the command's time is over; says so. The caller recovers. */
static int
loopwatch(struct pmap_inval_info *info, char id)
{
	int cpu = (int)(info - invinfo);

	if (info->tsc_target == 0 || (int64_t)(read_tsc() - (u64)info->tsc_target) < 0)
		return (0);
	info->tsc_target = (int64_t)(read_tsc() + tsc_frequency);
	SCHEDULE_POINT(inval_watchdog);
	ktr_log("pmap_inval_watchdog", (u64)cpu, (u64)id, 0, 0);
	if (pmap_inval_watchdog_print) {
		bsd_kprintf("ipilost-%c! %d mode=%d m=%016lx d=%016lx s=%016lx smurf=%016lx\n", id, cpu, info->mode,
		    info->mask.ary[0], info->done.ary[0], info->sigmask.ary[0], smp_smurf_mask.ary[0]);
		bsd_kprintf("mdglob xinvaltlb=%d inval_mask=%016lx\n", mdcpu->gd_xinvaltlb, smp_invmask.ary[0]);
	}
	return (1);
}

#ifdef FIX_NPGS
static void
swap_ptes(pt_entry_t *ptep, pt_entry_t npte, npgs_t npgs, pt_entry_t *opte)
{
	while (npgs-- > 0)
		*opte = atomic_swap_long(ptep++, npte);
}
#endif

/** Only this CPU uses the address space: no command. */
static pt_entry_t
inval_local(vm_offset_t va, npgs_t npgs, pt_entry_t *ptep, pt_entry_t npte)
{
	pt_entry_t opte = 0;
#ifdef FIX_NPGS
	if (va == (vm_offset_t)-1 || npgs > MAX_INVAL_PAGES) {
		if (ptep != NULL)
			swap_ptes(ptep, npte, npgs, &opte);
		cpu_invltlb();
		return (opte);
	}
	for (; npgs > 0; npgs--, va += PAGE_SIZE) {
		if (ptep != NULL)
			opte = atomic_swap_long(ptep++, npte);
		invlpg(va);
	}
#else
	if (npgs > MAX_INVAL_PAGES) {
		npgs = 0;
		va = (vm_offset_t)-1;
	}
	while (npgs) {
		npgs--;
		if (ptep != NULL)
			opte = atomic_swap_long(ptep++, npte);
		if (va == (vm_offset_t)-1)
			break;
		invlpg(va);
		va += PAGE_SIZE;
	}
	if (va == (vm_offset_t)-1)
		cpu_invltlb();
#endif
	return (opte);
}

/** Waits until nobody works on the last command of this CPU. */
static void
wait_slot(struct pmap_inval_info *info)
{
	while (CPUMASK_TESTNZERO(info->done)) {
		if (loopwatch(info, 'A'))
			CPUMASK_ASSZERO(info->done);
		cpu_pause();
	}
}

/* Publishes the command that the slot holds to `mask` and takes part in it. Interrupts are off on return; `flags` were before. */
static void
inval_command(struct pmap_inval_info *info, struct pmap *pmap, int keep_idle)
{
	cpumask_t tmpmask = pmap_inval_force_allcpus ? smp_active_mask : pmap->pm_active;
	int cpu = mycpuid;
	uint64_t flags;

	cpu_ccfence();
	CPUMASK_ANDMASK(tmpmask, smp_active_mask);
	if (!keep_idle)
		smp_smurf_idleinvlclr(&tmpmask);
	CPUMASK_ORBIT(tmpmask, cpu);
	info->mask = tmpmask;
	info->sigmask = tmpmask;
	cpu_sfence();
	flags = interrupts_save();
	ktr_log("pmap_inval_publish", (u64)cpu, info->va, (u64)info->npgs, tmpmask.ary[0]);
	info->done = tmpmask;
	SCHEDULE_POINT(inval_published);
	smp_invlpg(&tmpmask);
	KKASSERT(info->mode == INVDONE);
	ATOMIC_CPUMASK_NANDBIT(smp_invmask, cpu);
	interrupts_restore(flags);
}

/* The slot of this CPU, free, filled in. */
static struct pmap_inval_info *
inval_slot(vm_offset_t va, npgs_t npgs, pt_entry_t *ptep, pt_entry_t npte)
{
	struct pmap_inval_info *info = &invinfo[mycpuid];

#ifndef FIX_INVAL
	info->tsc_target = (int64_t)(read_tsc() + 2 * tsc_frequency);
#endif
	SCHEDULE_POINT(inval_slot);
	wait_slot(info);
	FENCE_FIX(cpu_mfence());
	ATOMIC_CPUMASK_ORBIT(smp_invmask, mycpuid);
#ifdef FIX_INVAL
	info->tsc_target = (int64_t)(read_tsc() + 2 * tsc_frequency);
#endif
	info->va = va;
	info->npgs = npgs;
	info->ptep = ptep;
	info->npte = npte;
	info->opte = 0;
	info->failed = 0;
	info->mode = INVSTORE;
	return (info);
}

/**
 * Stores `npte` into `npgs` PTEs (none when `ptep` is NULL) so that no CPU uses an old translation afterwards.
 * @param va -1 for everything
 * @return the old value of the last PTE
 */
pt_entry_t
pmap_inval_smp(struct pmap *pmap, vm_offset_t va, npgs_t npgs, pt_entry_t *ptep, pt_entry_t npte)
{
	struct pmap_inval_info *info;
	cpumask_t own;
	pt_entry_t opte;

	pmap_inval_init(pmap);
	CPUMASK_ASSBIT(own, mycpuid);
	SCHEDULE_POINT(inval_sample);
	if (CPUMASK_CMPMASKEQ(pmap->pm_active, own) && !pmap_inval_force_nonopt) {
		SCHEDULE_POINT(inval_shortcut);
		opte = inval_local(va, npgs, ptep, npte);
		pmap_inval_done(pmap);
		return (opte);
	}
	info = inval_slot(va, npgs, ptep, npte);
	inval_command(info, pmap, ptep != NULL);
	opte = info->opte;
	pmap_inval_done(pmap);
	return (opte);
}

/** The same for one PTE that must still be `opte`. @return whether it was */
int
pmap_inval_smp_cmpset(struct pmap *pmap, vm_offset_t va, pt_entry_t *ptep, pt_entry_t opte, pt_entry_t npte)
{
	struct pmap_inval_info *info;
	cpumask_t own;
	int success;

	pmap_inval_init(pmap);
	CPUMASK_ASSBIT(own, mycpuid);
	if (CPUMASK_CMPMASKEQ(pmap->pm_active, own) && !pmap_inval_force_nonopt) {
		success = atomic_cmpset_long(ptep, opte, npte);
		invlpg(va);
		pmap_inval_done(pmap);
		return (success);
	}
	info = inval_slot(va, 1, ptep, npte);
	info->opte = opte;
	info->mode = INVCMPSET;
	info->success = 0;
	inval_command(info, pmap, 1);
	success = info->success;
	pmap_inval_done(pmap);
	return (success);
}

void
pmap_inval_bulk_init(struct pmap_inval_bulk *bulk, struct pmap *pmap)
{
	*bulk = (struct pmap_inval_bulk){ .pmap = pmap };
}

/** One more PTE: a user's at once, a kernel's with the flush. */
void
pmap_inval_bulk(struct pmap_inval_bulk *bulk, vm_offset_t va, pt_entry_t *ptep, pt_entry_t npte)
{
	if (bulk == NULL) {
		atomic_swap_long(ptep, npte);
		return;
	}
	if (bulk->pmap != &kernel_pmap) {
		pmap_inval_smp(bulk->pmap, va, 1, ptep, npte);
		return;
	}
	atomic_swap_long(ptep, npte);
	if (bulk->count == 0) {
		bulk->va_beg = va;
		bulk->va_end = va + PAGE_SIZE;
	} else if (va == bulk->va_end) {
		bulk->va_end = va + PAGE_SIZE;
	} else {
		bulk->va_beg = (vm_offset_t)-1;
	}
	bulk->count++;
}

void
pmap_inval_bulk_flush(struct pmap_inval_bulk *bulk)
{
	if (bulk == NULL)
		return;
	if (bulk->count > 0)
		ktr_log("pmap_inval_bulk_flush", (u64)bulk->pmap, bulk->va_beg, (u64)bulk->count, 0);
#ifndef FIX_INVAL
	if (bulk->count > 0) {
		long count = pmap_inval_bulk_count;

		SCHEDULE_POINT(bulk_count_loaded);
		pmap_inval_bulk_count = count + bulk->count - 1;
	}
#endif
	if (bulk->va_beg != bulk->va_end) {
		if (bulk->va_beg == (vm_offset_t)-1)
			pmap_inval_smp(bulk->pmap, bulk->va_beg, 1, NULL, 0);
		else
			pmap_inval_smp(bulk->pmap, bulk->va_beg, (npgs_t)((bulk->va_end - bulk->va_beg) >> PAGE_SHIFT), NULL, 0);
	}
	bulk->va_beg = bulk->va_end = 0;
	bulk->count = 0;
}

static void
inval_here(const struct pmap_inval_info *info)
{
	vm_offset_t va = info->va;

	if (va == (vm_offset_t)-1 || info->npgs > MAX_INVAL_PAGES) {
		cpu_invltlb();
		return;
	}
	for (npgs_t left = info->npgs; left > 0; left--, va += PAGE_SIZE)
		invlpg(va);
}

/* A command of another CPU. @return whether it still needs this one */
static int
inval_as_target(struct pmap_inval_info *info, int n, int cpu)
{
	if (CPUMASK_TESTBIT(info->mask, cpu)) {
		/* Says that it is here and touches nothing until the originator has stored. */
		ATOMIC_CPUMASK_NANDBIT(info->mask, cpu);
		SCHEDULE_POINT(inval_quiesced);
		return (1);
	}
	if (info->ptep != NULL && CPUMASK_TESTBIT(info->mask, n))
		return (1);
	inval_here(info);
	SCHEDULE_POINT(inval_target_done);
	ATOMIC_CPUMASK_NANDBIT(info->done, cpu);
	SCHEDULE_POINT(inval_target_left);
	return (0);
}

/* The command of this CPU. @return whether it is not complete */
static int
inval_as_originator(struct pmap_inval_info *info, int cpu)
{
	cpumask_t others = info->mask;

	if (!CPUMASK_TESTBIT(info->mask, cpu)) {
		inval_here(info);
		info->mode = INVDONE;
		ATOMIC_CPUMASK_NANDBIT(info->done, cpu);
		return (0);
	}
	CPUMASK_NANDBIT(others, cpu);
	if (CPUMASK_TESTNZERO(others)) {
		if (loopwatch(info, 'C')) {
			info->failed = 1;
			mdcpu->gd_xinvaltlb = 0;
			smp_smurf_mask.ary[0] &= ~others.ary[0];
			cli();
			smp_invlpg(&smp_active_mask);
			mdcpu->gd_xinvaltlb = 2;
			sti();
		}
		return (1);
	}
	if (info->ptep != NULL) {
		pt_entry_t *ptep = info->ptep;

		if (info->mode == INVCMPSET)
			info->success = atomic_cmpset_long(ptep, info->opte, info->npte);
		else
			for (npgs_t left = info->npgs; left > 0; left--)
				info->opte = atomic_swap_long(ptep++, info->npte);
	}
	SCHEDULE_POINT(inval_stored);
	ATOMIC_CPUMASK_NANDBIT(info->mask, cpu);
	return (1);
}

/** Serves the commands of the originators in `cpumask` that concern this CPU. @return whether to come again */
int
pmap_inval_intr(cpumask_t *cpumask)
{
	int cpu = mycpuid, again = 0;

	for (int n = 0; n < (int)machine_cpus; n++) {
		struct pmap_inval_info *info = &invinfo[n];

		if (!CPUMASK_TESTBIT(*cpumask, n))
			continue;
		if (!CPUMASK_TESTBIT(info->done, cpu)) {
			CPUMASK_NANDBIT(*cpumask, n);
			continue;
		}
		cpu_lfence();
		again |= n == cpu ? inval_as_originator(info, cpu) : inval_as_target(info, n, cpu);
	}
	return (again);
}
