/*
 * FPU state between registers and memory. The *_ctxt routines are context operators: leaves without a frame, so that a backtrace by frame
 * pointers from inside one omits its caller. Source of names and rules: illumos-gate, usr/src/uts/intel/ia32/ml/float.s.
 */
#include "assym.h"

#define FPU_EN		0x1
#define FPU_VALID	0x2

	.macro	FUNCTION name
	.globl	\name
	.type	\name, @function
\name:
	.cfi_startproc
	.endm

	.macro	END name
	.cfi_endproc
	.size	\name, . - \name
	.endm

	/* CR0.TS: the next FPU instruction traps. */
	.macro	STTS
	movq	%cr0, %rax
	orq	$8, %rax
	movq	%rax, %cr0
	.endm

	.macro	LOAD_MASK
	movl	FPU_CTX_MASK(%rdi), %eax
	movl	FPU_CTX_MASK + 4(%rdi), %edx
	.endm

	/* Saves only when the registers hold this context: enabled and not valid in memory. */
	.macro	SAVE_CTXT name, instruction
	FUNCTION \name
	cmpl	$FPU_EN, FPU_CTX_FLAGS(%rdi)
	jne	1f
	movl	$(FPU_EN | FPU_VALID), FPU_CTX_FLAGS(%rdi)
	LOAD_MASK
	movq	FPU_CTX_REGS(%rdi), %rsi
	\instruction (%rsi)
	STTS
1:	ret
	END	\name
	.endm

	.text
	SAVE_CTXT xsaveopt_ctxt, xsaveopt64
	SAVE_CTXT xsave_ctxt, xsave64
	SAVE_CTXT fpxsave_ctxt, fxsave64

	/* Restores only when memory holds the valid copy of an enabled context. */
	FUNCTION xrestore_ctxt
	cmpl	$(FPU_EN | FPU_VALID), FPU_CTX_FLAGS(%rdi)
	jne	1f
	movl	$FPU_EN, FPU_CTX_FLAGS(%rdi)
	LOAD_MASK
	movq	FPU_CTX_REGS(%rdi), %rdi
	clts
	xrstor64 (%rdi)
1:	ret
	END	xrestore_ctxt

	/* void xsave(struct xsave_state *state, uint64_t mask) */
	FUNCTION xsave
	movl	%esi, %eax
	movq	%rsi, %rdx
	shrq	$32, %rdx
	xsave64 (%rdi)
	ret
	END	xsave

	/* void xrestore(struct xsave_state *state, uint64_t mask) */
	FUNCTION xrestore
	movl	%esi, %eax
	movq	%rsi, %rdx
	shrq	$32, %rdx
	xrstor64 (%rdi)
	ret
	END	xrestore

	FUNCTION fpinit
	fninit
	ret
	END	fpinit

	FUNCTION fpdisable
	STTS
	ret
	END	fpdisable

	FUNCTION fpenable
	clts
	ret
	END	fpenable

	.section .note.GNU-stack, "", @progbits
