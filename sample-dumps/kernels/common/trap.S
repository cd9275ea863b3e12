/* 256 vector stubs, the default entry that saves a struct trap_frame, and the way back. */

/* The processor pushes an error code for these vectors: SDM 3, table 6-1. */
#define HAS_ERROR(v)	((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17 || (v) == 21)

	.text
	.globl	vector_stubs
	.type	vector_stubs, @function
	.balign	16
vector_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.cfi_startproc simple
	.cfi_signal_frame
	.if	HAS_ERROR(vector)
	.cfi_def_cfa rsp, 48
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	.else
	.cfi_def_cfa rsp, 40
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	pushq	$0
	.cfi_adjust_cfa_offset 8
	.endif
	pushq	$vector
	.cfi_adjust_cfa_offset 8
	jmp	trap_entry
	.cfi_endproc
	.set	vector, vector + 1
	.endr
	.size	vector_stubs, . - vector_stubs

	/*
	 * A kernel with a frame of its own defines trap_entry and this one is not used. The stack holds vector, error, and the
	 * processor's five words.
	 */
	.weak	kernel_trap
	.weak	trap_entry
	.type	trap_entry, @function
trap_entry:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, 56
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	.macro	SAVE register
	pushq	%\register
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset \register, 0
	.endm
	SAVE	rax
	SAVE	rcx
	SAVE	rdx
	SAVE	rbx
	SAVE	rbp
	SAVE	rsi
	SAVE	rdi
	SAVE	r8
	SAVE	r9
	SAVE	r10
	SAVE	r11
	SAVE	r12
	SAVE	r13
	SAVE	r14
	SAVE	r15
	cld
	testb	$3, 144(%rsp)
	jz	1f
	swapgs
1:	movq	%rsp, %rdi
	call	kernel_trap
	testb	$3, 144(%rsp)
	jz	2f
	swapgs
2:
	.irp	register, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
	popq	%\register
	.cfi_adjust_cfa_offset -8
	.cfi_restore \register
	.endr
	addq	$16, %rsp
	.cfi_adjust_cfa_offset -16
	iretq
	.cfi_endproc
	.size	trap_entry, . - trap_entry

	.section .note.GNU-stack, "", @progbits
