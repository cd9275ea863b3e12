/* Changing threads. Source of the order of steps: illumos-gate, usr/src/uts/intel/ia32/ml/swtch.s. */
#include "assym.h"
#include "schedule.h"

	.text

	/*
	 * void resume(kthread_t *t): the current thread stops here and t goes on where it stopped.
	 *
	 * The thread that leaves runs its save operators on its own stack. Then nothing of it may be used any more, because another CPU
	 * may take it as soon as its t_lock is clear: the steps between run on the idle thread's stack.
	 */
	.globl	resume
	.type	resume, @function
resume:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset rbp, -16
	movq	%rsp, %rbp
	.cfi_def_cfa_register rbp
	pushq	%rbx
	.cfi_offset rbx, -24
	pushq	%r12
	.cfi_offset r12, -32
	pushq	%r13
	.cfi_offset r13, -40
	pushq	%r14
	.cfi_offset r14, -48
	pushq	%r15
	.cfi_offset r15, -56
	subq	$8, %rsp

	movq	%rdi, %r12			/* r12: the thread to run */
	movq	%gs:CPU_THREAD, %r13		/* r13: the thread that leaves */
	leaq	resume_return(%rip), %rax
	movq	%rax, T_PC(%r13)
	movq	%rsp, T_SP(%r13)
	movq	%rbp, T_RBP(%r13)
	movq	%rbx, T_RBX(%r13)
	movq	%r12, T_R12(%r13)
	movq	%r13, T_R13(%r13)
	movq	%r14, T_R14(%r13)
	movq	%r15, T_R15(%r13)

	cmpq	$0, T_CTX(%r13)
	je	1f
	movq	%r13, %rdi
	call	savectx
1:
	movq	%gs:CPU_IDLE_THREAD, %rax
	movq	T_SP(%rax), %rsp
	movq	%r12, %rdi
	call	hat_switch
	movb	$0, T_LOCK(%r13)
	SCHEDULE_POINT resume_unlocked
2:
	movb	$1, %al
	xchgb	%al, T_LOCK(%r12)
	testb	%al, %al
	jz	3f
	pause
	jmp	2b
3:
	movq	%r12, %gs:CPU_THREAD
	movq	T_LWP(%r12), %rax
	movq	%rax, %gs:CPU_LWP
	movq	%r12, %rdi
	call	resume_onto

	/* Entry of its own: stacks of threads that sleep show this name. */
	.globl	_resume_from_idle
	.type	_resume_from_idle, @function
_resume_from_idle:
	movq	T_SP(%r12), %rsp
	movq	T_RBP(%r12), %rbp
	cmpq	$0, T_CTX(%r12)
	je	4f
	movq	%r12, %rdi
	call	restorectx
4:
	movq	T_PC(%r12), %rax
	movq	T_RBX(%r12), %rbx
	movq	T_R13(%r12), %r13
	movq	T_R14(%r12), %r14
	movq	T_R15(%r12), %r15
	jmp	*%rax
resume_return:
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	.cfi_def_cfa rsp, 8
	ret
	.cfi_endproc
	.size	_resume_from_idle, . - _resume_from_idle
	.size	resume, _resume_from_idle - resume

	/* void thread_become(kthread_t *t): what a CPU does first that has no thread to leave. */
	.globl	thread_become
	.type	thread_become, @function
thread_become:
	.cfi_startproc
	.cfi_undefined rip
	movq	T_SP(%rdi), %rsp
	movq	T_RBP(%rdi), %rbp
	movq	T_R14(%rdi), %r14
	movq	T_R15(%rdi), %r15
	jmp	*T_PC(%rdi)
	.cfi_endproc
	.size	thread_become, . - thread_become

	/* First instructions of a kernel thread: r14 is its function, r15 the argument (thread_load). */
	.globl	thread_start
	.type	thread_start, @function
thread_start:
	.cfi_startproc
	.cfi_undefined rip
	sti
	movq	%r15, %rdi
	call	*%r14
	call	thread_exit
	ud2
	.cfi_endproc
	.size	thread_start, . - thread_start

	.section .note.GNU-stack, "", @progbits
