/*
 * Between user mode and the kernel. Source of names: illumos-gate, usr/src/uts/i86pc/ml/syscall_asm_amd64.s and intel/ia32/ml/exception.s.
 *
 * A system call is sysenter with rax = number, rdi rsi r10 = arguments, rdx = where to return to, rcx = the user's stack. Its kernel
 * stack is what sep_restore has left in MSR SYSENTER_ESP: the lwp's registers at the top of the thread's stack.
 */
#include "assym.h"
#include "kernel.h"

	.text
	.globl	sys_sysenter
	.type	sys_sysenter, @function
sys_sysenter:
	.cfi_startproc simple
	.cfi_def_cfa rsp, REGSIZE
	.cfi_undefined rip
	swapgs
	.globl	_sys_sysenter_post_swapgs
	.type	_sys_sysenter_post_swapgs, @function
_sys_sysenter_post_swapgs:
	movq	%rbp, REGOFF_SAVFP(%rsp)
	movq	%rdx, REGOFF_SAVPC(%rsp)
	movq	%rdi, REGOFF_RDI(%rsp)
	movq	%rsi, REGOFF_RSI(%rsp)
	movq	%rdx, REGOFF_RDX(%rsp)
	movq	%rcx, REGOFF_RCX(%rsp)
	movq	%r8, REGOFF_R8(%rsp)
	movq	%r9, REGOFF_R9(%rsp)
	movq	%rax, REGOFF_RAX(%rsp)
	movq	%rbx, REGOFF_RBX(%rsp)
	movq	%rbp, REGOFF_RBP(%rsp)
	movq	%r10, REGOFF_R10(%rsp)
	movq	%r11, REGOFF_R11(%rsp)
	movq	%r12, REGOFF_R12(%rsp)
	movq	%r13, REGOFF_R13(%rsp)
	movq	%r14, REGOFF_R14(%rsp)
	movq	%r15, REGOFF_R15(%rsp)
	movq	%rdx, REGOFF_RIP(%rsp)
	movq	%rcx, REGOFF_RSP(%rsp)
	movq	$SELECTOR_USER_CODE, REGOFF_CS(%rsp)
	movq	$SELECTOR_USER_DATA, REGOFF_SS(%rsp)
	movq	$0x202, REGOFF_RFL(%rsp)
	movq	%rsp, %rbp
	sti
	movl	%eax, %eax
	cmpl	$NSYSCALL, %eax
	jae	1f
	movq	%r10, %rdx
	call	*sysent(,%rax,8)
	jmp	2f
1:	movq	$-89, %rax			/* ENOSYS */
2:	movq	%rax, REGOFF_RAX(%rsp)
	jmp	_sys_rtt
	.cfi_endproc
	.size	_sys_sysenter_post_swapgs, . - _sys_sysenter_post_swapgs
	.size	sys_sysenter, _sys_sysenter_post_swapgs - sys_sysenter

	/* First instruction of a new lwp: its registers are at the top of the stack already. */
	.globl	lwp_rtt_initial
	.type	lwp_rtt_initial, @function
lwp_rtt_initial:
	.cfi_startproc simple
	.cfi_def_cfa rsp, REGSIZE
	.cfi_undefined rip
	movq	%rsp, %rbp
	jmp	_sys_rtt
	.cfi_endproc
	.size	lwp_rtt_initial, . - lwp_rtt_initial

	/* Back to user mode: rsp = struct regs. */
	.globl	_sys_rtt
	.type	_sys_rtt, @function
_sys_rtt:
	.cfi_startproc simple
	.cfi_def_cfa rsp, REGSIZE
	.cfi_undefined rip
	cli
	movq	%rsp, %rdi
	call	user_return
	swapgs
	jmp	restore_and_iret
	.cfi_endproc
	.size	_sys_rtt, . - _sys_rtt

	.macro	SAVE register, offset
	movq	%\register, \offset(%rsp)
	.cfi_rel_offset \register, \offset
	.endm

	/*
	 * Every trap and interrupt, from the stubs of common/trap.S with vector and error code pushed. The registers become a struct regs
	 * whose first two words are a frame for those who follow %rbp.
	 */
	.globl	trap_entry
	.type	trap_entry, @function
	.globl	cmntrap
	.type	cmntrap, @function
trap_entry:
cmntrap:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, 56
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	subq	$REGOFF_TRAPNO, %rsp
	.cfi_adjust_cfa_offset REGOFF_TRAPNO
	SAVE	rdi, REGOFF_RDI
	SAVE	rsi, REGOFF_RSI
	SAVE	rdx, REGOFF_RDX
	SAVE	rcx, REGOFF_RCX
	SAVE	r8, REGOFF_R8
	SAVE	r9, REGOFF_R9
	SAVE	rax, REGOFF_RAX
	SAVE	rbx, REGOFF_RBX
	SAVE	rbp, REGOFF_RBP
	SAVE	r10, REGOFF_R10
	SAVE	r11, REGOFF_R11
	SAVE	r12, REGOFF_R12
	SAVE	r13, REGOFF_R13
	SAVE	r14, REGOFF_R14
	SAVE	r15, REGOFF_R15
	movq	%rbp, REGOFF_SAVFP(%rsp)
	movq	REGOFF_RIP(%rsp), %rax
	movq	%rax, REGOFF_SAVPC(%rsp)
	movq	%rsp, %rbp
	cld
	testb	$3, REGOFF_CS(%rsp)
	jz	1f
	swapgs
1:	movq	%rsp, %rdi
	call	trap
	testb	$3, REGOFF_CS(%rsp)
	jnz	_sys_rtt
	.cfi_endproc
	.size	cmntrap, . - cmntrap
	.size	trap_entry, . - trap_entry

	.type	restore_and_iret, @function
restore_and_iret:
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, REGSIZE
	.cfi_offset rip, -40
	.cfi_offset rsp, -16
	movq	REGOFF_RDI(%rsp), %rdi
	movq	REGOFF_RSI(%rsp), %rsi
	movq	REGOFF_RDX(%rsp), %rdx
	movq	REGOFF_RCX(%rsp), %rcx
	movq	REGOFF_R8(%rsp), %r8
	movq	REGOFF_R9(%rsp), %r9
	movq	REGOFF_RAX(%rsp), %rax
	movq	REGOFF_RBX(%rsp), %rbx
	movq	REGOFF_RBP(%rsp), %rbp
	movq	REGOFF_R10(%rsp), %r10
	movq	REGOFF_R11(%rsp), %r11
	movq	REGOFF_R12(%rsp), %r12
	movq	REGOFF_R13(%rsp), %r13
	movq	REGOFF_R14(%rsp), %r14
	movq	REGOFF_R15(%rsp), %r15
	addq	$REGOFF_RIP, %rsp
	.cfi_adjust_cfa_offset -REGOFF_RIP
	iretq
	.cfi_endproc
	.size	restore_and_iret, . - restore_and_iret

	.section .note.GNU-stack, "", @progbits
