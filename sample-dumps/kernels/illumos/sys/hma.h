/* The hypervisor multiplexor's FPU part. Source: illumos-gate, usr/src/uts/i86pc/sys/hma.h and os/hma_fpu.c @ 7dd56b107bd4. */
#ifndef _SYS_HMA_H
#define _SYS_HMA_H

#include "sys/fp.h"
#include "sys/thread.h"

typedef struct hma_fpu {
	fpu_ctx_t	hf_guest_fpu;
	kthread_t	*hf_curthread;	/* whose registers the guest's state is in */
	boolean_t	hf_inguest;
} hma_fpu_t;

hma_fpu_t *hma_fpu_alloc(void);
void hma_fpu_start_guest(hma_fpu_t *fpu);
void hma_fpu_stop_guest(hma_fpu_t *fpu);

#endif
