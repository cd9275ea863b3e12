/*
 * The context operators that every lwp on amd64 has: segment registers, and the stack of system calls.
 * Source of names: illumos-gate, usr/src/uts/intel/ia32/os/sundep.c.
 */
#include "sys/cpuvar.h"
#include "sys/klwp.h"

/* The user's segment registers leave the registers for the pcb; they go back on the way to user mode. */
void
lwp_segregs_save(klwp_t *lwp)
{
	pcb_t *pcb = &lwp->lwp_pcb;
	const struct regs *rp = lwptoregs(lwp);

	if (pcb->pcb_rupdate == 0) {
		pcb->pcb_ds = (ushort_t)rp->r_ds;
		pcb->pcb_es = (ushort_t)rp->r_es;
		pcb->pcb_fs = (ushort_t)rp->r_fs;
		pcb->pcb_gs = (ushort_t)rp->r_gs;
		pcb->pcb_rupdate = 1;
		lwptot(lwp)->t_post_sys = 1;
	}
}

/* What a 32-bit process would need (descriptors of %fs and %gs); nothing for a 64-bit one. */
void
lwp_segregs_restore(klwp_t *lwp)
{
	lwp->lwp_pcb.pcb_flags &= ~RUPDATE_PENDING;
}

/* Oldest first: the FPU's operator follows (fp_lwp_init), then what the lwp asks for in its life. */
void
lwp_installctx(klwp_t *lwp)
{
	kthread_t *t = lwptot(lwp);

	installctx(t, lwp, (void (*)(void *))lwp_segregs_save, (void (*)(void *))lwp_segregs_restore, NULL, NULL, NULL, NULL);
	installctx(t, lwptoregs(lwp), sep_save, sep_restore, NULL, NULL, NULL, NULL);
}
