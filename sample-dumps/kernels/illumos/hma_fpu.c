/* One register file, two owners: the host thread's FPU state and its guest's. Source of names: illumos-gate, usr/src/uts/i86pc/os/hma_fpu.c. */
#include "sys/cmn_err.h"
#include "sys/cpuvar.h"
#include "sys/hma.h"
#include "sys/kmem.h"
#include "sys/klwp.h"

hma_fpu_t *
hma_fpu_alloc(void)
{
	hma_fpu_t *fpu = kmem_zalloc(sizeof (*fpu), KM_SLEEP);

	fpu->hf_guest_fpu.fpu_regs.kfpu_u = kmem_cache_alloc(fpsave_cachep, KM_SLEEP);
	*fpu->hf_guest_fpu.fpu_regs.kfpu_u = avx_initial;
	fpu->hf_guest_fpu.fpu_xsave_mask = XFEATURE_LEGACY_FP | XFEATURE_SSE | XFEATURE_AVX;
	fpu->hf_guest_fpu.fpu_flags = FPU_EN | FPU_VALID;
	return (fpu);
}

void
hma_fpu_start_guest(hma_fpu_t *fpu)
{
	ASSERT(curthread->t_preempt > 0);
	ASSERT(!fpu->hf_inguest);
	ASSERT(fpu->hf_curthread == NULL);

	fpu->hf_inguest = B_TRUE;
	fpu->hf_curthread = curthread;
	fp_save(&ttolwp(curthread)->lwp_pcb.pcb_fpu);
	fp_restore(&fpu->hf_guest_fpu);
}

void
hma_fpu_stop_guest(hma_fpu_t *fpu)
{
	ASSERT(curthread->t_preempt > 0);
	ASSERT(fpu->hf_inguest);
	ASSERT(fpu->hf_curthread == curthread);
	ASSERT((fpu->hf_guest_fpu.fpu_flags & FPU_VALID) == 0);

	xsave(fpu->hf_guest_fpu.fpu_regs.kfpu_u, fpu->hf_guest_fpu.fpu_xsave_mask);
	fpu->hf_guest_fpu.fpu_flags |= FPU_VALID;
	fp_restore(&ttolwp(curthread)->lwp_pcb.pcb_fpu);
	fpu->hf_inguest = B_FALSE;
	fpu->hf_curthread = NULL;
}
