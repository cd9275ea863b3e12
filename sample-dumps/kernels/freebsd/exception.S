/* System call entry, the first entry of a thread, and the way back to user mode. Source: FreeBSD, amd64/amd64/exception.S; our own text. */
#include "kernel.h"
#include "schedule.h"
#include "machine/asmacros.h"

	.text

/* syscall: rax the number, rdi rsi rdx r10 the arguments; rcx and r11 are the user's rip and rflags. */
FUNCTION(fast_syscall)
	.cfi_undefined rip
	swapgs
	movq	%rsp, %gs:PC_SCRATCH_RSP
	movq	%gs:PC_RSP0, %rsp
	pushq	$SELECTOR_USER_DATA
	pushq	%gs:PC_SCRATCH_RSP
	pushq	%r11
	pushq	$SELECTOR_USER_CODE
	pushq	%rcx
	pushq	$2		/* error: length of the instruction */
	pushq	$0		/* vector: none */
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	xorl	%ebp, %ebp
	sti
	movq	%rsp, %rdi
	call	amd64_syscall
	jmp	doreti
END(fast_syscall)

/* Back to what the trap frame at rsp says, in user mode. */
FUNCTION(doreti)
	.cfi_undefined rip
	cli
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rbx
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$16, %rsp
	swapgs
	SCHEDULE_POINT to_user
	iretq
END(doreti)

/* The first return of a thread: r12 the function to call, rbx its argument; a user thread's trap frame lies on the stack. */
FUNCTION(fork_trampoline)
	.cfi_undefined rip
	movq	%r12, %rdi
	movq	%rbx, %rsi
	call	fork_exit
	jmp	doreti
END(fork_trampoline)

	.section .note.GNU-stack, "", @progbits
