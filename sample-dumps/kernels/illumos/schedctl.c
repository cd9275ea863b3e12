/* Scheduler control. Source of names and rules: illumos-gate, usr/src/uts/common/os/schedctl.c @ 0209230bf126. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/kmem.h"
#include "sys/proc.h"
#include "sys/schedctl.h"

static sc_page_ctl_t *sc_pages;
static uintptr_t sc_page_next = 0xfffffe007bd00000;

void
schedctl_page_create(proc_t *p, uintptr_t address, int taken)
{
	sc_page_ctl_t *pagep = kmem_zalloc(sizeof (*pagep), KM_SLEEP);

	kernel_map(address, PAGE_SIZE);
	table_map(p->p_as->a_hat_root, USER_SCHEDCTL, table_translate(kernel_root, address), PTE_W | PTE_U | PTE_NX);
	pagep->spc_proc = p;
	pagep->spc_base = (sc_shared_t *)address;
	pagep->spc_end = (sc_shared_t *)(address + PAGE_SIZE);
	pagep->spc_space = (int)(PAGE_SIZE / sizeof (sc_shared_t)) - taken;
	pagep->spc_map[0] = (1ul << taken) - 1;
	pagep->spc_next = sc_pages;
	sc_pages = pagep;
}

static sc_page_ctl_t *
schedctl_page_find(proc_t *p)
{
	sc_page_ctl_t *pagep = sc_pages;

	while (pagep != NULL && pagep->spc_proc != p)
		pagep = pagep->spc_next;
	if (pagep == NULL) {
		schedctl_page_create(p, sc_page_next, 0);
		sc_page_next += PAGE_SIZE;
		pagep = sc_pages;
	}
	return (pagep);
}

int64_t
schedctl(void)
{
	kthread_t *t = curthread;
	sc_page_ctl_t *pagep = schedctl_page_find(curproc);

	if (t->t_schedctl == NULL) {
		int slot = __builtin_ctzl(~pagep->spc_map[0]);
		sc_shared_t *ssp = pagep->spc_base + slot;

		pagep->spc_map[0] |= 1ul << slot;
		pagep->spc_space--;
		ssp->sc_state = (uchar_t)t->t_state;
		ssp->sc_cpu = CPU->cpu_id;
		t->t_schedctl = ssp;
		installctx(t, ssp, (void (*)(void *))schedctl_save, (void (*)(void *))schedctl_restore,
		    (void (*)(void *, void *))schedctl_fork, NULL, NULL, NULL);
	}
	return ((int64_t)(USER_SCHEDCTL + ((uintptr_t)t->t_schedctl & (PAGE_SIZE - 1))));
}

void
schedctl_save(sc_shared_t *ssp)
{
	ssp->sc_state = (uchar_t)curthread->t_state;
}

void
schedctl_restore(sc_shared_t *ssp)
{
	ssp->sc_state = TS_ONPROC;
	ssp->sc_cpu = CPU->cpu_id;
}

/* The child does not share its parent's word: it asks for its own when it wants one. */
void
schedctl_fork(kthread_t *pt, kthread_t *ct)
{
	ASSERT(ct->t_schedctl == NULL);
}
