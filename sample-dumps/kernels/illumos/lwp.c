/* Lightweight processes: threads that run user code. Source of names: illumos-gate, usr/src/uts/common/os/lwp.c. */
#include "sys/cpuvar.h"
#include "sys/cmn_err.h"
#include "sys/kmem.h"
#include "sys/proc.h"
#include "sys/turnstile.h"

void thread_init_fields(kthread_t *t, caddr_t stkbase, size_t stksize, proc_t *pp, pri_t pri);
void thread_link(kthread_t *t, proc_t *pp);

/* Thread, lwp and kernel stack, with the user's registers at its top; on no queue yet. */
static kthread_t *
lwp_allocate(proc_t *p, id_t tid, pri_t pri)
{
	caddr_t stack = segkp_get(DEFAULTSTKSZ);
	kthread_t *t = kmem_cache_alloc(thread_cache, KM_SLEEP);
	klwp_t *lwp = kmem_cache_alloc(lwp_cache, KM_SLEEP);

	memset(t, 0, sizeof (*t));
	memset(lwp, 0, sizeof (*lwp));
	thread_init_fields(t, stack, DEFAULTSTKSZ, p, pri);
	lwp->lwp_regs = (struct regs *)(stack + DEFAULTSTKSZ) - 1;
	lwp->lwp_thread = t;
	lwp->lwp_procp = p;
	lwp->lwp_state = LWP_SYS;
	t->t_lwp = lwp;
	t->t_tid = tid;
	t->t_stk = (caddr_t)lwp->lwp_regs;
	t->t_startpc = lwp_rtt_initial;
	t->t_pcb = (label_t){ .val = { (long)lwp_rtt_initial, (long)t->t_stk, 0, 0, 0, 0, 0, 0 } };
	thread_link(t, p);
	p->p_lwptotal = tid > p->p_lwptotal ? tid : p->p_lwptotal;
	lwp_installctx(lwp);
	return (t);
}

klwp_t *
lwp_create(proc_t *p, uint64_t pc, uint64_t sp, id_t tid, pri_t pri)
{
	kthread_t *t = lwp_allocate(p, tid, pri);

	as_map_stack(p->p_as, tid);
	*t->t_lwp->lwp_regs = (struct regs){
		.r_rip = pc,
		.r_cs = SELECTOR_USER_CODE,
		.r_rfl = 0x202,
		.r_rsp = sp,
		.r_ss = SELECTOR_USER_DATA,
	};
	return (t->t_lwp);
}

klwp_t *
forklwp(klwp_t *lwp, proc_t *cp)
{
	kthread_t *t = lwptot(lwp);
	kthread_t *ct = lwp_allocate(cp, 1, t->t_pri);

	*ct->t_lwp->lwp_regs = *lwp->lwp_regs;
	ct->t_lwp->lwp_regs->r_rax = 0;
	forkctx(t, ct);
	return (ct->t_lwp);
}

void
lwp_exit(void)
{
	thread_exit();
}
