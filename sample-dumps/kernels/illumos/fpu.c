/*
 * The eager FPU: an lwp's state is in the registers whenever it runs, unless somebody has put it into memory and says so with FPU_VALID.
 * Source of names and rules: illumos-gate, usr/src/uts/intel/ia32/os/fpu.c.
 */
#include "sys/cpuvar.h"
#include "sys/kmem.h"
#include "sys/proc.h"

/** State of the FPU after reset. */
struct xsave_state avx_initial = {
	.xs_fxsave = { .fx_fcw = 0x37f, .fx_mxcsr = 0x1f80, .fx_mxcsr_mask = 0xffff },
};

void (*fpsave_ctxt)(void *) = xsaveopt_ctxt;
void (*fprestore_ctxt)(void *) = xrestore_ctxt;

/* Puts the state of the registers into memory. The registers are nobody's then, and CR0.TS says so. */
void
fp_save(struct fpu_ctx *fp)
{
	kpreempt_disable();
	if ((fp->fpu_flags & FPU_VALID) == 0) {
		fpenable();
		xsave(fp->fpu_regs.kfpu_u, fp->fpu_xsave_mask);
		fpinit();
		fpdisable();
		fp->fpu_flags |= FPU_VALID;
	}
	kpreempt_enable();
}

/* The other way. Whatever the registers held is lost, so somebody must have saved it. */
void
fp_restore(struct fpu_ctx *fp)
{
	fpenable();
	xrestore(fp->fpu_regs.kfpu_u, fp->fpu_xsave_mask);
	fp->fpu_flags &= ~FPU_VALID;
}

/* A save area in the initial state, and the operator that keeps it: memory is valid until the lwp is resumed for the first time. */
void
fp_lwp_init(klwp_t *lwp)
{
	fpu_ctx_t *fp = &lwp->lwp_pcb.pcb_fpu;

	fp->fpu_regs.kfpu_u = kmem_cache_alloc(fpsave_cachep, KM_SLEEP);
	*fp->fpu_regs.kfpu_u = avx_initial;
	fp->fpu_xsave_mask = XFEATURE_LEGACY_FP | XFEATURE_SSE | XFEATURE_AVX;
	fp->fpu_flags = FPU_EN | FPU_VALID;
	installctx(lwptot(lwp), fp, fpsave_ctxt, fprestore_ctxt, fp_new_lwp, fp_new_lwp, NULL, fp_free);
}

/* fork_op and lwp_create_op: the child begins with the parent's state. */
void
fp_new_lwp(void *parent, void *child)
{
	fpu_ctx_t *fp = &ttolwp((kthread_t *)parent)->lwp_pcb.pcb_fpu;
	klwp_t *clwp = ttolwp((kthread_t *)child);

	fp_save(fp);
	fp_lwp_init(clwp);
	*clwp->lwp_pcb.pcb_fpu.fpu_regs.kfpu_u = *fp->fpu_regs.kfpu_u;
}

/* free_op. */
void
fp_free(void *ctx, int isexec)
{
	fpu_ctx_t *fp = ctx;

	if (isexec) {
		fp_save(fp);
		return;
	}
	fp->fpu_flags = 0;
	kmem_cache_free(fpsave_cachep, fp->fpu_regs.kfpu_u);
	fp->fpu_regs.kfpu_u = NULL;
}
