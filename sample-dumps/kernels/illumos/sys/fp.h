/* FPU state in memory. Source: illumos-gate, usr/src/uts/intel/sys/fp.h and usr/src/uts/intel/sys/pcb.h (the form of 2018). */
#ifndef _SYS_FP_H
#define _SYS_FP_H

#include "sys/types.h"

/* fpu_flags */
#define FPU_EN		0x1	/* the FPU is in use */
#define FPU_VALID	0x2	/* the copy in memory is the valid one, not the registers */
#define FPU_MODIFIED	0x4	/* the copy in memory was changed: restore it before user mode */

#define XFEATURE_LEGACY_FP	0x1
#define XFEATURE_SSE		0x2
#define XFEATURE_AVX		0x4

/** The legacy area, as FXSAVE writes it. Source: Intel SDM 1, table 10-2. */
struct fxsave_state {
	uint16_t	fx_fcw;
	uint16_t	fx_fsw;
	uint16_t	fx_fctw;
	uint16_t	fx_fop;
	uint64_t	fx_rip;
	uint64_t	fx_rdp;
	uint32_t	fx_mxcsr;
	uint32_t	fx_mxcsr_mask;
	uint8_t		fx_st[8][16];
	uint32_t	fx_xmm[16][4];
	uint8_t		fx_ign2[96];
};

/** The legacy area, the header and the upper halves of the ymm registers. Source: Intel SDM 1, 13.4. */
struct xsave_state {
	struct fxsave_state xs_fxsave;
	uint64_t	xs_xstate_bv;
	uint64_t	xs_xcomp_bv;
	uint64_t	xs_reserved[6];
	uint8_t		xs_ymm[16][16];
} __attribute__((aligned(64)));

typedef struct {
	struct xsave_state *kfpu_u;
	uint32_t	kfpu_status;
	uint32_t	kfpu_xstatus;
} kfpu_t;

typedef struct fpu_ctx {
	kfpu_t		fpu_regs;
	uint64_t	fpu_xsave_mask;
	uint_t		fpu_flags;
} fpu_ctx_t;

extern struct xsave_state avx_initial;

struct _klwp;
struct _kthread;

/* fpu.c */
void fp_save(struct fpu_ctx *fp);
void fp_restore(struct fpu_ctx *fp);
void fp_new_lwp(void *parent, void *child);
void fp_free(void *ctx, int isexec);
void fp_lwp_init(struct _klwp *lwp);
/** The save and restore operators chosen at boot: xsaveopt_ctxt and xrestore_ctxt on this machine. */
extern void (*fpsave_ctxt)(void *);
extern void (*fprestore_ctxt)(void *);

/* float.S */
void fpxsave_ctxt(void *ctx);
void xsave_ctxt(void *ctx);
void xsaveopt_ctxt(void *ctx);
void xrestore_ctxt(void *ctx);
void xsave(struct xsave_state *state, uint64_t mask);
void xrestore(struct xsave_state *state, uint64_t mask);
void fpinit(void);
void fpdisable(void);
void fpenable(void);

#endif
